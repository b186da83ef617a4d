import { type FormatFields, formats, readImmediate, readRegister } from './formats';
import { byteCountOf, findInstruction, type Instruction } from './instructions';

/** An instruction with its operands as the base instruction has them that a compressed one stands for. */
export interface DecodedInstruction {
  readonly row: Instruction;
  /** The mnemonic of the base instruction. */
  readonly operation: string;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** As `readImmediate` has it. */
  readonly imm: number;
  readonly byteCount: 2 | 4;
}

/** @param word the instruction's two or four bytes; what lies above a compressed one does not matter */
export function decode(word: number): DecodedInstruction | undefined {
  const byteCount = byteCountOf(word);
  const bits = byteCount === 4 ? word >>> 0 : word & 0xffff;
  const row = findInstruction(bits);
  if (!row) return undefined;
  const fields: FormatFields = formats[row.format];
  return {
    row,
    operation: row.expandsTo ?? row.mnemonic,
    rd: readRegister(fields.rd, bits),
    rs1: readRegister(fields.rs1, bits),
    rs2: readRegister(fields.rs2, bits),
    imm: readImmediate(fields.imm, bits),
    byteCount,
  };
}
