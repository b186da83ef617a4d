// Runs in the browser's extension host, where the tests of an extension would be: copies the snapshots that come to be in
// the workspace into the folder `outside`, a URI that is defined before this text.
const vscode = require('vscode');

const { fs } = vscode.workspace;

exports.run = async () => {
  vscode.workspace.createFileSystemWatcher('**/*.qemu').onDidCreate(async (uri) => {
    // biome-ignore lint/correctness/noUndeclaredVariables: stands before this text
    const folder = vscode.Uri.parse(outside);
    await fs.writeFile(vscode.Uri.joinPath(folder, uri.path), await fs.readFile(uri));
  });
  // The workbench closes when it returns.
  await new Promise(() => {});
};
