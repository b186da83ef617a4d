/** Snapshots as files of the workspace: gathered in memory, written when they are whole. */
import * as vscode from 'vscode';
import type { OutputFile, OutputReservation, OutputSet } from '../../debug-adapter/debuggee/host';

const mebibyte = 2 ** 20;
/** A file is in memory twice while it is written. */
const byteCountMax = 1024 * mebibyte;

/** Names of files that one session may write. Other windows are not seen here. */
export class WorkspaceReservation implements OutputReservation {
  static readonly #inUse = new Set<string>();
  readonly #names: readonly string[];
  #set: WorkspaceSet | undefined;

  /**
   * @param outputs the main one first
   * @throws Error with the reason in words
   */
  constructor(
    outputs: readonly vscode.Uri[],
    inputs: readonly vscode.Uri[],
    private readonly place: (path: string) => vscode.Uri,
  ) {
    this.#names = outputs.map(String);
    for (const name of this.#names) {
      if (inputs.some((input) => String(input) === name)) throw new Error(`${name} is also an input of this session`);
      if (WorkspaceReservation.#inUse.has(name)) throw new Error('another session is writing it');
    }
    for (const name of this.#names) WorkspaceReservation.#inUse.add(name);
  }

  isFor(path: string): boolean {
    return String(this.place(path)) === this.#names[0];
  }

  replaces(): boolean {
    return true;
  }

  begin(): OutputSet {
    this.#set = new WorkspaceSet(this.place, this.#names[0]!);
    return this.#set;
  }

  release(): void {
    this.#set?.abandon();
    void this.#set?.landing.then(() => this.#giveBack());
    if (!this.#set) this.#giveBack();
  }

  #giveBack(): void {
    for (const name of this.#names) WorkspaceReservation.#inUse.delete(name);
  }
}

class WorkspaceSet implements OutputSet {
  readonly #files: GatheredFile[] = [];
  landing: Promise<string | undefined> = Promise.resolve(undefined);

  constructor(
    private readonly place: (path: string) => vscode.Uri,
    private readonly main: string,
  ) {}

  create(path: string): OutputFile {
    const file = new GatheredFile(path, this.place(path));
    this.#files.push(file);
    return file;
  }

  commit(): Promise<string | undefined> {
    this.landing = this.#land(this.#files.splice(0));
    return this.landing;
  }

  isInPlace(): boolean {
    return true;
  }

  abandon(): void {
    this.#files.length = 0;
  }

  /** Everything but the main file first: its name is the last to change. */
  async #land(files: readonly GatheredFile[]): Promise<string | undefined> {
    const inOrder = [...files].sort(
      (a, b) => Number(String(a.uri) === this.main) - Number(String(b.uri) === this.main),
    );
    try {
      for (const file of inOrder) await file.store();
      for (const file of inOrder) await file.publish();
      return undefined;
    } catch (error) {
      for (const file of inOrder) await file.remove();
      return error instanceof Error ? error.message : String(error);
    }
  }
}

class GatheredFile implements OutputFile {
  readonly #pieces: Uint8Array[] = [];
  #byteCount = 0;
  #piece = new Uint8Array(0);
  #filled = 0;
  readonly #temporary: vscode.Uri;

  constructor(
    readonly path: string,
    readonly uri: vscode.Uri,
  ) {
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
    this.#temporary = vscode.Uri.joinPath(uri, '..', `.${name}.${randomDigits()}.partial`);
  }

  write(bytes: Uint8Array): string | undefined {
    if (this.#byteCount + bytes.length > byteCountMax) {
      return `it would be larger than ${byteCountMax / mebibyte} MiB, the limit where VS Code has no local files`;
    }
    this.#byteCount += bytes.length;
    for (let done = 0; done < bytes.length; ) {
      if (this.#filled === this.#piece.length) {
        this.#piece = new Uint8Array(mebibyte);
        this.#pieces.push(this.#piece);
        this.#filled = 0;
      }
      const part = bytes.subarray(done, done + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
    }
    return undefined;
  }

  writeZeros(byteCount: number): string | undefined {
    return this.write(new Uint8Array(byteCount));
  }

  /** What has been written stays in memory for this until the reservation is released. */
  copyTo(file: Pick<OutputFile, 'write'>, byteCount = this.#byteCount): string | undefined {
    let failed: string | undefined;
    for (const [index, piece] of this.#pieces.entries()) {
      failed ??= file.write(piece.subarray(0, Math.max(0, byteCount - index * mebibyte)));
    }
    return failed;
  }

  /** Under a name that nobody else has. */
  async store(): Promise<void> {
    const whole = new Uint8Array(this.#byteCount);
    for (const [index, piece] of this.#pieces.entries()) {
      whole.set(piece.subarray(0, whole.length - index * mebibyte), index * mebibyte);
    }
    await vscode.workspace.fs.writeFile(this.#temporary, whole);
  }

  async publish(): Promise<void> {
    await vscode.workspace.fs.rename(this.#temporary, this.uri, { overwrite: true });
  }

  /** What it has stored and not published. */
  async remove(): Promise<void> {
    try {
      await vscode.workspace.fs.delete(this.#temporary);
    } catch {
      // There is nothing.
    }
  }
}

function randomDigits(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
