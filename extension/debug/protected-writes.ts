/** A write of the user's that the page protection has stopped: to be waited for, or given up. */
import * as vscode from 'vscode';

/** The adapter's code for it. */
const writeProtected = 'write-protected';

export class ProtectedWrites implements vscode.DebugAdapterTrackerFactory {
  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return {
      onDidSendMessage: (message: { body?: { error?: { format?: string; variables?: { code?: string } } } }) => {
        const { format, variables } = message.body?.error ?? {};
        if (variables?.code === writeProtected && format !== undefined) void offer(session, format);
      },
    };
  }
}

async function offer(session: vscode.DebugSession, reason: string): Promise<void> {
  const answer = await vscode.window.showWarningMessage(reason, 'Wait for the Page', 'Give Up');
  if (answer !== 'Wait for the Page') return;
  try {
    const { result } = await session.customRequest('evaluate', { expression: 'wait', context: 'repl' });
    void vscode.window.showInformationMessage(result);
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}
