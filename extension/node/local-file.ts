/** A file on this machine, read by pieces: the one part of the snapshot editor that needs Node. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ClosableSource } from '../snapshot-editor/file-sources';

/** Who reads one piece behind the other is read ahead of, by windows of so many bytes. */
const windowByteCount = 1 << 20;
/** Pieces with gaps between them that are no longer than that are read one behind the other, too. */
const gapByteCountMax = 64 * 1024;

interface Window {
  readonly offset: number;
  readonly byteCount: number;
  readonly bytes: Promise<Uint8Array>;
}

/** Opening a FIFO to which nobody writes must not wait; Windows has no such flag. */
const openForReading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** @throws Error with the reason in words */
export async function openLocalFile(path: string): Promise<ClosableSource> {
  const file = await open(path, openForReading);
  const stat = await file.stat();
  if (stat.isFile()) return new LocalFile(file, stat.size);
  await file.close();
  throw new Error(`${path} is no regular file.`);
}

class LocalFile implements ClosableSource {
  #window: Window | undefined;
  #ahead: Window | undefined;
  /** Where the last piece ended. */
  #lastEnd = 0;

  constructor(
    private readonly file: FileHandle,
    readonly byteCount: number,
  ) {}

  async read(offset: number, byteCount: number): Promise<Uint8Array> {
    const isNext = offset >= this.#lastEnd && offset - this.#lastEnd <= gapByteCountMax;
    this.#lastEnd = offset + byteCount;
    if (!isWithin(this.#window, offset, byteCount)) {
      if (!isNext || byteCount > windowByteCount) return this.#piece(offset, byteCount);
      this.#window = isWithin(this.#ahead, offset, byteCount) ? this.#ahead : this.#windowAt(offset);
      this.#ahead = this.#windowAt(this.#window!.offset + this.#window!.byteCount);
    }
    const { offset: start, bytes } = this.#window!;
    return (await bytes).subarray(offset - start, offset - start + byteCount);
  }

  close(): void {
    void this.file.close();
  }

  #windowAt(offset: number): Window {
    const byteCount = Math.max(0, Math.min(windowByteCount, this.byteCount - offset));
    const bytes = this.#piece(offset, byteCount);
    // Whoever wants it hears of it.
    bytes.catch(() => {});
    return { offset, byteCount, bytes };
  }

  async #piece(offset: number, byteCount: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(byteCount);
    for (let done = 0; done < byteCount; ) {
      const { bytesRead } = await this.file.read(bytes, done, byteCount - done, offset + done);
      if (bytesRead === 0)
        throw new Error(`The file was truncated while it was read: it ends at byte ${offset + done}.`);
      done += bytesRead;
    }
    return bytes;
  }
}

function isWithin(window: Window | undefined, offset: number, byteCount: number): boolean {
  return window !== undefined && offset >= window.offset && offset + byteCount <= window.offset + window.byteCount;
}
