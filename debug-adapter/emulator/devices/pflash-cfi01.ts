import type { Device, Mutable } from './device';
import type { PflashState } from './pflash-cfi01-state';

const bankByteCount = 4;
/** Two chips side by side make a bank. */
const chipByteCount = 2;
export const pflashByteCount = 0x200_0000;
const sectorByteCount = 0x4_0000;
/** A buffered program stays within one block of this size. */
export const writeBlockByteCount = 4096;
const pageByteCount = 4096;

/** Commands of the Intel command set, as QEMU's `pflash_cfi01` knows them. */
const command = {
  readArray: 0x00,
  program: 0x10,
  blockErase: 0x20,
  programAgain: 0x40,
  clearStatus: 0x50,
  lock: 0x60,
  readStatus: 0x70,
  readId: 0x90,
  cfiQuery: 0x98,
  confirm: 0xd0,
  bufferedProgram: 0xe8,
  resetToArray: 0xff,
} as const;

const ready = 0x80;
const programError = 0x10;
const manufacturerId = 0x89;
const deviceId = 0x18;

/** Common Flash Interface, by the query's word offset: what JEDEC's JESD68.01 lists, with QEMU's values. */
const cfi = new Map<number, number>(
  [
    { at: 0x10, words: [0x51, 0x52, 0x59] }, // "QRY"
    { at: 0x13, words: [0x01, 0x00, 0x31, 0x00] }, // Intel command set; its own table
    { at: 0x1b, words: [0x45, 0x55] }, // supply in BCD volts, least and most
    { at: 0x1f, words: [0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00] }, // timeouts, logarithms
    { at: 0x27, words: [0x18, 0x02, 0x00, 0x0b, 0x00] }, // log2 of a chip's bytes, interface, write buffer
    { at: 0x2c, words: [0x01, 0x7f, 0x00, 0x00, 0x02] }, // one region of 128 sectors, 128 KiB of each chip
    { at: 0x31, words: [0x50, 0x52, 0x49, 0x31, 0x30] }, // "PRI10"
    { at: 0x3f, words: [0x01] }, // protection fields
  ].flatMap(({ at, words }) => words.map((word, index): [number, number] => [at + index, word])),
);

/**
 * A bank of parallel NOR flash as QEMU's `pflash_cfi01`: an array that is read like memory until a command is written
 * to it, and then answers with its status, its identity or the CFI table until it is told to be an array again. A cell
 * takes any value at once, erased or not, and is ready at once, as in QEMU.
 */
export class PflashCfi01 implements Device {
  /** The array. The host's system backs it with memory only where it has been written to. */
  readonly bytes = new Uint8Array(pflashByteCount);
  /** Sectors that may hold something else than zeros. */
  readonly #written = new Set<number>();
  /** A copy of these, until one changes. */
  #kept: ReadonlyMap<number, Uint8Array> | undefined;
  private readonly _state: Mutable<PflashState> = {
    cycle: 0,
    command: command.readArray,
    status: ready,
    counter: 0n,
    buffer: undefined,
  };

  /** It is an array now. */
  get isMemory(): boolean {
    return this._state.cycle === 0 && this._state.command === command.readArray;
  }

  read(offset: number, size: number): bigint {
    if (this.isMemory) return this.#array(offset, size);
    if (size === 8) return this.read(offset, 4) | (this.read(offset + 4, 4) << 32n);
    switch (this._state.command) {
      case command.readId:
        return inBank(identity(bankOffset(offset)), size);
      case command.cfiQuery:
        return inBank(cfi.get(bankOffset(offset)) ?? 0, size);
      case command.program:
      case command.programAgain:
      case command.blockErase:
      case command.clearStatus:
      case command.lock:
      case command.readStatus:
      case command.bufferedProgram:
        return inBank(this._state.status, size);
      default:
        this.#becomeArray();
        return this.#array(offset, size);
    }
  }

  write(offset: number, size: number, value: bigint): 'ok' {
    if (size === 8) {
      this.write(offset, 4, value & 0xffff_ffffn);
      return this.write(offset + 4, 4, value >> 32n);
    }
    const written = Number(value & 0xffn);
    if (this._state.cycle === 0) this.#begin(written, offset);
    else if (this._state.cycle === 1) this.#second(written, offset, size, value);
    else if (this._state.cycle === 2 && this._state.command === command.bufferedProgram)
      this.#fillBuffer(offset, size, value);
    else if (this._state.command === command.bufferedProgram && written === command.confirm) this.#flushBuffer();
    else this.#becomeArray();
    return 'ok';
  }

  fetch(offset: number): Uint8Array | undefined {
    return this.isMemory ? this.bytes.subarray(offset, offset - (offset % pageByteCount) + pageByteCount) : undefined;
  }

  /** Bytes of a restored stream, or of whoever else fills the array from outside. */
  load(offset: number, bytes: Uint8Array): void {
    this.#note(offset, bytes.length);
    this.bytes.set(bytes, offset);
  }

  /** What it holds at the start: nothing, or an image of its size. Memory is taken for what is not zero alone. */
  fill(image: Uint8Array | undefined): void {
    for (let at = 0; image && at < image.length; at += sectorByteCount) {
      const sector = image.subarray(at, at + sectorByteCount);
      if (sector.some((byte) => byte !== 0)) this.load(at, sector);
    }
  }

