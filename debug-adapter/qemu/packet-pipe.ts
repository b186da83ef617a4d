import { closeSync, readSync, writeSync } from 'node:fs';
import { peekInto, pipe, SystemError, setFileFlag, setPipeSize } from './libc';

/** PIPE_BUF: what a pipe that keeps packets apart takes as one. */
const packetByteCountMax = 4096;
const wideByteCount = 1 << 20;
/** In zero pages that is 15,000: others have their turn before the next ones. */
export const takenByteCountMax = 1 << 17;

/**
 * A pipe with room for one packet: whoever writes the next one waits until this one is taken. It can be looked at before,
 * and its writer stays where it is.
 */
export class PacketPipe {
  readonly readFd: number;
  readonly writeFd: number;
  readonly #scratch = pipe();
  readonly #bytes = Buffer.alloc(takenByteCountMax);
  #isWriterClosed = false;
  #isReaderClosed = false;

  constructor() {
    [this.readFd, this.writeFd] = pipe();
    setPipeSize(this.writeFd, packetByteCountMax);
    setFileFlag(this.writeFd, 'direct', true);
    setFileFlag(this.readFd, 'nonBlock', true);
  }

  /** The packet in the slot; `end` when there is none and no writer any more. */
  peek(): Buffer | 'end' | undefined {
    if (this.#isReaderClosed) return 'end';
    const [readFd, writeFd] = this.#scratch;
    const count = peekInto(this.readFd, writeFd, packetByteCountMax);
    if (count === undefined) return undefined;
    if (count === 0) return 'end';
    return Buffer.from(this.#bytes.subarray(0, readSync(readFd, this.#bytes)));
  }

  /** What is there now, in packet mode one packet, whole. The bytes are good until the next call. */
  take(): Buffer | 'end' | undefined {
    if (this.#isReaderClosed) return 'end';
    let count: number;
    try {
      count = readSync(this.readFd, this.#bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
    return count === 0 ? 'end' : this.#bytes.subarray(0, count);
  }

  /** Whoever writes first waits until this is taken. */
  fill(): void {
    writeSync(this.writeFd, Buffer.alloc(1));
  }

  /** Lets the writer run on. The flag belongs to the open file, which the writer's descriptor shares. */
  widen(): void {
    setFileFlag(this.writeFd, 'direct', false);
    setPipeSize(this.writeFd, wideByteCount);
  }

  /**
   * One slot again. False: more than one is full; take what is there first. What is there when it is narrow may still grow:
   * what is written behind it, once it is taken, are packets.
   */
  narrow(): boolean {
    try {
      setPipeSize(this.writeFd, packetByteCountMax);
    } catch (error) {
      if (error instanceof SystemError && error.isBusy) return false;
      throw error;
    }
    // Not before: of a packet that does not fit into a reading behind other bytes the kernel drops the rest.
    setFileFlag(this.writeFd, 'direct', true);
    return true;
  }

  /** Somebody else writes: without our end the reader comes to an end when theirs is closed. */
  closeWriter(): void {
    if (!this.#isWriterClosed) closeSync(this.writeFd);
    this.#isWriterClosed = true;
  }

  /** Whoever writes is told that nobody reads, and goes on. */
  closeReader(): void {
    if (!this.#isReaderClosed) for (const fd of [this.readFd, ...this.#scratch]) closeSync(fd);
    this.#isReaderClosed = true;
  }

  close(): void {
    this.closeWriter();
    this.closeReader();
  }
}
