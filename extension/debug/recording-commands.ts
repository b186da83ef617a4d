/** A session's run as a file, and a session that begins with one. */
import * as vscode from 'vscode';
import type { Recorded } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { debugType } from './debug-type';
import { inSession } from './in-session';

const filters = { 'Freezeframe recording': ['freezeframe'] };

/** Command `freezeframe.saveRecording`. @param given where to; the user is asked otherwise */
export function saveRecording(given?: vscode.Uri): Promise<void> {
  return inSession('there is no run to record', async (session) => {
    const folder = session.workspaceFolder?.uri;
    const name = `${session.name.replace(/[^\w.-]+/g, '-')}.freezeframe`;
    const defaultUri = folder && vscode.Uri.joinPath(folder, name);
    const target = given ?? (await vscode.window.showSaveDialog({ filters, ...(defaultUri && { defaultUri }) }));
    if (!target) return;
    const folderOfTarget = vscode.Uri.joinPath(target, '..').fsPath;
    const { text } = (await customRequest(session, 'freezeframe.record', { folder: folderOfTarget })) as Recorded;
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
    vscode.window.setStatusBarMessage(`Recording saved as ${vscode.workspace.asRelativePath(target)}`, 5000);
  });
}

/** Command `freezeframe.openRecording`. @param given which; the user is asked otherwise */
export async function openRecording(given?: vscode.Uri): Promise<void> {
  const recording = given ?? (await vscode.window.showOpenDialog({ filters }))?.[0];
  if (!recording) return;
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(recording), {
    type: debugType,
    request: 'launch',
    name: recording.path.slice(recording.path.lastIndexOf('/') + 1),
    recording: recording.scheme === 'file' ? recording.fsPath : recording.toString(),
  });
}
