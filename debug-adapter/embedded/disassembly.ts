import type { DisassembledInstruction } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import { pageByteCount } from '../emulator/core/guest-core';
import { type DecodedInstruction, decode } from '../emulator/isa/decode';
import { disassembleAliased } from '../emulator/isa/disassembler';
import { byteCountOf } from '../emulator/isa/instructions';
import type { Machine, SymbolTable } from '../emulator/machine/machine';
import { readVirtual, translate } from './guest-memory';
import { placeName } from './inspect';

/** What a symbol covers beyond that is hardly its code. */
const functionByteCountMax = 0x1_0000n;
/** Others have their turn after so many. */
const pieceInstructionCount = 1024;
/** Without symbols, code is looked at from so far before what is shown: decoding finds into step within a few instructions. */
const runInByteCount = 64n;

/** `count` instructions, from as many before or after `address` as the offset says. Memory that cannot be read is rows without bytes. */
export function* disassembleMemory(
  machine: Machine,
  hart: number,
  address: bigint,
  instructionOffset: number,
  count: number,
): Pieces<DisassembledInstruction[]> {
  const code = new Disassembly(machine, hart);
  if (instructionOffset >= 0) {
    return (yield* code.from(address, instructionOffset + count)).slice(instructionOffset);
  }
  const before = yield* code.before(address, -instructionOffset);
  return [...before, ...(yield* code.from(address, Math.max(0, instructionOffset + count)))].slice(0, count);
}

/**
 * Instructions are two or four bytes long: only from a place where one is sure to begin can code be read, and only forward.
 * Such places are the address that is asked for, and symbols.
 */
class Disassembly {
  /** What `auipc` and `lui` have put into registers since the last symbol. */
  readonly #upper = new Map<number, bigint>();
  /** How many instructions have been made. */
  #madeCount = 0;

  constructor(
    private readonly machine: Machine,
    private readonly hart: number,
  ) {}

  *from(address: bigint, count: number): Pieces<DisassembledInstruction[]> {
    const instructions: DisassembledInstruction[] = [];
    for (let at = address; instructions.length < count; at += byteCount(instructions.at(-1)!)) {
      if (++this.#madeCount % pieceInstructionCount === 0) yield;
      instructions.push(this.#instruction(at, 4));
    }
    return instructions;
  }

  /** Exactly so many rows. */
  *before(address: bigint, count: number): Pieces<DisassembledInstruction[]> {
    /** The last stretch first. */
    const stretches: DisassembledInstruction[][] = [];
    let rowCount = 0;
    let end = address;
    while (rowCount < count) {
      const start = this.#boundaryBefore(end, BigInt(count - rowCount) * 4n);
      if (start === undefined) break;
      const rows = yield* this.#between(start, end);
      stretches.push(rows);
      rowCount += rows.length;
      end = start;
    }
    const unreadable = Array.from({ length: Math.max(0, count - rowCount) }, (_, index) => ({
      address: end - 2n * BigInt(index + 1),
      bytes: new Uint8Array(0),
      text: '',
    }));
    const rows = [...unreadable.reverse(), ...stretches.reverse().flat()];
    return rows.slice(rows.length - count);
  }

  /** Where to read from in order to have what stands before `end`; undefined where nothing can be read there. */
  #boundaryBefore(end: bigint, wantedByteCount: bigint): bigint | undefined {
    const symbol = this.machine.symbols.nearest(end - 1n);
    const start = symbol && end - 1n - BigInt(symbol.offset);
    const readable = this.#readableFrom(end, wantedByteCount + runInByteCount);
    if (readable === undefined) return undefined;
    if (start !== undefined && start >= readable) return start;
    if (start !== undefined && end - start <= functionByteCountMax) return readable;
    return this.#inStep(readable, end);
  }

  /** The lowest address not more than so far before `end` from which on all can be read. */
  #readableFrom(end: bigint, distance: bigint): bigint | undefined {
    const first = end > distance ? (end - distance) & ~1n : 0n;
    let from: bigint | undefined;
    for (let at = end - 1n; at >= first; at = (at & ~BigInt(pageByteCount - 1)) - 1n) {
      if (
        translate(this.machine, this.hart, at) === undefined ||
        readVirtual(this.machine, this.hart, at, 1).length < 1
      )
        break;
      const page = at & ~BigInt(pageByteCount - 1);
      from = page > first ? page : first;
    }
    return from;
  }

