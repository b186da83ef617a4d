/** `freezeframe diff` on files of the workspace. */
import * as vscode from 'vscode';
import { diff } from '../../debug-adapter/command-line/diff';
import { CommandError, type Environment } from '../../debug-adapter/command-line/environment';
import { uriOf } from '../workspace-paths';

const byteCountMax = 256 * 2 ** 20;

/** @param a path in the workspace, or an absolute one. @throws Error that says what to do */
export async function comparisonOf(a: string, b: string): Promise<string> {
  const files = new Map([
    [a, await read(a)],
    [b, await read(b)],
  ]);
  const lines: string[] = [];
  diff(environmentOf(files, lines), a, b, { json: false });
  return lines.join('\n');
}

async function read(path: string): Promise<Uint8Array> {
  const uri = uriOf(path, vscode.workspace.workspaceFolders?.[0]?.uri);
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size <= byteCountMax) return vscode.workspace.fs.readFile(uri);
  throw new Error(`${path} is too large to be compared here. Run \`freezeframe diff\` in a terminal.`);
}

/** Of a command that only reads these files and says what it has found. */
function environmentOf(files: ReadonlyMap<string, Uint8Array>, lines: string[]): Environment {
  const refuse = () => {
    throw new CommandError('There is no terminal.');
  };
  return {
    say: (text) => void lines.push(text),
    note: (text) => void lines.push(text),
    write: refuse,
    isInteractive: false,
    isConsoleSeen: false,
    onInput: refuse,
    progress: () => ({ at() {}, tell() {}, end() {} }),
    every: refuse,
    open(path) {
      const bytes = files.get(path)!;
      const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
      return { byteCount: bytes.length, read, close() {} };
    },
    beforeEnd() {},
  };
}
