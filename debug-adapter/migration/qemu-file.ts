import { ByteSink } from '../vmstate/byte-sink';

/** Where a stream goes: a file, a socket, nothing but the oracle. Answers with what went wrong, in words. */
export interface StreamOutput {
  write(bytes: Uint8Array): string | undefined;
}

/** How many windows of `max-bandwidth` a second has (QEMU: XFER_LIMIT_RATIO). */
const windowsPerSecond = 10;

/** QEMU's IO_BUF_SIZE and MAX_IOV_SIZE: a flush comes by itself when so much is copied, or in so many pieces. */
const copiedByteCountMax = 32 * 1024;
const pieceCountMax = 64;

/** A piece of the vector that is not copied: read when it is sent. */
interface Reference {
  /** Place in what is gathered. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * QEMUFile: gathers pieces in front of a channel and sends them with one writev. Most are copied into its buffer; pages
 * of RAM are only referred to, so what leaves is what they hold at the flush. An error sticks; what is written after it
 * is lost.
 */
export class QemuFile {
  error: string | undefined;
  /** Bytes that have left. */
  byteCount = 0;
  /** Bytes that may be put in one window, and what had been put when this one began. */
  private _windowByteCountMax = Infinity;
  private _windowStartByteCount = 0;
  private readonly _gathered = new ByteSink();
  private readonly _references: Reference[] = [];
  private _copiedByteCount = 0;
  private _pieceCount = 0;
  private _endsInCopy = false;

  constructor(private readonly output: StreamOutput) {}

  /** Bytes that have not left yet. */
  get pendingByteCount(): number {
    return this._gathered.byteCount;
  }

  /** Bytes that were put so far. */
  get putByteCount(): number {
    return this.byteCount + this.pendingByteCount;
  }

  /** qemu_put_buffer for what `write` writes. Returns how many bytes left because the buffer was full. */
  put(write: (record: ByteSink) => void): number {
    const start = this._gathered.byteCount;
    write(this._gathered);
    const byteCount = this._gathered.byteCount - start;
    if (byteCount === 0) return 0;
    // Nearly every record fits as it stands there.
    if (this._copiedByteCount + byteCount >= copiedByteCountMax) return this.putBytes(this._gathered.takeBack(start));
    return this.#copied(byteCount);
  }

  /** From now on; 0 lifts the limit. Takes effect only where the writer asks `isRateLimited`. */
  setRateLimit(bytesPerSecond: number): void {
    this._windowByteCountMax = (bytesPerSecond || Infinity) / windowsPerSecond;
  }

  /** The window's quota is used up. So it is after an error, too (QEMU: qemu_file_rate_limit). */
  get isRateLimited(): boolean {
    return this.error !== undefined || this.putByteCount - this._windowStartByteCount > this._windowByteCountMax;
  }

  /** For a `Witness`. */
  pretend(error: string | undefined, isRateLimited: boolean): void {
    this.error = error;
    this._windowByteCountMax = isRateLimited ? -Infinity : Infinity;
  }

  resetRateLimit(): void {
    this._windowStartByteCount = this.putByteCount;
  }

  putBytes(bytes: Uint8Array): number {
    let flushed = 0;
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + copiedByteCountMax - this._copiedByteCount);
      this._gathered.writeBytes(piece);
      at += piece.length;
      flushed += this.#copied(piece.length);
    }
    return flushed;
  }

  /** So much has been copied behind the rest. */
  #copied(byteCount: number): number {
    this._copiedByteCount += byteCount;
    if (!this._endsInCopy) this._pieceCount++;
    this._endsInCopy = true;
    return this._copiedByteCount === copiedByteCountMax || this._pieceCount >= pieceCountMax ? this.flush() : 0;
  }

  /** qemu_put_buffer_async: the bytes are not looked at before the next flush. Returns as `put`. */
  putReference(bytes: Uint8Array): number {
    this._references.push({ at: this._gathered.skip(bytes.length), bytes });
    this._endsInCopy = false;
    return ++this._pieceCount >= pieceCountMax ? this.flush() : 0;
  }

  /** Sends what is gathered and returns how many bytes that were. */
  flush(): number {
    const bytes = this._gathered.bytes();
    const { length } = bytes;
    // In no order: to empty the array by its length is a call into V8's runtime, for each page.
    for (let next = this._references.pop(); next; next = this._references.pop()) bytes.set(next.bytes, next.at);
    if (length > 0 && this.error === undefined) {
      this.error = this.output.write(bytes);
      this.byteCount += length;
    }
    this._gathered.clear();
    this._copiedByteCount = 0;
    this._pieceCount = 0;
    this._endsInCopy = false;
    return length;
  }
}

/** QIOChannelBuffer: keeps what is written to it. */
export class ChannelBuffer implements StreamOutput {
  private readonly _chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): undefined {
    this._chunks.push(bytes.slice());
  }

  get chunks(): readonly Uint8Array[] {
    return this._chunks;
  }
}
