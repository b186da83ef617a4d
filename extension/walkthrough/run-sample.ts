/** A session on the sample guests, wherever the workspace has them. */
import * as vscode from 'vscode';
import { addSample } from '../debug/add-sample';

const anyGuest = 'guests/working-set.elf';

/** Command `freezeframe.runSample`. @param name of a configuration of the sample's; its first one unless given */
export async function runSample(extensionUri: vscode.Uri, name?: unknown): Promise<void> {
  const folder = (await folderOfSample()) ?? (await withSample(extensionUri));
  if (!folder) return;
  // As the extension ships them: VS Code may not have read those of a sample that has just been added.
  const configurations = await shippedConfigurations(extensionUri);
  const configuration =
    typeof name === 'string' ? configurations.find((each) => each.name === name) : configurations[0];
  if (!configuration) throw new Error(`The sample has no configuration "${name}".`);
  if (vscode.debug.activeDebugSession?.configuration.name === configuration.name) {
    void vscode.window.showInformationMessage(`"${configuration.name}" runs already: stop it to run it anew.`);
    return;
  }
  await vscode.debug.startDebugging(folder, configuration);
}

async function folderOfSample(): Promise<vscode.WorkspaceFolder | undefined> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, anyGuest));
      return folder;
    } catch {
      // It is not in this one.
    }
  }
  return undefined;
}

/** Undefined also where the sample got a folder of its own, which opens now and ends all that runs here. */
async function withSample(extensionUri: vscode.Uri): Promise<vscode.WorkspaceFolder | undefined> {
  const isEmpty = (await vscode.workspace.findFiles('**/*', undefined, 1)).length === 0;
  const lack = 'The sample guests are not in this workspace.';
  if (!isEmpty && !(await vscode.window.showInformationMessage(lack, { modal: true }, 'Add Them'))) return undefined;
  await addSample(extensionUri);
  return folderOfSample();
}

async function shippedConfigurations(extensionUri: vscode.Uri): Promise<readonly vscode.DebugConfiguration[]> {
  const file = vscode.Uri.joinPath(extensionUri, 'dist/sample/.vscode/launch.json');
  return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file))).configurations;
}
