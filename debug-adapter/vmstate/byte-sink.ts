/**
 * A growable byte buffer, written big-endian. `clear` keeps the memory, so that a sink filled and flushed once per page
 * makes no garbage.
 */
export class ByteSink {
  private buffer: Uint8Array;
  private view: DataView;
  private length = 0;

  constructor(capacityByteCount = 64) {
    this.buffer = new Uint8Array(capacityByteCount);
    this.view = new DataView(this.buffer.buffer);
  }

  get byteCount(): number {
    return this.length;
  }

  /** What was written since the last `clear`: a view that the next write or `clear` invalidates. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  u64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value));
  }

  /** A 64-bit integer whose value is a safe non-negative number: offsets and lengths. */
  u64Number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no offset`);
    const at = this.reserve(8);
    this.view.setUint32(at, Math.floor(value / 0x1_0000_0000));
    this.view.setUint32(at + 4, value % 0x1_0000_0000);
  }

  writeBytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** What was written from a place on, as if it had not been. */
  takeBack(start: number): Uint8Array {
    const bytes = this.buffer.slice(start, this.length);
    this.length = start;
    return bytes;
  }

  /** Leaves room for bytes that are filled in later; returns where. They hold whatever was there before. */
  skip(byteCount: number): number {
    return this.reserve(byteCount);
  }

  /** One length byte and the ASCII characters: how the stream writes names. */
  shortName(name: string): void {
    if (name.length > 255) throw new RangeError(`a name of ${name.length} bytes does not fit a length byte`);
    this.u8(name.length);
    this.ascii(name);
  }

  ascii(text: string): void {
    const at = this.reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) throw new RangeError(`"${text}" is not ASCII`);
      this.buffer[at + i] = code;
    }
  }

  private reserve(byteCount: number): number {
    const at = this.length;
    const needed = at + byteCount;
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length = needed;
    return at;
  }
}
