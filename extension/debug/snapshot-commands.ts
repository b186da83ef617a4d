import * as vscode from 'vscode';
import type { CustomRequests, RunToNextArguments } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { activeSession } from './session-watch';

/** Command `freezeframe.takeSnapshot`: the session in front begins a snapshot, running or stopped. */
export function takeSnapshot(): Promise<void> {
  return inSession('freezeframe.takeSnapshot', {}, 'there is no guest to snapshot');
}

/** Command `freezeframe.cancelSnapshot`: the session in front gives up the snapshot under way. */
export function cancelSnapshot(): Promise<void> {
  return inSession('freezeframe.cancelSnapshot', {}, 'there is no snapshot to cancel');
}

/** Commands `freezeframe.runToNextPhase` and `freezeframe.runToNextWriteFault`. */
export function runToNext(event: RunToNextArguments['event']): Promise<void> {
  return inSession('freezeframe.runToNext', { event }, 'there is nothing to run');
}

async function inSession<Name extends keyof CustomRequests>(
  request: Name,
  args: CustomRequests[Name]['arguments'],
  lack: string,
): Promise<void> {
  const session = activeSession();
  if (!session) {
    void vscode.window.showInformationMessage(`Start a Freezeframe debug session first: ${lack}.`);
    return;
  }
  try {
    await customRequest(session, request, args);
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
