/** Bytes kept before they are sent without waiting for the next tick. */
const byteCountMax = 16_384;

export interface ConsoleSink {
  bytes(bytes: Uint8Array): void;
  /** Whole characters. */
  text(text: string): void;
}

/** Gathers what the guest prints, byte by byte, into messages of a sensible size. */
export class GuestConsole {
  readonly #decoder = new TextDecoder();
  #pending: Uint8Array[] = [];
  #byteCount = 0;

  constructor(private readonly sink: ConsoleSink) {}

  push(bytes: Uint8Array): void {
    this.#pending.push(bytes.slice());
    this.#byteCount += bytes.length;
    if (this.#byteCount >= byteCountMax) this.flush();
  }

  /** Sends what has been gathered. */
  flush(): void {
    if (this.#byteCount === 0) return;
    const bytes = new Uint8Array(this.#byteCount);
    let at = 0;
    for (const piece of this.#pending) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#pending = [];
    this.#byteCount = 0;
    this.sink.bytes(bytes);
    // A character may be cut between two messages: its first bytes stay with the decoder.
    const text = this.#decoder.decode(bytes, { stream: true });
    if (text !== '') this.sink.text(text);
  }
}
