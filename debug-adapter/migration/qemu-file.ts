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
  #windowByteCountMax = Infinity;
  #windowStartByteCount = 0;
  readonly #gathered = new ByteSink();
  readonly #references: Reference[] = [];
  readonly #record = new ByteSink();
  #copiedByteCount = 0;
  #pieceCount = 0;
  #endsInCopy = false;

  constructor(private readonly output: StreamOutput) {}

  /** Bytes that have not left yet. */
  get pendingByteCount(): number {
    return this.#gathered.byteCount;
  }

  /** Bytes that were put so far. */
  get putByteCount(): number {
    return this.byteCount + this.pendingByteCount;
  }

  /** qemu_put_buffer for what `write` writes. Returns how many bytes left because the buffer was full. */
  put(write: (record: ByteSink) => void): number {
    this.#record.clear();
    write(this.#record);
    return this.putBytes(this.#record.bytes());
  }

  /** From now on; 0 lifts the limit. Takes effect only where the writer asks `isRateLimited`. */
  setRateLimit(bytesPerSecond: number): void {
    this.#windowByteCountMax = (bytesPerSecond || Infinity) / windowsPerSecond;
  }

  /** The window's quota is used up. So it is after an error, too (QEMU: qemu_file_rate_limit). */
  get isRateLimited(): boolean {
    return this.error !== undefined || this.putByteCount - this.#windowStartByteCount > this.#windowByteCountMax;
  }

  resetRateLimit(): void {
    this.#windowStartByteCount = this.putByteCount;
  }

  putBytes(bytes: Uint8Array): number {
    let flushed = 0;
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + copiedByteCountMax - this.#copiedByteCount);
      this.#gathered.writeBytes(piece);
      this.#copiedByteCount += piece.length;
      at += piece.length;
      if (!this.#endsInCopy) this.#pieceCount++;
      this.#endsInCopy = true;
      if (this.#copiedByteCount === copiedByteCountMax || this.#pieceCount >= pieceCountMax) flushed += this.flush();
    }
    return flushed;
  }

  /** qemu_put_buffer_async: the bytes are not looked at before the next flush. Returns as `put`. */
  putReference(bytes: Uint8Array): number {
    this.#references.push({ at: this.#gathered.skip(bytes.length), bytes });
    this.#endsInCopy = false;
    return ++this.#pieceCount >= pieceCountMax ? this.flush() : 0;
  }

  /** Sends what is gathered and returns how many bytes that were. */
  flush(): number {
    const bytes = this.#gathered.bytes();
    const { length } = bytes;
    for (const reference of this.#references) bytes.set(reference.bytes, reference.at);
    if (length > 0 && this.error === undefined) {
      this.error = this.output.write(bytes);
      this.byteCount += length;
    }
    this.#gathered.clear();
    this.#references.length = 0;
    this.#copiedByteCount = 0;
    this.#pieceCount = 0;
    this.#endsInCopy = false;
    return length;
  }
}

/** QIOChannelBuffer: keeps what is written to it. */
export class ChannelBuffer implements StreamOutput {
  readonly #chunks: Uint8Array[] = [];

  write(bytes: Uint8Array): undefined {
    this.#chunks.push(bytes.slice());
  }

  get chunks(): readonly Uint8Array[] {
    return this.#chunks;
  }
}
