import * as vscode from 'vscode';
import { cancelledText } from '../../debug-adapter/protocol/messages';
import { activeSession } from './session-watch';

/** Does something in the session in front. What the session refuses is shown. @param lack without a session */
export async function inSession(lack: string, act: (session: vscode.DebugSession) => Thenable<unknown>): Promise<void> {
  const session = activeSession();
  if (!session) {
    sayWhatLacks(lack);
    return;
  }
  try {
    await act(session);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Who has cancelled it knows.
    if (message !== cancelledText) void vscode.window.showErrorMessage(message);
  }
}

export function sayWhatLacks(lack: string): void {
  void vscode.window.showInformationMessage(`Start a Freezeframe debug session first: ${lack}.`);
}
