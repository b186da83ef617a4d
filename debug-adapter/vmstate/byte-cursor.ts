import { type StreamFaultKind, StreamReadError } from './stream-fault';

/** Thrown by a cursor that stands too near the end: not an error, the caller tries again with more bytes. */
export class Insufficient {
  constructor(readonly missingByteCount: number) {}
}

/** Reads big-endian values from a window of the stream; knows where in the stream the window lies. */
export class ByteCursor {
  private readonly bytes: Uint8Array;
  position = 0;

  /** @param streamOffset of the window's first byte. */
  constructor(
    window: Uint8Array,
    readonly streamOffset: number,
  ) {
    // Of Node's Buffer, `slice` copies nothing. To make a view takes as long as to read what most windows hold.
    const isPlain = window.constructor === Uint8Array;
    this.bytes = isPlain ? window : new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
  }

  /** The stream offset of the next byte. */
  get offset(): number {
    return this.streamOffset + this.position;
  }

  /** Bytes from the cursor to the window's end. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** @throws Insufficient unless the next `byteCount` bytes are here. */
  need(byteCount: number): void {
    const missing = this.position + byteCount - this.bytes.length;
    if (missing > 0) throw new Insufficient(missing);
  }

  peekU8(ahead = 0): number {
    this.need(ahead + 1);
    return this.bytes[this.position + ahead]!;
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.position++]!;
  }

  u16(): number {
    this.need(2);
    const value = (this.bytes[this.position]! << 8) | this.bytes[this.position + 1]!;
    this.position += 2;
    return value;
  }

  u32(): number {
    this.need(4);
    const value = this.u32At(this.position);
    this.position += 4;
    return value;
  }

  u64(): bigint {
    this.need(8);
    const value = (BigInt(this.u32At(this.position)) << 32n) | BigInt(this.u32At(this.position + 4));
    this.position += 8;
    return value;
  }

  /** The 64-bit length or offset at the cursor as a number; the fault is `length-beyond-bound` above `max`. */
  u64Number(what: string, max: number): number {
    this.need(8);
    const value = this.u32At(this.position) * 0x1_0000_0000 + this.u32At(this.position + 4);
    if (value > max) this.fail('length-beyond-bound', what, `at most ${max}`, value);
    this.position += 8;
    return value;
  }

  /** A view, not a copy. */
  take(byteCount: number): Uint8Array {
    this.need(byteCount);
    const start = this.position;
    this.position += byteCount;
    return this.bytes.subarray(start, this.position);
  }

  /** Everything from the cursor on: a view. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.position);
  }

  /** Looks ahead: the cursor stays where it is. */
  restore(look: () => void): void {
    const { position } = this;
    look();
    this.position = position;
  }

  /** Bytes already read, from `start` (a position) to the cursor: a view. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.position);
  }

  /** A length byte and that many printable ASCII characters. */
  shortName(what: string): string {
    const start = this.offset;
    const byteCount = this.u8();
    if (byteCount === 0) this.failAt(start, 'bad-name', what, 'a length of 1 to 255', 0);
    return this.ascii(byteCount, what);
  }

  ascii(byteCount: number, what: string): string {
    const start = this.offset;
    const bytes = this.take(byteCount);
    let text = '';
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte < 0x20 || byte > 0x7e) this.failAt(start + i, 'bad-name', what, 'printable ASCII', byte);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private u32At(position: number): number {
    const { bytes } = this;
    const high = (bytes[position]! << 8) | bytes[position + 1]!;
    return high * 0x1_0000 + ((bytes[position + 2]! << 8) | bytes[position + 3]!);
  }

  fail(kind: StreamFaultKind, what: string, expected: string | number, actual: string | number): never {
    this.failAt(this.offset, kind, what, expected, actual);
  }

  failAt(
    offset: number,
    kind: StreamFaultKind,
    what: string,
    expected: string | number,
    actual: string | number,
  ): never {
    throw new StreamReadError({ kind, offset, what, expected, actual });
  }
}
