import { disassembleAliased } from '../emulator/isa/disassembler';
import { byteCountOf } from '../emulator/isa/instructions';

export interface DecodedInstruction {
  readonly byteCount: number;
  readonly text: string;
}

/** As far as it takes to show code. */
export interface InstructionSet {
  /** Instructions begin at multiples of it. */
  readonly alignment: number;
  readonly byteCountMax: number;
  /** An instruction is a string of bytes, rather than a number. */
  readonly isByteString: boolean;
  /** What the bytes begin with; undefined where that is no instruction, or not all of one. */
  decode(bytes: Uint8Array, address: bigint): DecodedInstruction | undefined;
}

/** A word that is no instruction comes out as such, and has a length all the same (unprivileged manual, "Instruction Length Encoding"). */
export const riscV64: InstructionSet = {
  alignment: 2,
  byteCountMax: 4,
  isByteString: false,
  decode(bytes, address) {
    const byteCount = byteCountOf(bytes[0]!);
    if (bytes.length < byteCount) return undefined;
    const word = new Uint8Array(4);
    word.set(bytes.subarray(0, byteCount));
    return { byteCount, text: disassembleAliased(new DataView(word.buffer).getInt32(0, true), address) };
  },
};
