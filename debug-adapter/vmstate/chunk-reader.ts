import { ByteCursor, Insufficient } from './byte-cursor';

/**
 * Cuts a sequence of chunks into records: calls `readRecord` again and again, and once more from the same place with
 * more bytes when it ran out of them. Bytes are copied only where a record lies across the edge of two chunks.
 */
export class ChunkReader {
  private carry = new Uint8Array(0);
  private carryByteCount = 0;
  private missing = 1;
  private consumed = 0;

  /** @param readRecord moves the cursor behind one record, or throws Insufficient and has changed nothing. */
  constructor(private readonly readRecord: (cursor: ByteCursor) => void) {}

  /** Bytes of whole records. */
  get byteCount(): number {
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
      const taken = Math.min(this.missing, chunk.length - used);
      this.keep(chunk.subarray(used, used + taken));
      used += taken;
      this.missing -= taken;
      if (this.missing > 0) return;
      const read = this.readRecords(this.carry.subarray(0, this.carryByteCount));
      this.carry.copyWithin(0, read, this.carryByteCount);
      this.carryByteCount -= read;
    }
    if (used === chunk.length) return;
    const rest = chunk.subarray(used);
    this.keep(rest.subarray(this.readRecords(rest)));
  }

  /** Reads every record that lies whole in the window. @returns their bytes. */
  private readRecords(window: Uint8Array): number {
    const cursor = new ByteCursor(window, this.consumed);
    let read = 0;
    try {
      while (read < window.length) {
        this.readRecord(cursor);
        this.consumed += cursor.position - read;
        read = cursor.position;
      }
      this.missing = 1;
      return read;
    } catch (error) {
      if (!(error instanceof Insufficient)) throw error;
      this.missing = error.missingByteCount;
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
