/** A debug session in VS Code, followed from stop to stop. */
import { ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { isPagesEvent } from '../../debug-adapter/protocol/page-map-messages';

/** What the adapter says at a stop. */
export interface StoppedBody {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly threadId?: number;
}

type Message = { type: string; event?: string; body?: unknown };

/** Collects a session's events, so that none is missed between two steps of a test. */
export class FollowedSession {
  readonly session: vscode.DebugSession;
  readonly #stops: StoppedBody[] = [];
  readonly #waiting: ((stop: StoppedBody) => void)[] = [];
  readonly ended: Promise<void>;

  private constructor(session: vscode.DebugSession, ended: Promise<void>) {
    this.session = session;
    this.ended = ended;
  }

  /** Launches `configuration` in the open workspace, with the given exception filters checked. */
  static launch(configuration: string | vscode.DebugConfiguration): Promise<FollowedSession> {
    return FollowedSession.followed(async () => {
      const folder = vscode.workspace.workspaceFolders?.[0];
      ok(await vscode.debug.startDebugging(folder, configuration), 'the session started');
    });
  }

  /** The session that something starts. */
  static async followed(start: () => Thenable<unknown>): Promise<FollowedSession> {
    let followed: FollowedSession | undefined;
    let end = () => {};
    const ended = new Promise<void>((done) => {
      end = done;
    });
    const tracker = vscode.debug.registerDebugAdapterTrackerFactory('freezeframe', {
      createDebugAdapterTracker: (session) => {
        followed ??= new FollowedSession(session, ended);
        return { onDidSendMessage: (message: Message) => followed?.receive(message) };
      },
    });
    const terminated = vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.id !== followed?.session.id) return;
      terminated.dispose();
      end();
    });
    await start();
    tracker.dispose();
    ok(followed, 'the session was seen');
    return followed;
  }

  /** The next stop that has not been asked for yet. */
  nextStop(): Promise<StoppedBody> {
    const stop = this.#stops.shift();
    return stop ? Promise.resolve(stop) : new Promise((done) => this.#waiting.push(done));
  }

  async continue(threadId = 1): Promise<void> {
    await this.session.customRequest('continue', { threadId });
  }

  async pageMap(): Promise<PagesEvent> {
    const answer: unknown = await this.session.customRequest('freezeframe.pageMap', {});
    ok(isPagesEvent(answer), 'the page map has the form of the protocol');
    return answer;
  }

  async stop(): Promise<void> {
    await vscode.debug.stopDebugging(this.session);
    await this.ended;
  }

  private receive(message: Message): void {
    if (message.type !== 'event' || message.event !== 'stopped') return;
    const stop = message.body as StoppedBody;
    const waiting = this.#waiting.shift();
    if (waiting) waiting(stop);
    else this.#stops.push(stop);
  }
}
