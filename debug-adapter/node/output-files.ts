import {
  accessSync,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { OutputFile, OutputSet } from '../debuggee/host';
import { isZero } from '../debuggee/zero-bytes';
import { attempt, kindOf } from './file-kinds';

/** Snapshots flush after each page; the file takes them in larger pieces. */
const bufferByteCount = 1 << 20;
/** So much is brought to the disk at a time while it is written. */
const aheadByteCount = 16 << 20;

/** Files of one folder that get their names together; until then each has a name that nobody else has. */
export class FileSet implements OutputSet {
  readonly #files: TemporaryFile[] = [];
  /** The main file first: the set is published when that one has its name. */
  readonly #paths: readonly string[];
  #isOver = false;

  /** @param checkIsHeld throws an Error when somebody else may write these files by now */
  constructor(
    private readonly folder: string,
    names: readonly string[],
    private readonly token: string,
    private readonly checkIsHeld: () => void,
  ) {
    this.#paths = names.map((name) => join(folder, name));
  }

  create(path: string): OutputFile {
    const place = this.#paths.find((each) => basename(each) === basename(path));
    if (place === undefined) throw new Error(`${path} is not reserved`);
    const file = new TemporaryFile(path, place, temporaryOf(place, this.token));
    this.#files.push(file);
    return file;
  }

  async sync(): Promise<void> {
    for (const file of this.#files) await file.sync();
  }

  commit(): string | undefined {
    const failed = attempt(() => {
      this.checkIsHeld();
      if (this.#isOver) throw new Error('it has been given up');
      for (const file of this.#files) file.finish();
      this.#publish();
      syncFolder(this.folder);
    });
    this.abandon();
    return failed;
  }

  isInPlace(): boolean {
    const failed = attempt(() => {
      for (const file of this.#files) file.checkStandsThere();
    });
    return failed === undefined;
  }

  abandon(): void {
    for (const file of this.#files) file.remove();
    this.#isOver = true;
  }

  /** What was written cannot be copied any more. */
  close(): void {
    this.abandon();
    for (const file of this.#files) file.close();
  }

  /** Everything but the main file first: its name is the last to change. */
  #publish(): void {
    const inOrder = [...this.#files].sort((a, b) => this.#paths.indexOf(b.place) - this.#paths.indexOf(a.place));
    const done: TemporaryFile[] = [];
    try {
      for (const file of inOrder) {
        checkReplaceable(file.place);
        done.push(file);
        if (file.place !== this.#paths[0]) file.setOlderAside(this.token);
        file.publish();
      }
    } catch (error) {
      for (const file of done.reverse()) attempt(() => file.putOlderBack(this.token));
      throw error;
    }
    for (const { place } of done) attempt(() => rmSync(olderOf(place, this.token), { force: true }));
    for (const file of done) file.checkStandsThere();
  }
}

class TemporaryFile implements OutputFile {
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(bufferByteCount);
  #buffered = 0;
  #byteCount = 0;
  #state: 'written' | 'published' | 'removed' = 'written';
  #isClosed = false;
  #hasOlder = false;
  /** Of the file, when it was last begun to be brought to the disk. */
  #aheadByteCount = 0;
  #isSyncingAhead = false;

  constructor(
    readonly path: string,
    readonly place: string,
    private readonly temporary: string,
  ) {
    this.#descriptor = openSync(temporary, 'wx+');
  }

  write(bytes: Uint8Array): string | undefined {
    return attempt(() => {
      if (this.#buffered + bytes.length > bufferByteCount) this.#flush();
      if (bytes.length > bufferByteCount) {
        this.#writeAll(bytes);
        return;
      }
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    });
  }

  writeZeros(byteCount: number): string | undefined {
    return attempt(() => {
      this.#flush();
      this.#byteCount += byteCount;
      ftruncateSync(this.#descriptor, this.#byteCount);
    });
  }

  /** What could not be written `finish` is told: each descriptor is told that once. */
  async sync(): Promise<void> {
    attempt(() => this.#flush());
    await new Promise<void>((resolve) => {
      if (attempt(() => this.#startSync(resolve)) !== undefined) resolve();
    });
  }

  /** To the disk. */
  finish(): void {
    this.#flush();
    fsyncSync(this.#descriptor);
    this.#checkIsOurs(this.temporary);
  }

  setOlderAside(token: string): void {
    if (!lstatSync(this.place, { throwIfNoEntry: false })) return;
    renameSync(this.place, olderOf(this.place, token));
    this.#hasOlder = true;
  }

  publish(): void {
    renameSync(this.temporary, this.place);
    this.#state = 'published';
  }

  /** Undoes the two above, as far as they have come. */
  putOlderBack(token: string): void {
    if (this.#hasOlder) renameSync(olderOf(this.place, token), this.place);
    else if (this.#state === 'published') rmSync(this.place);
  }

  checkStandsThere(): void {
    this.#checkIsOurs(this.place);
  }

  remove(): void {
    if (this.#state !== 'written') return;
    attempt(() => rmSync(this.temporary, { force: true }));
    this.#state = 'removed';
  }

  close(): void {
    if (!this.#isClosed) attempt(() => closeSync(this.#descriptor));
    this.#isClosed = true;
  }

  /** Also after its name has gone. */
  copyTo(file: Pick<OutputFile, 'write' | 'writeZeros'>, byteCount?: number): string | undefined {
    let failed = attempt(() => this.#flush());
    const end = byteCount ?? this.#byteCount;
    const buffer = new Uint8Array(bufferByteCount);
    for (let done = 0; failed === undefined && done < end; ) {
      let piece = buffer;
      failed = attempt(() => {
        const count = readSync(this.#descriptor, buffer, 0, Math.min(buffer.length, end - done), done);
        if (count === 0) throw new Error('another program has cut off what was written');
        piece = buffer.subarray(0, count);
      });
      failed ??= isZero(piece) ? file.writeZeros(piece.length) : file.write(piece);
      done += piece.length;
    }
    return failed;
  }

  #checkIsOurs(path: string): void {
    const [written, there] = [fstatSync(this.#descriptor), lstatSync(path)];
    if (!isSame(written, there) || written.size !== this.#byteCount) {
      throw new Error(`another program has changed or replaced ${path}`);
    }
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const count = writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#byteCount);
      done += count;
      this.#byteCount += count;
    }
    if (this.#byteCount - this.#aheadByteCount >= aheadByteCount) this.#syncAhead();
  }

  /** So that little is left for the end, which everybody waits for. */
  #syncAhead(): void {
    if (this.#isSyncingAhead) return;
    this.#aheadByteCount = this.#byteCount;
    attempt(() => {
      this.#startSync(() => {
        this.#isSyncingAhead = false;
      });
      this.#isSyncingAhead = true;
    });
  }

  /** By a descriptor of its own. @throws Error when there is none to be had */
  #startSync(done: () => void): void {
    const descriptor = openSync(this.temporary, 'r+');
    fdatasync(descriptor, () => {
      attempt(() => closeSync(descriptor));
      done();
    });
  }
}

/** The name of a file while it is written. */
export function temporaryOf(path: string, token: string): string {
  return join(dirname(path), `.${basename(path)}.${token}.partial`);
}

/** The name of what a file replaces, until all of its set are replaced. */
export function olderOf(path: string, token: string): string {
  return join(dirname(path), `.${basename(path)}.${token}.old`);
}

/** A regular file that may be written, or nothing. @throws Error that says what is there instead */
export function checkReplaceable(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isFile()) throw new Error(`it is ${kindOf(stat)}; only a regular file can be replaced`);
  accessSync(path, constants.W_OK);
}

export function isSame(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** So that the names outlast a loss of power. Windows opens no folders. */
function syncFolder(folder: string): void {
  attempt(() => {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}
