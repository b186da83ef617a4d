/** What Freezeframe adds to the Debug Adapter Protocol, by name and with checked types on our side. */
import * as vscode from 'vscode';
import type { CustomEvents, CustomRequests } from '../../debug-adapter/protocol/messages';
import { debugType } from './debug-type';

/** Sends one of our requests. The answer comes from another process: whoever uses it checks it. */
export function customRequest<Name extends keyof CustomRequests>(
  session: vscode.DebugSession,
  name: Name,
  args: CustomRequests[Name]['arguments'],
): Thenable<unknown> {
  return session.customRequest(name, args);
}

/** Listens to one of our events in every session of ours. The body is unchecked. */
export function onCustomEvent(
  name: keyof CustomEvents,
  listener: (session: vscode.DebugSession, body: unknown) => void,
): vscode.Disposable {
  return vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
    if (session.type === debugType && event === name) listener(session, body);
  });
}
