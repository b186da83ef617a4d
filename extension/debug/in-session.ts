import * as vscode from 'vscode';
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
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

export function sayWhatLacks(lack: string): void {
  void vscode.window.showInformationMessage(`Start a Freezeframe debug session first: ${lack}.`);
}
