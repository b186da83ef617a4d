/** Freezeframe's sessions, and what happens in them as far as other parts of the extension wait for it. */
import * as vscode from 'vscode';
import { debugType } from './debug-type';

/** Of a `stopped` event, in words. */
interface StopSeen {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
}

interface Message {
  readonly type?: unknown;
  readonly event?: unknown;
  readonly body?: Partial<StopSeen> & { readonly exitCode?: number };
}

/** Freezeframe's sessions that have not ended, by id, in the order in which they began. */
const living = new Map<string, vscode.DebugSession>();

export class SessionWatch implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  readonly #stops = new Map<string, StopSeen>();
  readonly #stopped = new vscode.EventEmitter<vscode.DebugSession>();
  readonly #exited = new vscode.EventEmitter<{ session: vscode.DebugSession; exitCode: number }>();
  readonly #registrations = vscode.Disposable.from(
    this.#stopped,
    this.#exited,
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
    vscode.debug.onDidTerminateDebugSession(({ id }) => {
      living.delete(id);
      this.#stops.delete(id);
    }),
  );

  /** A session stands still, or memory in it was written: what was read from it may be old. */
  readonly onStopped = this.#stopped.event;

  /** The guest has ended by itself. */
  readonly onExited = this.#exited.event;

  /** A session that has not ended, by id. */
  session(id: string): vscode.DebugSession | undefined {
    return living.get(id);
  }

  /** Why a session has stopped last. */
  lastStop(id: string): StopSeen | undefined {
    return this.#stops.get(id);
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    living.set(session.id, session);
    return {
      onDidSendMessage: ({ type, event, body }: Message) => {
        if (type !== 'event') return;
        if (event === 'stopped' && body?.reason !== undefined)
          this.#stops.set(session.id, { ...body, reason: body.reason });
        if (event === 'stopped' || event === 'memory') this.#stopped.fire(session);
        if (event === 'exited') this.#exited.fire({ session, exitCode: body?.exitCode ?? 0 });
      },
    };
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}

/**
 * The session that a command means: the one in front, if it is ours. VS Code keeps one in front for a while that has ended,
 * though another has begun and has stopped already.
 */
export function activeSession(): vscode.DebugSession | undefined {
  const session = vscode.debug.activeDebugSession;
  if (session && session.type !== debugType) return undefined;
  return (session && living.get(session.id)) ?? [...living.values()].at(-1);
}
