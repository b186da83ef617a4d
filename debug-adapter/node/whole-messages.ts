import { type Readable, Transform, type TransformCallback } from 'node:stream';

const headEnd = '\r\n\r\n';
/** No head is longer. */
const headByteCountMax = 4096;

/**
 * A stream of the Debug Adapter Protocol, each message in one chunk. The library appends chunk to chunk and copies all that
 * has come so far each time: for a message of 20 MB that took 17 seconds.
 */
export function wholeMessages(input: Readable): Readable {
  const messages = new MessageChunks();
  // Both end in the same way, also when the connection is cut: who reads sees `close`.
  input.on('error', (error) => messages.destroy(error));
  input.on('close', () => messages.end());
  return input.pipe(messages);
}

class MessageChunks extends Transform {
  #chunks: Buffer[] = [];
  #byteCount = 0;
  /** Of the message that has begun, with its head; undefined while that has not come. */
  #wanted: number | undefined;

  override _transform(chunk: Buffer, _encoding: unknown, done: TransformCallback): void {
    this.#chunks.push(chunk);
    this.#byteCount += chunk.length;
    while (this.#byteCount > 0) {
      this.#wanted ??= this.#announced();
      if (this.#wanted === undefined || this.#byteCount < this.#wanted) break;
      this.#pass(this.#wanted);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#byteCount > 0) this.#pass(this.#byteCount);
    done();
  }

  #pass(byteCount: number): void {
    const all = this.#joined();
    this.push(all.subarray(0, byteCount));
    this.#chunks = [all.subarray(byteCount)];
    this.#byteCount -= byteCount;
    this.#wanted = undefined;
  }

  /** What is no head is for the reader to judge. */
  #announced(): number | undefined {
    const all = this.#joined();
    const end = all.indexOf(headEnd);
    if (end < 0) return all.length > headByteCountMax ? all.length : undefined;
    const [, byteCount = '0'] = /Content-Length: *(\d{1,15})/.exec(all.toString('latin1', 0, end)) ?? [];
    return end + headEnd.length + Number(byteCount);
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }
}
