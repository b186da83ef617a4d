import { DwarfError } from './sections';

const utf8 = new TextDecoder();
/** Bytes of a LEB128 number that can mean anything in 64 bits. */
const lebByteCountMax = 10;

/** Reads one stretch of a section, little-endian, and never beyond its end. */
export class Reader {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {
    if (at < 0 || at > end || end > bytes.length) throw new DwarfError(`0x${at.toString(16)} is not in the section`);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** Of 1, 2, 4 or 8 bytes. */
  unsigned(byteCount: number): bigint {
    switch (byteCount) {
      case 1:
        return BigInt(this.u8());
      case 2:
        return BigInt(this.u16());
      case 4:
        return BigInt(this.u32());
      case 8:
        return this.u64();
      default:
        throw new DwarfError(`a number of ${byteCount} bytes`);
    }
  }

  signed(byteCount: number): bigint {
    return BigInt.asIntN(8 * byteCount, this.unsigned(byteCount));
  }

  /** An offset into a section, of 4 bytes or, in the 64-bit format, 8. */
  offset(byteCount: 4 | 8): number {
    return byteCount === 4 ? this.u32() : fileOffset(this.u64());
  }

  /** Of a unit or a table (DWARF 5, section 7.4), with the size of the offsets in it. */
  initialLength(): { readonly byteCount: number; readonly offsetByteCount: 4 | 8 } {
    const short = this.u32();
    if (short < 0xffff_fff0) return { byteCount: short, offsetByteCount: 4 };
    if (short !== 0xffff_ffff) throw new DwarfError(`a unit of 0x${short.toString(16)} bytes`);
    return { byteCount: fileOffset(this.u64()), offsetByteCount: 8 };
  }

  uleb(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < lebByteCountMax; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new DwarfError('a LEB128 number without an end');
  }

  /** All of 64 bits. */
  uleb64(): bigint {
    return BigInt.asUintN(64, this.#leb().value);
  }

  sleb(): bigint {
    const { value, bitCount } = this.#leb();
    return BigInt.asIntN(Math.min(bitCount, 64), value);
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new DwarfError('a text without an end');
    const text = utf8.decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  take(byteCount: number): Uint8Array {
    const start = this.#take(byteCount);
    return this.bytes.subarray(start, start + byteCount);
  }

  skip(byteCount: number): void {
    this.#take(byteCount);
  }

  skipText(): void {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new DwarfError('a text without an end');
    this.at = end + 1;
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  /** The next `byteCount` bytes on their own; this one goes on behind them. */
  part(byteCount: number): Reader {
    const start = this.#take(byteCount);
    return new Reader(this.bytes, start, start + byteCount);
  }

  #take(byteCount: number): number {
    const start = this.at;
    if (!(byteCount >= 0 && start + byteCount <= this.end)) throw new DwarfError('the section ends too early');
    this.at = start + byteCount;
    return start;
  }

  #leb(): { value: bigint; bitCount: number } {
    let value = 0n;
    for (let count = 0; count < lebByteCountMax; count++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return { value, bitCount: 7 * (count + 1) };
    }
    throw new DwarfError('a LEB128 number without an end');
  }
}

function fileOffset(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DwarfError(`an offset of 0x${value.toString(16)}`);
  return Number(value);
}
