/** Freezeframe's sessions, and what happens in them as far as other parts of the extension wait for it. */
import * as vscode from 'vscode';
import { debugType } from './debug-type';

export class SessionWatch implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  readonly #sessions = new Map<string, vscode.DebugSession>();
  readonly #stopped = new vscode.EventEmitter<vscode.DebugSession>();
  readonly #registrations = vscode.Disposable.from(
    this.#stopped,
    vscode.debug.registerDebugAdapterTrackerFactory(debugType, this),
    vscode.debug.onDidTerminateDebugSession((session) => this.#sessions.delete(session.id)),
  );

  /** A session stands still, or memory in it was written: what was read from it may be old. */
  readonly onStopped = this.#stopped.event;

  /** A session that has not ended, by id. */
  session(id: string): vscode.DebugSession | undefined {
    return this.#sessions.get(id);
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    this.#sessions.set(session.id, session);
    return {
      onDidSendMessage: (message: { type?: unknown; event?: unknown }) => {
        if (message.type !== 'event') return;
        if (message.event === 'stopped' || message.event === 'memory') this.#stopped.fire(session);
      },
    };
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}

/** The session that a command means: the one in front, if it is ours. */
export function activeSession(): vscode.DebugSession | undefined {
  const session = vscode.debug.activeDebugSession;
  return session?.type === debugType ? session : undefined;
}
