import type { DisassembledInstruction } from '../debuggee/debuggee';

/** Of an encoding: four bytes as one number, seven one by one. Few instructions have more. */
const numberWidth = 8;
const byteStringWidth = 20;

/** A stretch of guest code as a text. Lines count from 1. */
export class Listing {
  readonly text: string;
  readonly start: bigint;
  /** What memory held from `start` on when the listing was made. */
  readonly bytes: Uint8Array;
  readonly #addresses: (bigint | undefined)[] = [];
  readonly #lines = new Map<bigint, number>();

  /** @param instructions one behind the other; not empty. */
  constructor(
    /** What it lists: a symbol, or the address where it begins. */
    readonly name: string,
    instructions: readonly DisassembledInstruction[],
  ) {
    const lines: string[] = [];
    const isByteString = instructions.some((each) => each.isByteString);
    const width = instructions.reduce(
      (most, each) => Math.max(most, encodingOf(each).length),
      isByteString ? byteStringWidth : numberWidth,
    );
    for (const instruction of instructions) {
      const { address, symbol } = instruction;
      if (symbol !== undefined) {
        lines.push(`${hex(address)} <${symbol}>:`);
        this.#addresses.push(undefined);
      }
      lines.push(instructionLine(instruction, width));
      this.#addresses.push(address);
      this.#lines.set(address, lines.length);
    }
    this.text = `${lines.join('\n')}\n`;
    this.start = instructions[0]!.address;
    this.bytes = Uint8Array.from(instructions.flatMap(({ bytes }) => [...bytes]));
  }

  /** Of each line that has an instruction, in order. */
  get instructions(): readonly { readonly line: number; readonly address: bigint }[] {
    return [...this.#lines].map(([address, line]) => ({ line, address }));
  }

  lineOf(address: bigint): number | undefined {
    return this.#lines.get(address);
  }

  /** The first instruction at or after a line. */
  instructionAt(line: number): { readonly line: number; readonly address: bigint } | undefined {
    for (let at = Math.max(1, line); at <= this.#addresses.length; at++) {
      const address = this.#addresses[at - 1];
      if (address !== undefined) return { line: at, address };
    }
    return undefined;
  }
}

/** Address, encoding and instruction, as `objdump -d` prints them, each in its column. */
function instructionLine(instruction: DisassembledInstruction, width: number): string {
  const { address, bytes, text } = instruction;
  const column = encodingOf(instruction).padEnd(width);
  return `${address.toString(16).padStart(8)}:  ${column}  ${bytes.length > 0 ? text : '(unreadable)'}`;
}

/** As one number, or byte by byte. */
function encodingOf({ bytes, isByteString }: DisassembledInstruction): string {
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  return isByteString ? digits.join(' ') : digits.reverse().join('');
}

function hex(address: bigint): string {
  return address.toString(16).padStart(16, '0');
}
