/** Where bytes come from when VS Code reads a file for us: whole, whatever file system it is in. */
import * as vscode from 'vscode';
import type { ByteSource } from '../../debug-adapter/snapshot-file/turns';

export interface ClosableSource extends ByteSource {
  close(): void;
}

/** Opens a file on this machine, to be read by pieces; only a host with files has one. */
export type OpenLocal = (path: string) => Promise<ClosableSource>;

/** What fits into memory beside the rest of the extension host. */
const wholeByteCountMax = 2 ** 30;

/** @throws Error that says why the file cannot be read */
export async function openSource(uri: vscode.Uri, openLocal: OpenLocal | undefined): Promise<ClosableSource> {
  if (uri.scheme === 'file' && openLocal) return openLocal(uri.fsPath);
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > wholeByteCountMax) {
    const most = `${wholeByteCountMax / 2 ** 30} GiB`;
    throw new Error(`It has ${size} bytes, and VS Code reads such a file only whole, up to ${most}: open it locally.`);
  }
  const bytes = await vscode.workspace.fs.readFile(uri);
  return {
    byteCount: bytes.length,
    read: async (offset, byteCount) => bytes.subarray(offset, offset + byteCount),
    close() {},
  };
}
