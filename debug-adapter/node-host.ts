import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { CommandError } from './command-line/environment';
import { DebuggeeError } from './debuggee/debuggee';
import type { Host, InputFile, OutputFile } from './debuggee/host';
import type { Resources } from './launch';
import shownSources from './migration/shown-sources.json';

/** Node's file system, event loop and clock. */
export const nodeHost: Host = {
  readFile: (path) => readFile(path),
  openInput,
  openOutput: (path) => new PartialFile(path),
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  now: () => performance.now(),
};

/** Snapshots flush after each page; the file takes them in larger pieces. */
const bufferByteCount = 1 << 20;

/** A file that is called `….partial` until it is whole. */
class PartialFile implements OutputFile {
  readonly #partialPath: string;
  #descriptor: number | undefined;
  readonly #buffer = new Uint8Array(bufferByteCount);
  #buffered = 0;

  constructor(readonly path: string) {
    this.#partialPath = `${path}.partial`;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(this.#partialPath, 'w');
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

  commit(): string | undefined {
    return attempt(() => {
      this.#flush();
      this.#close();
      renameSync(this.#partialPath, this.path);
    });
  }

  abandon(): void {
    attempt(() => {
      this.#close();
      rmSync(this.#partialPath, { force: true });
    });
  }

  #flush(): void {
    this.#writeAll(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #writeAll(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor!, bytes, done);
  }

  #close(): void {
    if (this.#descriptor === undefined) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    closeSync(descriptor);
  }
}

function attempt(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the files that the build puts beside the bundles are; from the sources, the checkout's `dist`. */
const resourceFolder = __dirname.endsWith('debug-adapter') ? join(__dirname, '../dist') : __dirname;

/** The sources of the VMM's threads, as files that an editor can open. */
export const sourceFolder = join(resourceFolder, 'source');

/** @throws Error when the build has not been run. */
export function readResources(): Resources {
  return {
    core: new WebAssembly.Module(readFileSync(join(resourceFolder, 'core.wasm'))),
    sources: new Map(shownSources.map((file) => [file, readFileSync(join(sourceFolder, file), 'utf8')])),
  };
}

/**
 * A file to read at random; one that can be read only once, a pipe or standard input (`-`), is copied to a temporary file
 * first.
 * @throws CommandError that says why it cannot be
 */
export function openFile(path: string): InputFile {
  try {
    return openInputOrPipe(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** As `openFile`. Waits for the end of a pipe: not for a debugger, which nothing may hang. */
export function openInputOrPipe(path: string): InputFile {
  const descriptor = path === '-' ? standardInput : openSync(path, 'r');
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return inputFile(descriptor, path, stat.size);
  try {
    const copy = temporaryFile();
    return inputFile(copy, path, copyAll(descriptor, copy));
  } finally {
    if (descriptor !== standardInput) closeSync(descriptor);
  }
}

function openInput(path: string): InputFile {
  const descriptor = openSync(path, 'r');
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return inputFile(descriptor, path, stat.size);
  closeSync(descriptor);
  throw new Error('it is not a regular file, which alone can be read from its end');
}

function inputFile(descriptor: number, path: string, byteCount: number): InputFile {
  return {
    byteCount,
    read: (offset, length) => readAt(descriptor, path, offset, length),
    close: () => closeSync(descriptor),
  };
}

const standardInput = 0;

/** Without a name, so that it is gone with this process however that ends. */
function temporaryFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  const path = join(folder, 'stream');
  const descriptor = openSync(path, 'w+');
  rmSync(folder, { recursive: true });
  return descriptor;
}

/** @returns how many bytes there were */
function copyAll(from: number, to: number): number {
  const buffer = new Uint8Array(bufferByteCount);
  for (let copied = 0; ; ) {
    const got = readSome(from, buffer);
    if (got === 0) return copied;
    for (let done = 0; done < got; ) done += writeSync(to, buffer, done, got - done);
    copied += got;
  }
}

/** The next bytes of a pipe; 0 at its end. Some are made not to wait (EAGAIN). */
function readSome(descriptor: number, buffer: Uint8Array): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, 0, buffer.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function readAt(descriptor: number, path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const got = readSync(descriptor, bytes, done, length - done, offset + done);
    if (got === 0) {
      throw new DebuggeeError(
        'file-changed',
        `${path} has become shorter while it was read: it ends at byte ${offset + done}.`,
      );
    }
    done += got;
  }
  return bytes;
}
