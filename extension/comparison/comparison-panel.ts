/** The editor that compares snapshots: one webview for each comparison. */
import * as vscode from 'vscode';
import type { ComparisonMessage } from '../../debug-adapter/protocol/comparison-messages';
import { webviewFolder, webviewPage } from '../webview-page';

const tabTitle = 'Snapshots Compared';

export function showComparison(extensionUri: vscode.Uri, message: ComparisonMessage): void {
  const panel = vscode.window.createWebviewPanel('freezeframe.comparison', tabTitle, vscode.ViewColumn.Active, {
    enableScripts: true,
    localResourceRoots: [webviewFolder(extensionUri)],
    // It is made once.
    retainContextWhenHidden: true,
  });
  // It listens as soon as it says anything.
  panel.webview.onDidReceiveMessage(() => void panel.webview.postMessage(message));
  panel.webview.html = webviewPage(panel.webview, extensionUri, 'comparison.js', tabTitle);
}
