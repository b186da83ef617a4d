/** Files of the workspace, wherever it is, and turns of a worker's event loop. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as vscode from 'vscode';
import type { Host, InputFile, OutputReservation } from '../../debug-adapter/debuggee/host';
import { WorkspaceReservation } from './workspace-output';

/** VS Code hands over a file of the workspace as a whole. */
const inputByteCountMax = 1024 * 2 ** 20;

export class WorkspaceHost implements Host {
  readonly #turns = new MessageChannel();
  readonly #waiting: (() => void)[] = [];

  /** @param folder that paths are relative to, and whose file system they are of */
  constructor(private readonly folder: vscode.Uri | undefined) {
    this.#turns.port1.onmessage = () => this.#waiting.shift()?.();
  }

  async readFile(path: string, byteCountMax: number): Promise<Uint8Array> {
    const uri = this.#uriOf(path);
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.Directory) !== 0) throw new Error('it is a folder, not a regular file');
    if (size > byteCountMax) throw new Error(`it has ${size} bytes, and the limit is ${byteCountMax / 2 ** 20} MiB`);
    return vscode.workspace.fs.readFile(uri);
  }

  async openInput(path: string): Promise<InputFile> {
    const bytes = await this.readFile(path, inputByteCountMax);
    return {
      byteCount: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
      close() {},
    };
  }

  reserveOutput(paths: readonly string[], inputs: readonly string[]): OutputReservation {
    const place = (path: string) => this.#uriOf(path);
    return new WorkspaceReservation(paths.map(place), inputs.map(place), place);
  }

  sha256(chunks: Iterable<Uint8Array>): string {
    const hash = sha256.create();
    for (const chunk of chunks) hash.update(chunk);
    return bytesToHex(hash.digest());
  }

  /** By a message: a timer within a timer waits for 4 ms (HTML, "timers"). */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#turns.port2.postMessage(undefined);
    });
  }

  async sleep(ms: number, woken: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), woken]);
    clearTimeout(timer);
  }

  now(): number {
    return performance.now();
  }

  /** `${workspaceFolder}` has become a path; scheme and authority are the folder's. */
  #uriOf(path: string): vscode.Uri {
    const { folder } = this;
    if (/^[a-z][a-z0-9+.-]+:\//i.test(path)) return vscode.Uri.parse(path, true);
    if (!folder) return vscode.Uri.file(path);
    const slashes = path.replaceAll('\\', '/');
    // A file system with an authority has it before the path: `//github/owner/name/guest.elf`.
    const root = folder.fsPath.replaceAll('\\', '/').replace(/\/+$/, '');
    if (slashes.startsWith(`${root}/`)) return vscode.Uri.joinPath(folder, slashes.slice(root.length));
    return slashes.startsWith('/') ? folder.with({ path: slashes }) : vscode.Uri.joinPath(folder, slashes);
  }
}
