/** Pictures of the page map, as the webview has made them, where the user wants them. */
import * as vscode from 'vscode';
import { fromBase64 } from '../../debug-adapter/protocol/base64';
import type { PictureFormat } from '../../debug-adapter/protocol/page-map-messages';

export async function savePicture(format: PictureFormat, data: string, folder: vscode.Uri | undefined): Promise<void> {
  const name = `page-map.${format}`;
  const uri = await vscode.window.showSaveDialog({
    filters: { [format.toUpperCase()]: [format] },
    saveLabel: 'Save Picture',
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (!uri) return;
  await vscode.workspace.fs.writeFile(uri, format === 'svg' ? new TextEncoder().encode(data) : fromBase64(data));
  vscode.window.setStatusBarMessage(`${name} saved`, 3000);
}
