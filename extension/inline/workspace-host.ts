/** Files of the workspace, wherever it is, and turns of a worker's event loop. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as vscode from 'vscode';
import type { Hash, Host, InputFile, OutputReservation } from '../../debug-adapter/debuggee/host';
import { memoryFile } from '../../debug-adapter/debuggee/memory-file';
import { uriOf } from '../workspace-paths';
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
    const uri = uriOf(path, this.folder);
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.Directory) !== 0) throw new Error('it is a folder, not a regular file');
    if (size > byteCountMax) throw new Error(`it has ${size} bytes, and the limit is ${byteCountMax / 2 ** 20} MiB`);
    return vscode.workspace.fs.readFile(uri);
  }

  async openInput(path: string): Promise<InputFile> {
    return memoryFile(await this.readFile(path, inputByteCountMax));
  }

  reserveOutput(paths: readonly string[], inputs: readonly string[]): OutputReservation {
    const place = (path: string) => uriOf(path, this.folder);
    return new WorkspaceReservation(paths.map(place), inputs.map(place), place);
  }

  sha256(): Hash {
    const hash = sha256.create();
    const updated: Hash = {
      update(bytes) {
        hash.update(bytes);
        return updated;
      },
      digest: () => bytesToHex(hash.digest()),
    };
    return updated;
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
}
