import { baseInstructions } from '../../isa/instructions';
import * as map from '../memory-map';

/** Of the core's decoder: an instruction's place in the table. */
export const opcodes: Readonly<Record<string, number>> = Object.fromEntries(
  baseInstructions.map(({ mnemonic }, index) => [mnemonic, index]),
);
export const mnemonics = baseInstructions.map(({ mnemonic }) => mnemonic);
export const end = mnemonics.length + map.OPCODE_END;
const generated = mnemonics.length + map.OPCODE_GENERATED;

/** How often generated code has left for a block that it has no entry for, and the last one. */
export interface MissedEntries {
  readonly count: number;
  readonly table: number;
  /** Where the block begins in its page. */
  readonly offset: number;
}

/** A decoded instruction; registers as offsets from x0. */
export interface DecodedInstruction {
  readonly opcode: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly immediate: number;
  /** In its page. */
  readonly offset: number;
}

export interface DecodedBlock {
  /** Of its header. */
  readonly address: number;
  readonly start: number;
  /** Instructions to charge. An END may follow them. */
  readonly count: number;
  readonly instructions: readonly DecodedInstruction[];
}

/** Decoded blocks as they stand in the core's memory. */
export class BlockMemory {
  readonly #u32: Uint32Array;
  readonly #u16: Uint16Array;

  constructor(buffer: ArrayBuffer) {
    this.#u32 = new Uint32Array(buffer);
    this.#u16 = new Uint16Array(buffer);
  }

  /** Changes when all blocks and tables were dropped. */
  get epoch(): number {
    return this.#u32[map.BLOCKS_EPOCH / 4]!;
  }

  /** The table of the page that the program counter is in, and its offset there. */
  get place(): { readonly table: number; readonly offset: number } | undefined {
    const table = this.#u32[map.PC_TABLE / 4]!;
    const pc = this.#u32[map.PC / 4]!;
    const isInPage =
      (pc & ~(map.PAGE_BYTES - 1)) >>> 0 === this.#u32[map.PC_PAGE / 4]! &&
      this.#u32[map.PC / 4 + 1] === this.#u32[map.PC_PAGE / 4 + 1];
    return table === 0 || !isInPage ? undefined : { table, offset: pc & (map.PAGE_BYTES - 1) };
  }

  /** The block that begins at an offset of the page; 0 if none does. */
  blockAt(table: number, offset: number): number {
    return this.#u32[(table >>> 2) + (offset >>> 1)]!;
  }

