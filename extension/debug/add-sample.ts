/** The sample workspace, copied to where its user can change it. */
import * as vscode from 'vscode';

const { fs } = vscode.workspace;
/** What a workspace has of its own is not mixed with the sample's. */
const ownedByUser = ['.vscode/launch.json', 'guests', 'README.md'];
const folderName = 'freezeframe-sample';

/** Command `freezeframe.addSample`: into the workspace where there is room, else into a folder of its own. */
export async function addSample(extensionUri: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? (await pickFolder());
  if (!folder) return;
  const isOpen = vscode.workspace.workspaceFolders !== undefined;
  const hasRoom = isOpen && !(await hasAny(folder, ownedByUser));
  const target = hasRoom ? folder : vscode.Uri.joinPath(folder, folderName);
  if (!hasRoom && (await exists(target))) {
    void vscode.window.showErrorMessage(`${target.path} already exists. Open it, or delete it to get a fresh copy.`);
    return;
  }
  await copySample(vscode.Uri.joinPath(extensionUri, 'dist/sample'), target);
  if (!hasRoom) await vscode.commands.executeCommand('vscode.openFolder', target);
  else await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(target, 'README.md'));
}

/** Where the extension is, folders cannot always be listed: the build has. */
async function copySample(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  const files: string[] = JSON.parse(
    new TextDecoder().decode(await fs.readFile(vscode.Uri.joinPath(from, 'files.json'))),
  );
  // What makes F5 work comes last.
  const inOrder = [...files].sort((a, b) => Number(a.startsWith('.vscode')) - Number(b.startsWith('.vscode')));
  for (const file of inOrder) {
    await fs.writeFile(vscode.Uri.joinPath(to, file), await fs.readFile(vscode.Uri.joinPath(from, file)));
  }
}

async function pickFolder(): Promise<vscode.Uri | undefined> {
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: `Create ${folderName} Here` };
  return (await vscode.window.showOpenDialog(options))?.[0];
}

async function hasAny(folder: vscode.Uri, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await exists(vscode.Uri.joinPath(folder, path))) return true;
  return false;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
