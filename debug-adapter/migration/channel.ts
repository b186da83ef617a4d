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
  private _written = 0;
  /** Bytes written when the reader last had nothing to read, and when it began to read again, in virtual ns. */
  private _busyFromByte = 0;
  private _busyFromNs = 0;
  /** The stall is over, or never comes. */
  private _hasStalled: boolean;
  /** Written since the last look at the time. */
  private _unaccounted = 0;
  private _isShutDown = false;
  private _sleeper: Actor | undefined;

  constructor(
    private readonly output: StreamOutput,
    private readonly reader: ChannelOptions,
  ) {
    this._hasStalled = reader.stallAtByte === Infinity;
  }

  /** The reader begins to read. */
  connect(timeNs: number): void {
    this._busyFromNs = timeNs;
  }

  write(bytes: Uint8Array): string | undefined {
    this._unaccounted += bytes.length;
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
    if (this._isShutDown) return 'the channel was shut down';
    const { closeAtByte } = this.reader;
    return timeNs >= this.#closesAtNs ? `the channel's reader went away after ${closeAtByte} bytes` : undefined;
  }

  /** Bytes written and not read at this time. */
  fillAt(timeNs: number): number {
    let [low, high] = [Math.min(this._busyFromByte, this._written), this._written];
    // When a byte has been read is known; the last one read by now is found between the two.
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#readAtNs(middle) <= timeNs) low = middle;
      else high = middle - 1;
    }
    return this._written - low;
  }

  /** shutdown(2): nothing more gets through, and who sleeps wakes. */
  shutdown(timeNs: number): void {
    this._isShutDown = true;
    if (this._sleeper) wake(this._sleeper, timeNs);
    this._sleeper = undefined;
  }

  /** Notes when the last writes took place. Returns how many bytes have been written in all. */
  #account(timeNs: number): number {
    if (this._unaccounted > 0 && this.reader !== promptReader) {
      const idleFromNs = this.#readAtNs(this._written);
      const isStalled = !this._hasStalled && this._written === this.reader.stallAtByte;
      const readsFromNs = isStalled ? idleFromNs + this.reader.stallNs : idleFromNs;
      if (readsFromNs <= timeNs) {
        if (this._written >= this.reader.stallAtByte) this._hasStalled = true;
        this._busyFromByte = this._written;
        this._busyFromNs = timeNs;
      }
      this._written += this._unaccounted;
      this._unaccounted = 0;
    }
    return this._written;
  }

  #sleepsUntilRead(writer: Actor, byteCount: number, resource: string): boolean {
    this._sleeper = undefined;
    if (this._isShutDown || byteCount <= this._busyFromByte) return false;
    const deadlineNs = Math.min(this.#readAtNs(byteCount), this.#closesAtNs);
    if (deadlineNs <= writer.clockNs) return false;
    this._sleeper = writer;
    writer.wait = { resource, deadlineNs, idle: true };
    return true;
  }

  /** When the reader has read so many bytes, of those written. */
  #readAtNs(byteCount: number): number {
    if (byteCount <= this._busyFromByte) return this._busyFromNs;
    const { bytesPerSecond, stallAtByte, stallNs } = this.reader;
    const readingNs = Math.ceil(((byteCount - this._busyFromByte) * 1e9) / bytesPerSecond);
    const stalls = !this._hasStalled && byteCount > stallAtByte;
    return this._busyFromNs + readingNs + (stalls ? stallNs : 0);
  }

  get #closesAtNs(): number {
    const { closeAtByte } = this.reader;
    return closeAtByte <= this._written ? this.#readAtNs(closeAtByte) : Infinity;
  }
}