  /** Of the two places where an instruction may begin, the one from which decoding comes to `end`. */
  #inStep(start: bigint, end: bigint): bigint {
    return this.#meets(start, end) || start + 2n >= end || !this.#meets(start + 2n, end) ? start : start + 2n;
  }

  #meets(start: bigint, end: bigint): boolean {
    let at = start;
    while (at < end) at += BigInt(byteCountOf(this.#word(at, 2)));
    return at === end;
  }

  /** In step with symbols between them, too. */
  *#between(start: bigint, end: bigint): Pieces<DisassembledInstruction[]> {
    const instructions: DisassembledInstruction[] = [];
    for (let at = start; at < end; at += byteCount(instructions.at(-1)!)) {
      if (++this.#madeCount % pieceInstructionCount === 0) yield;
      instructions.push(this.#instruction(at, Number(end - at)));
    }
    return instructions;
  }

  #instruction(address: bigint, byteCountMax: number): DisassembledInstruction {
    const { symbols } = this.machine;
    const symbol = symbols.nearest(address);
    const named = symbol?.offset === 0 ? { symbol: symbol.name } : {};
    if (symbol?.offset === 0) this.#upper.clear();
    const bytes = readVirtual(this.machine, this.hart, address, Math.min(4, byteCountMax));
    if (bytes.length === 0) return { address, bytes, text: '', ...named };
    const length = byteCountOf(bytes[0]!);
    const isCut = bytes.length < length || startsWithin(symbols, address, length);
    if (isCut) return { address, ...dataOf(bytes), ...named };
    const word = this.#word(address, length);
    const placeOf = (target: bigint) => (symbols.nearest(target) ? placeName(symbols, target) : undefined);
    const text = disassembleAliased(word, address, placeOf) + this.#comment(word, address, placeOf);
    return { address, bytes: bytes.subarray(0, length), text, ...named };
  }

  /** As objdump has it: the address that an instruction makes of what `auipc` or `lui` has begun. */
  #comment(word: number, pc: bigint, placeOf: (address: bigint) => string | undefined): string {
    const instruction = decode(word);
    if (!instruction) return '';
    const address = this.#addressOf(instruction);
    const { operation, rd, imm } = instruction;
    if (writesRegister(instruction)) this.#upper.delete(rd);
    if (operation === 'auipc') this.#upper.set(rd, BigInt.asUintN(64, pc + BigInt(imm)));
    if (operation === 'lui') this.#upper.set(rd, BigInt.asUintN(64, BigInt(imm)));
    const place = address === undefined ? undefined : placeOf(address);
    return place === undefined ? '' : ` # ${address!.toString(16)} <${place}>`;
  }

  #addressOf({ row, operation, rs1, imm }: DecodedInstruction): bigint | undefined {
    const upper = this.#upper.get(rs1);
    const isUse = operation === 'addi' || operation === 'addiw' || row.operands.includes('imm(rs1)');
    return upper === undefined || !isUse ? undefined : BigInt.asUintN(64, upper + BigInt(imm));
  }

  #word(address: bigint, length: number): number {
    const word = new Uint8Array(4);
    word.set(readVirtual(this.machine, this.hart, address, length));
    return new DataView(word.buffer).getInt32(0, true);
  }
}

/** Rows without bytes are as far apart as the smallest instructions. */
function byteCount({ bytes }: DisassembledInstruction): bigint {
  return BigInt(bytes.length || 2);
}

/** A symbol lies within what would be one instruction: this is none. */
function startsWithin(symbols: SymbolTable, address: bigint, length: number): boolean {
  return length === 4 && symbols.nearest(address + 2n)?.offset === 0;
}

function dataOf(bytes: Uint8Array): Pick<DisassembledInstruction, 'bytes' | 'text'> {
  if (bytes.length === 1) return { bytes, text: `.byte 0x${bytes[0]!.toString(16)}` };
  return { bytes: bytes.subarray(0, 2), text: `.2byte 0x${(bytes[0]! | (bytes[1]! << 8)).toString(16)}` };
}

function writesRegister({ row }: DecodedInstruction): boolean {
  return /\brd\b/.test(row.operands) || row.mnemonic === 'c.jalr';
}
