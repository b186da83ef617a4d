import type * as vscode from 'vscode';
import { Uri } from 'vscode';
import { toBase64 } from '../debug-adapter/protocol/base64';

/** Where webviews find their scripts and styles. */
export function webviewFolder(extensionUri: vscode.Uri): vscode.Uri {
  return Uri.joinPath(extensionUri, 'dist/webview');
}

/** The document of a webview that is one script of ours. @param title not from outside: it stands in the text as it is */
export function webviewPage(webview: vscode.Webview, extensionUri: vscode.Uri, script: string, title: string): string {
  const file = (name: string) => webview.asWebviewUri(Uri.joinPath(webviewFolder(extensionUri), name));
  const nonce = toBase64(crypto.getRandomValues(new Uint8Array(16)));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    // The page map makes pictures of what it draws.
    'img-src data:',
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <link rel="stylesheet" id="vscode-codicon-stylesheet" href="${file('codicon.css')}">
    <link rel="stylesheet" href="${file('page.css')}">
    <title>${title}</title>
  </head>
  <body>
    <script nonce="${nonce}" src="${file(script)}"></script>
  </body>
</html>`;
}
