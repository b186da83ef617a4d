// Runs in the browser's extension host, where the tests of an extension would be: fills the workspace from the folder
// `source`, a URI that is defined before this text, and hands back the snapshots that come to be in it.
const vscode = require('vscode');

const { fs } = vscode.workspace;
const { joinPath } = vscode.Uri;

exports.run = async () => {
  const workspace = vscode.workspace.workspaceFolders[0].uri;
  // biome-ignore lint/correctness/noUndeclaredVariables: stands before this text
  const outside = vscode.Uri.parse(source);
  await copy(outside, workspace);
  await fs.writeFile(joinPath(workspace, 'filled'), new Uint8Array());
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.qemu');
  watcher.onDidCreate(async (uri) => fs.writeFile(joinPath(outside, uri.path), await fs.readFile(uri)));
  // The workbench closes when it returns.
  await new Promise(() => {});
};

async function copy(from, to) {
  for (const [name, type] of await fs.readDirectory(from)) {
    const [there, here] = [joinPath(from, name), joinPath(to, name)];
    if (type !== vscode.FileType.Directory) await fs.writeFile(here, await fs.readFile(there));
    else {
      await fs.createDirectory(here);
      await copy(there, here);
    }
  }
}
