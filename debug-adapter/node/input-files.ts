import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebuggeeError } from '../debuggee/debuggee';
import type { InputFile } from '../debuggee/host';
import { kindOf } from './file-kinds';

/** Opening a FIFO to which nobody writes must not wait; there is no such flag, and no FIFO by a path, on Windows. */
const openForReading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const copiedAtOnce = 1 << 20;
const standardInput = 0;

/** The whole of a regular file. @throws Error with the reason in words. */
export async function readRegularFile(path: string, byteCountMax: number): Promise<Uint8Array> {
  const file = await open(path, openForReading);
  try {
    const stat = await file.stat();
    checkRegular(stat);
    if (stat.size > byteCountMax) {
      throw new Error(`it has ${stat.size} bytes, and the limit is ${byteCountMax / 2 ** 20} MiB`);
    }
    const bytes = new Uint8Array(stat.size);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) throw new Error(`it was truncated while being read: it ends at byte ${done}`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** A regular file, to be read at random. @throws Error with the reason in words. */
export function openRegularFile(path: string): InputFile {
  const descriptor = openSync(path, openForReading);
  try {
    const stat = fstatSync(descriptor);
    checkRegular(stat);
    return inputFile(descriptor, path, stat.size);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * A file to read at random; one that can be read only once, a pipe or standard input (`-`), is copied to a temporary file
 * first. Waits for the end of a pipe: not for a debugger, which nothing may hang.
 * @throws Error with the reason in words
 */
export function openFileOrPipe(path: string): InputFile {
  const isInput = path === '-';
  const stat = isInput ? fstatSync(standardInput) : statSync(path);
  if (stat.isFIFO() || stat.isSocket()) return copyOfPipe(path, isInput ? standardInput : openSync(path, 'r'));
  if (!isInput) return openRegularFile(path);
  checkRegular(stat);
  return inputFile(standardInput, path, stat.size);
}

function copyOfPipe(path: string, descriptor: number): InputFile {
  try {
    const copy = temporaryFile();
    return inputFile(copy, path, copyAll(descriptor, copy));
  } finally {
    if (descriptor !== standardInput) closeSync(descriptor);
  }
}

function checkRegular(stat: Stats): void {
  if (!stat.isFile()) throw new Error(`it is ${kindOf(stat)}, not a regular file`);
}

function inputFile(descriptor: number, path: string, byteCount: number): InputFile {
  const { mtimeMs } = fstatSync(descriptor);
  return {
    byteCount,
    hasChanged: () => fstatSync(descriptor).mtimeMs !== mtimeMs,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      fillFrom(descriptor, path, bytes, offset);
      return bytes;
    },
    readInto: (bytes, offset) => fillFrom(descriptor, path, bytes, offset),
    close: () => closeSync(descriptor),
  };
}

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
  const buffer = new Uint8Array(copiedAtOnce);
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

function fillFrom(descriptor: number, path: string, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
    if (got === 0) {
      throw new DebuggeeError(
        'file-changed',
        `${path} was truncated while being read: it ends at byte ${offset + done}.`,
      );
    }
    done += got;
  }
}
