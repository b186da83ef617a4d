import { ByteCursor, Insufficient } from './byte-cursor';

/** So often a record is tried again as soon as the bytes are there that it was said to lack: enough for a page's parts. */
const promptAttemptCount = 4;

/**
 * Cuts a sequence of chunks into records: calls `readRecord` again and again, and once more from the same place with
 * more bytes when it ran out of them. Bytes are copied only where a record lies across the edge of two chunks.
 *
 * A record that ran out of bytes again and again is tried next when twice as many are there, so that all attempts at it
 * together cost no more than a few times its length.
 */
export class ChunkReader {
  private carry = new Uint8Array(0);
  private carryByteCount = 0;
  /** The record under way is tried again when so many bytes are there. */
  private neededByteCount = 0;
  private attemptCount = 0;
  private missing = 1;

  /**
   * @param readRecord moves the cursor behind one record, or throws Insufficient and has changed nothing.
   * @param consumed the offset of the first byte to come
   */
  constructor(
    private readonly readRecord: (cursor: ByteCursor) => void,
    private consumed = 0,
  ) {}

  /** The offset behind the last whole record. */
  get offset(): number {
    return this.consumed;
  }

  /** Bytes received of a record not yet whole. */
  get bufferedByteCount(): number {
    return this.carryByteCount;
  }

  /** At least so many more bytes complete the record under way. */
  get missingByteCount(): number {
    return this.missing;
  }

  push(chunk: Uint8Array): void {
    let used = 0;
    while (this.carryByteCount > 0 && used < chunk.length) {
      const taken = Math.min(this.neededByteCount - this.carryByteCount, chunk.length - used);
      this.keep(chunk.subarray(used, used + taken));
      used += taken;
      if (this.carryByteCount < this.neededByteCount) return;
      this.readCarry();
    }
    if (used === chunk.length) return;
    const rest = used === 0 ? chunk : chunk.subarray(used);
    const read = this.readRecords(rest);
    if (read < rest.length) this.keep(rest.subarray(read));
  }

  /** No more bytes will come: tries again what was put off. */
  finish(): void {
    if (this.carryByteCount > 0) this.readCarry();
  }

  /** The next byte to come is that at `offset`. No record is under way. */
  jumpTo(offset: number): void {
    this.consumed = offset;
  }

  private readCarry(): void {
    const read = this.readRecords(this.carry.subarray(0, this.carryByteCount));
    this.carry.copyWithin(0, read, this.carryByteCount);
    this.carryByteCount -= read;
  }

  /** Reads every record that lies whole in the window. @returns their bytes. */
  private readRecords(window: Uint8Array): number {
    const cursor = new ByteCursor(window, this.consumed);
    let read = 0;
    try {
      while (read < window.length) {
        this.readRecord(cursor);
        this.attemptCount = 0;
        this.consumed += cursor.position - read;
        read = cursor.position;
      }
      this.missing = 1;
      return read;
    } catch (error) {
      if (!(error instanceof Insufficient)) throw error;
      this.attemptCount++;
      this.missing = error.missingByteCount;
      const left = window.length - read;
      const further = this.attemptCount <= promptAttemptCount ? this.missing : Math.max(this.missing, left);
      this.neededByteCount = left + further;
      return read;
    }
  }

  /** The buffer grows with the bytes that came, never with a length that they announce. */
  private keep(bytes: Uint8Array): void {
    const needed = this.carryByteCount + bytes.length;
    if (needed > this.carry.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.carry.length, 512));
      larger.set(this.carry.subarray(0, this.carryByteCount));
      this.carry = larger;
    }
    this.carry.set(bytes, this.carryByteCount);
    this.carryByteCount = needed;
  }
}
