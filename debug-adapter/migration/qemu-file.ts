import { ByteSink } from '../vmstate/byte-sink';

/** Where a stream goes: a file, a socket, nothing but the oracle. Answers with what went wrong, in words. */
export interface StreamOutput {
  write(bytes: Uint8Array): string | undefined;
}

/** QEMUFile: a buffer in front of a channel. An error sticks; what is written after it is lost. */
export class QemuFile {
  readonly buffer = new ByteSink();
  error: string | undefined;
  /** Bytes that have left the buffer. */
  byteCount = 0;

  constructor(private readonly output: StreamOutput) {}

  /** Sends what is buffered and returns how many bytes that were. */
  flush(): number {
    const bytes = this.buffer.bytes();
    const { length } = bytes;
    if (length > 0 && this.error === undefined) {
      this.error = this.output.write(bytes);
      this.byteCount += length;
    }
    this.buffer.clear();
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
