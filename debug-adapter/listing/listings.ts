import type { Debuggee, DisassembledInstruction } from '../debuggee/debuggee';
import { whole } from '../debuggee/pieces';
import type { ThreadId } from '../debuggee/thread';
import { Listing } from './listing';

/** What is longer is hardly a function: it is listed around the address only, so many instructions before it and behind. */
const functionByteCountMax = 16_384;
const before = 20;
const behind = 60;
/** A function is read by pieces until the next symbol. */
const pieceInstructions = 100;

export interface ListedPlace {
  readonly listing: Listing;
  readonly line: number;
}

/** The listings of a debuggee, made when a frame asks for one. They stay as they are: what was shown can be asked for again. */
export class Listings {
  readonly #all: Listing[] = [];

  constructor(private readonly debuggee: Debuggee) {}

  /** Where `address` is listed, as `thread` sees memory now. */
  place(thread: ThreadId, address: bigint): ListedPlace {
    for (const listing of this.#all) {
      const line = listing.lineOf(address);
      if (line !== undefined && this.#isCurrent(thread, listing)) return { listing, line };
    }
    const listing = this.#ofFunction(address) ?? this.#around(address);
    this.#all.push(listing);
    return { listing, line: listing.lineOf(address)! };
  }

  /** Counted in the order in which they were made. */
  at(index: number): Listing | undefined {
    return this.#all[index];
  }

  indexOf(listing: Listing): number {
    return this.#all.indexOf(listing);
  }

  #isCurrent(thread: ThreadId, { start, bytes }: Listing): boolean {
    const now = this.debuggee.readMemory(thread, start, Math.max(1, bytes.length));
    return now.length === bytes.length && bytes.every((byte, index) => byte === now[index]);
  }

  /** The whole function; undefined where there is none, or none that has an instruction at `address`. */
  #ofFunction(address: bigint): Listing | undefined {
    const symbol = this.debuggee.nearestSymbol(address);
    if (!symbol || symbol.offset > functionByteCountMax) return undefined;
    const code: DisassembledInstruction[] = [];
    const start = address - BigInt(symbol.offset);
    let next = start;
    for (;;) {
      for (const instruction of whole(this.debuggee.disassemble(next, 0, pieceInstructions))) {
        const { bytes } = instruction;
        const isBehind = bytes.length === 0 || next - start > functionByteCountMax;
        if (isBehind || (instruction.symbol !== undefined && code.length > 0)) {
          return code.some((listed) => listed.address === address) ? new Listing(symbol.name, code) : undefined;
        }
        code.push(instruction);
        next = instruction.address + BigInt(bytes.length);
      }
    }
  }

  /** What can be read around the address: at least a line that says that nothing can. */
  #around(address: bigint): Listing {
    const instructions = whole(this.debuggee.disassemble(address, -before, before + behind));
    let first = before;
    let end = before + 1;
    if (instructions[before]!.bytes.length > 0) {
      while (first > 0 && follows(instructions[first - 1]!, instructions[first]!)) first--;
      while (end < instructions.length && instructions[end]!.bytes.length > 0) end++;
    }
    const code = instructions.slice(first, end);
    return new Listing(`0x${code[0]!.address.toString(16)}`, code);
  }
}

/** Going back from an address, decoding may be out of step with it. */
function follows({ address, bytes }: DisassembledInstruction, next: DisassembledInstruction): boolean {
  return bytes.length > 0 && address + BigInt(bytes.length) === next.address;
}
