import * as vscode from 'vscode';

/**
 * What makes the run again can take as long as that: it is shown while it lasts, with a Cancel that leaves the guest where it
 * stands.
 *
 * @returns undefined when cancelled
 */
export function throughThePast<Answer>(
  session: vscode.DebugSession,
  title: string,
  ask: () => Thenable<Answer>,
): Thenable<Answer | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_, token) => {
    token.onCancellationRequested(() => void session.customRequest('pause', { threadId: 1 }));
    try {
      return await ask();
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  });
}
