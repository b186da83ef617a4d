import { type StreamFaultKind, StreamReadError } from './stream-fault';

/** Thrown by a cursor that stands too near the end: not an error, the caller tries again with more bytes. */
export class Insufficient {
  constructor(readonly missingByteCount: number) {}
}

/** Reads big-endian values from a window of the stream; knows where in the stream the window lies. */
export class ByteCursor {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  position = 0;

  /** @param streamOffset of the window's first byte. */
  constructor(
    window: Uint8Array,
    readonly streamOffset: number,
  ) {
    // A plain Uint8Array even where Node hands in a Buffer, whose `slice` copies nothing.
    this.bytes = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
    this.view = new DataView(window.buffer, window.byteOffset, window.byteLength);
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
    return this.view.getUint8(this.position + ahead);
  }

  u8(): number {
    this.need(1);
    return this.view.getUint8(this.position++);
  }

  u16(): number {
    this.need(2);
    const value = this.view.getUint16(this.position);
    this.position += 2;
    return value;
  }

  u32(): number {
    this.need(4);
    const value = this.view.getUint32(this.position);
    this.position += 4;
    return value;
  }

  u64(): bigint {
    this.need(8);
    const value = this.view.getBigUint64(this.position);
    this.position += 8;
    return value;
  }

  /** The 64-bit length or offset at the cursor as a number; the fault is `length-beyond-bound` above `max`. */
  u64Number(what: string, max: number): number {
    this.need(8);
    const high = this.view.getUint32(this.position);
    const value = high * 0x1_0000_0000 + this.view.getUint32(this.position + 4);
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
