import * as vscode from 'vscode';
import type { TakeSnapshotArguments } from '../../debug-adapter/protocol/messages';
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
    await session.customRequest('freezeframe.takeSnapshot', {} satisfies TakeSnapshotArguments);
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