  /** A page that reads as zeros throughout. */
  isZero(page: number): boolean {
    const start = page * pageByteCount;
    if (!this.#written.has(Math.floor(start / sectorByteCount))) return true;
    return this.bytes.subarray(start, start + pageByteCount).every((byte) => byte === 0);
  }

  /** The array's sectors that may hold something, by number: all else is zero. */
  get contents(): ReadonlyMap<number, Uint8Array> {
    const sectors = [...this.#written].sort((a, b) => a - b);
    return new Map(
      sectors.map((sector) => [sector, this.bytes.subarray(sector * sectorByteCount, (sector + 1) * sectorByteCount)]),
    );
  }

  /** The array, for a checkpoint. */
  keep(): ReadonlyMap<number, Uint8Array> {
    this.#kept ??= new Map([...this.contents].map(([sector, bytes]) => [sector, bytes.slice()]));
    return this.#kept;
  }

  putBack(kept: ReadonlyMap<number, Uint8Array>): void {
    if (kept === this.#kept) return;
    for (const sector of this.#written) this.bytes.fill(0, sector * sectorByteCount, (sector + 1) * sectorByteCount);
    this.#written.clear();
    for (const [sector, bytes] of kept) this.load(sector * sectorByteCount, bytes);
    this.#kept = kept;
  }

  save(): PflashState {
    return { ...this._state, buffer: copyOf(this._state.buffer) };
  }

  restore(state: PflashState): void {
    Object.assign(this._state, { ...state, buffer: copyOf(state.buffer) });
  }

  #begin(written: number, offset: number): void {
    switch (written) {
      case command.readStatus:
      case command.readId:
        this._state.command = written;
        return;
      case command.clearStatus:
        this._state.status = 0;
        this.#becomeArray();
        return;
      case command.blockErase:
        this.#erase(offset - (offset % sectorByteCount));
        break;
      case command.bufferedProgram:
        this._state.status |= ready;
        break;
      case command.program:
      case command.programAgain:
      case command.lock:
      case command.cfiQuery:
        break;
      default:
        this.#becomeArray();
        return;
    }
    this._state.command = written;
    this._state.cycle = 1;
  }

  #second(written: number, offset: number, size: number, value: bigint): void {
    switch (this._state.command) {
      case command.program:
      case command.programAgain:
        this.#store(offset, size, value);
        this.#end();
        break;
      case command.blockErase:
        if (written === command.confirm) this.#end();
        else this.#becomeArray();
        break;
      case command.lock:
        // 0xd0 unlocks, 0x01 locks: neither has an effect.
        if (written === command.confirm || written === 0x01) this.#end();
        else this.#becomeArray();
        break;
      case command.bufferedProgram: {
        this._state.counter = value & 0xffffn;
        this._state.cycle = 2;
        const start = offset - (offset % writeBlockByteCount);
        this._state.buffer = { offset: start, bytes: this.bytes.slice(start, start + writeBlockByteCount) };
        break;
      }
      case command.cfiQuery:
        if (written === command.resetToArray) this.#becomeArray();
        break;
      default:
        this.#becomeArray();
    }
  }

  #fillBuffer(offset: number, size: number, value: bigint): void {
    const buffer = this._state.buffer;
    const at = buffer ? offset - buffer.offset : -1;
    if (buffer && at >= 0 && at + size <= writeBlockByteCount) putLittleEndian(buffer.bytes, at, size, value);
    else this._state.status |= programError;
    this._state.status |= ready;
    if (this._state.counter === 0n) this._state.cycle = 3;
    this._state.counter = BigInt.asUintN(64, this._state.counter - 1n);
  }

  #flushBuffer(): void {
    if (!this._state.buffer || (this._state.status & programError) !== 0) {
      this.#becomeArray();
      return;
    }
    this.load(this._state.buffer.offset, this._state.buffer.bytes);
    this._state.buffer = undefined;
    this.#end();
  }

  #end(): void {
    this._state.cycle = 0;
    this._state.status |= ready;
  }

  #becomeArray(): void {
    this._state.cycle = 0;
    this._state.command = command.readArray;
    this._state.buffer = undefined;
  }

  #array(offset: number, size: number): bigint {
    let value = 0n;
    for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(this.bytes[offset + byte] ?? 0);
    return value;
  }

  #store(offset: number, size: number, value: bigint): void {
    this.#note(offset, size);
    putLittleEndian(this.bytes, offset, size, value);
  }

  #erase(start: number): void {
    this.#note(start, sectorByteCount);
    this.bytes.fill(0xff, start, start + sectorByteCount);
    this._state.status |= ready;
  }

  #note(offset: number, byteCount: number): void {
    this.#kept = undefined;
    for (let at = offset - (offset % sectorByteCount); at < offset + byteCount; at += sectorByteCount) {
      this.#written.add(at / sectorByteCount);
    }
  }
}

/** Word of a chip that an offset into the bank names. */
function bankOffset(offset: number): number {
  return Math.floor(offset / bankByteCount);
}

function identity(word: number): number {
  // The offsets above the identity tell sectors apart, whose lock status QEMU does not have.
  if ((word & 0xff) === 0) return manufacturerId;
  return (word & 0xff) === 1 ? deviceId : 0;
}

/** Both chips of the bank answer, as far as the access reaches. */
function inBank(word: number, size: number): bigint {
  return BigInt(size > chipByteCount ? word * 0x1_0001 : word) & ((1n << BigInt(8 * size)) - 1n);
}

function putLittleEndian(bytes: Uint8Array, offset: number, size: number, value: bigint): void {
  for (let byte = 0; byte < size; byte++) bytes[offset + byte] = Number((value >> BigInt(8 * byte)) & 0xffn);
}

function copyOf(buffer: PflashState['buffer']): PflashState['buffer'] {
  return buffer && { offset: buffer.offset, bytes: buffer.bytes.slice() };
}
