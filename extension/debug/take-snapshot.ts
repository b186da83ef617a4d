import * as vscode from 'vscode';
import { customRequest } from './custom-requests';
import { activeSession } from './session-watch';

/** Command `freezeframe.takeSnapshot`: the session in front begins a snapshot, running or stopped. */
export async function takeSnapshot(): Promise<void> {
  const session = activeSession();
  if (!session) {
    void vscode.window.showInformationMessage(
      'Start a Freezeframe debug session first: there is no guest to snapshot.',
    );
    return;
  }
  try {
    await customRequest(session, 'freezeframe.takeSnapshot', {});
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