  /** The block that has an instruction at an offset of the page, the nearest that begins before; 0 if none is known. */
  blockAround(table: number, offset: number): number {
    const first = Math.max(0, offset - 4 * map.BLOCK_INSTRUCTION_COUNT_MAX);
    for (let start = offset & ~1; start >= first; start -= 2) {
      const block = this.blockAt(table, start);
      if (block !== 0 && this.#u32[(block + map.BLOCK_END_OFFSET) >>> 2]! > offset) return block;
    }
    return 0;
  }

  /** Where the page's blocks begin. */
  startsIn(table: number): number[] {
    const starts: number[] = [];
    for (let offset = 0; offset < map.PAGE_BYTES; offset += 2)
      if (this.blockAt(table, offset) !== 0) starts.push(offset);
    return starts;
  }

  /** As it was decoded; undefined with a breakpoint. */
  read(block: number): DecodedBlock | undefined {
    const recordCount = this.#recordCountOf(block);
    if (recordCount === 0) return undefined;
    const source = this.#copyOf(block) || block;
    const instructions = Array.from({ length: recordCount }, (_, index) => this.#record(recordAddress(source, index)));
    return { address: block, start: instructions[0]!.offset, count: this.#u32[block >>> 2]!, instructions };
  }

  /** The last instruction of `read`, without the others. */
  readLast(block: number): DecodedInstruction | undefined {
    const recordCount = this.#recordCountOf(block);
    if (recordCount === 0) return undefined;
    return this.#record(recordAddress(this.#copyOf(block) || block, recordCount - 1));
  }

  /** Adds where the instructions of `read` are in their page. */
  addOffsets(block: number, offsets: Set<number>): void {
    const recordCount = this.#recordCountOf(block);
    const source = this.#copyOf(block) || block;
    for (let index = 0; index < recordCount; index++)
      offsets.add(this.#u16[(recordAddress(source, index) + map.RECORD_OFFSET) >>> 1]!);
  }

  /** Its instructions, and the END if it has one; 0 with a breakpoint. */
  #recordCountOf(block: number): number {
    const flags = this.#u16[(block + map.BLOCK_FLAGS) >>> 1]!;
    if ((flags & map.BLOCK_BREAKS) !== 0) return 0;
    return this.#u32[block >>> 2]! + ((flags & map.BLOCK_IS_OPEN) !== 0 ? 1 : 0);
  }

  #record(record: number): DecodedInstruction {
    const u16 = (at: number) => this.#u16[(record + at) >>> 1]!;
    return {
      opcode: u16(0),
      rd: u16(map.RECORD_RD),
      rs1: u16(map.RECORD_RS1),
      rs2: u16(map.RECORD_RS2),
      immediate: this.#u32[(record + map.RECORD_IMMEDIATE) >>> 2]! | 0,
      offset: u16(map.RECORD_OFFSET),
    };
  }

  #copyOf(block: number): number {
    return this.#u32[(block + map.BLOCK_COPY) >>> 2]!;
  }

  /** Makes a copy of each block, for generated code to leave to; false if there is no room for them. */
  copy(blocks: readonly DecodedBlock[]): boolean {
    const without = blocks.filter(({ address }) => this.#copyOf(address) === 0);
    let at = this.#u32[map.BLOCKS_END / 4]!;
    const needed = without.reduce((sum, block) => sum + byteCountOf(block), 0);
    // What the decoder needs for its next block has to stay free: else it would drop them all.
    if (at + needed + 2 * map.PAGE_BYTES > this.#u32[map.BLOCKS_LIMIT / 4]!) return false;
    for (const block of without) {
      const from = block.address >>> 2;
      this.#u32.copyWithin(at >>> 2, from, from + byteCountOf(block) / 4);
      this.#u32[(block.address + map.BLOCK_COPY) >>> 2] = at;
      at += byteCountOf(block);
    }
    this.#u32[map.BLOCKS_END / 4] = at;
    this.#forgetNextRecords();
    return true;
  }

  /** A run is never cut in what generated code is entered from: a hart that was before there was a copy looks up where it is. */
  #forgetNextRecords(): void {
    for (let hart = 0; hart < this.#u32[map.HART_COUNT / 4]!; hart++)
      this.#u32[(map.HARTS + hart * map.HART_BYTES + map.HART_NEXT) >> 2] = 0;
  }

  /** A record of the copy. */
  copiedRecord(block: DecodedBlock, index: number): number {
    return recordAddress(this.#copyOf(block.address), index);
  }

  /** Takes back all that `enterAt` has changed in a page's blocks. */
  restore(table: number): void {
    for (const start of this.startsIn(table)) {
      const block = this.blockAt(table, start);
      const copy = this.#copyOf(block);
      if (copy === 0) continue;
      this.#u16[(block + map.BLOCK_ENTRY) >>> 1] = 0;
      const count = this.#u32[block >>> 2]!;
      const from = recordAddress(copy, 0) >>> 2;
      this.#u32.copyWithin(recordAddress(block, 0) >>> 2, from, from + (count * map.RECORD_BYTES) / 4);
    }
  }

  /** Since this was asked last. */
  takeMissedEntries(): MissedEntries {
    const count = this.#u32[map.MISSED_ENTRY_COUNT / 4]!;
    this.#u32[map.MISSED_ENTRY_COUNT / 4] = 0;
    const table = this.#u32[map.MISSED_ENTRY_TABLE / 4]!;
    return { count, table, offset: this.#u32[map.MISSED_ENTRY_OFFSET / 4]! };
  }

  /** Which function of the table is the page's. */
  setFunction(table: number, index: number): void {
    this.#u32[(table - map.TABLE_FUNCTION) >>> 2] = index;
  }

  /** Has the interpreter go on in generated code from a record of a block. */
  enterAt(block: DecodedBlock, index: number, entry: number, functionIndex: number): void {
    const record = recordAddress(block.address, index);
    this.#u16[record >>> 1] = generated;
    this.#u16[(record + map.RECORD_RD) >>> 1] = entry;
    // The function charges a block where that begins; so did the interpreter.
    this.#u16[(record + map.RECORD_RS1) >>> 1] = index === 0 ? block.count : 0;
    this.#u32[(record + map.RECORD_IMMEDIATE) >>> 2] = functionIndex;
    if (index === 0) this.#u16[(block.address + map.BLOCK_ENTRY) >>> 1] = entry + 1;
  }
}

export function recordAddress(block: number, index: number): number {
  return block + map.BLOCK_HEADER_BYTES + index * map.RECORD_BYTES;
}

/** With its header and, behind the last record, its links. */
function byteCountOf({ instructions }: DecodedBlock): number {
  return map.BLOCK_HEADER_BYTES + (instructions.length + 1) * map.RECORD_BYTES;
}
