/** Paths as a launch configuration has them, and where they are. */
import * as vscode from 'vscode';

/**
 * Where `${workspaceFolder}` has been replaced, only the path is left of its URI: the rest is the folder's.
 *
 * @param folder that relative paths are in, and whose file system the others are of
 */
export function uriOf(path: string, folder: vscode.Uri | undefined): vscode.Uri {
  const slashes = path.replaceAll('\\', '/');
  if (/^[a-z][a-z0-9+.-]+:\//i.test(slashes)) return vscode.Uri.parse(path, true);
  const isAbsolute = /^(\/|[a-z]:\/)/i.test(slashes);
  if (!folder || (folder.scheme === 'file' && isAbsolute)) return vscode.Uri.file(path);
  // A file system with an authority has it before the path: `//github/owner/name/guest.elf`.
  const root = folder.fsPath.replaceAll('\\', '/').replace(/\/+$/, '');
  if (slashes.startsWith(`${root}/`)) return vscode.Uri.joinPath(folder, slashes.slice(root.length));
  return isAbsolute ? folder.with({ path: slashes }) : vscode.Uri.joinPath(folder, slashes);
}
