import { type Actor, wake } from '../simulation/actor';
import type { StreamOutput } from './qemu-file';

/** What the reader at the other end does. Bytes are counted from the stream's first. */
export interface ChannelOptions {
  /** How fast it reads. */
  readonly bytesPerSecond: number;
  /** Having read so many bytes, it reads no more for `stallNs`. */
  readonly stallAtByte: number;
  readonly stallNs: number;
  /** Having read so many bytes, it goes away. */
  readonly closeAtByte: number;
}

/** Reads at once whatever there is. */
export const promptReader: ChannelOptions = {
  bytesPerSecond: Infinity,
  stallAtByte: Infinity,
  stallNs: Infinity,
  closeAtByte: Infinity,
};

/** As Linux makes pipes. */
const pipeByteCount = 65_536;

/**
 * A pipe to a reader. A writer that finds it full sleeps until the reader has made room, the reader goes away, or
 * somebody shuts the pipe down; all of it in virtual time.
 *
 * ```
 *  written ──┐ in the writer's hands ┌── at most 64 KiB in the pipe ──┐ read
 *            └───────────────────────┘                                └──────────
 * ```
 * What the reader will have read by when follows from when it last had nothing to read: from then on it reads without a
 * pause but for its stall.
 */
export class Channel implements StreamOutput {
  #written = 0;
  /** Bytes written when the reader last had nothing to read, and when it began to read again, in virtual ns. */
  #busyFromByte = 0;
  #busyFromNs = 0;
  /** The stall is over, or never comes. */
  #hasStalled: boolean;
  /** Written since the last look at the time. */
  #unaccounted = 0;
  #isShutDown = false;
  #sleeper: Actor | undefined;

  constructor(
    private readonly output: StreamOutput,
    private readonly reader: ChannelOptions,
  ) {
    this.#hasStalled = reader.stallAtByte === Infinity;
  }

  /** The reader begins to read. */
  connect(timeNs: number): void {
    this.#busyFromNs = timeNs;
  }

  write(bytes: Uint8Array): string | undefined {
    this.#unaccounted += bytes.length;
    return this.output.write(bytes);
  }

  /** After a write: true when the pipe was full, and the writer sleeps until what it wrote is in the pipe. */
  sleeps(writer: Actor): boolean {
    return this.#sleepsUntilRead(writer, this.#account(writer.clockNs) - pipeByteCount, 'room in the channel');
  }

  /** True when the reader has not read everything, and the writer sleeps until it has. */
  sleepsUntilDrained(writer: Actor): boolean {
    return this.#sleepsUntilRead(writer, this.#account(writer.clockNs), "the channel's reader");
  }

  /** Whoever writes finds out at this time. Undefined: nothing is wrong. */
  errorAt(timeNs: number): string | undefined {
    if (this.#isShutDown) return 'the channel was shut down';
    const { closeAtByte } = this.reader;
    return timeNs >= this.#closesAtNs ? `the channel's reader went away after ${closeAtByte} bytes` : undefined;
  }

  /** Bytes written and not read at this time. */
  fillAt(timeNs: number): number {
    let [low, high] = [Math.min(this.#busyFromByte, this.#written), this.#written];
    // When a byte has been read is known; the last one read by now is found between the two.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#readAtNs(middle) <= timeNs) low = middle;
      else high = middle - 1;
    }
    return this.#written - low;
  }

  /** shutdown(2): nothing more gets through, and who sleeps wakes. */
  shutdown(timeNs: number): void {
    this.#isShutDown = true;
    if (this.#sleeper) wake(this.#sleeper, timeNs);
    this.#sleeper = undefined;
  }

  /** Notes when the last writes took place. Returns how many bytes have been written in all. */
  #account(timeNs: number): number {
    if (this.#unaccounted > 0 && this.reader !== promptReader) {
      const idleFromNs = this.#readAtNs(this.#written);
      const isStalled = !this.#hasStalled && this.#written === this.reader.stallAtByte;
      const readsFromNs = isStalled ? idleFromNs + this.reader.stallNs : idleFromNs;
      if (readsFromNs <= timeNs) {
        if (this.#written >= this.reader.stallAtByte) this.#hasStalled = true;
        this.#busyFromByte = this.#written;
        this.#busyFromNs = timeNs;
      }
      this.#written += this.#unaccounted;
      this.#unaccounted = 0;
    }
    return this.#written;
  }

  #sleepsUntilRead(writer: Actor, byteCount: number, resource: string): boolean {
    this.#sleeper = undefined;
    if (this.#isShutDown || byteCount <= this.#busyFromByte) return false;
    const deadlineNs = Math.min(this.#readAtNs(byteCount), this.#closesAtNs);
    if (deadlineNs <= writer.clockNs) return false;
    this.#sleeper = writer;
    writer.wait = { resource, deadlineNs, idle: true };
    return true;
  }

  /** When the reader has read so many bytes, of those written. */
  #readAtNs(byteCount: number): number {
    if (byteCount <= this.#busyFromByte) return this.#busyFromNs;
    const { bytesPerSecond, stallAtByte, stallNs } = this.reader;
    const readingNs = Math.ceil(((byteCount - this.#busyFromByte) * 1e9) / bytesPerSecond);
    const stalls = !this.#hasStalled && byteCount > stallAtByte;
    return this.#busyFromNs + readingNs + (stalls ? stallNs : 0);
  }

  get #closesAtNs(): number {
    const { closeAtByte } = this.reader;
    return closeAtByte <= this.#written ? this.#readAtNs(closeAtByte) : Infinity;
  }
}
