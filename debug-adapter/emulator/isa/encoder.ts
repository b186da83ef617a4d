import { type FormatFields, formats, type ImmediateField, type RegisterField } from './formats';
import { type Instruction, instructions } from './instructions';

export interface Operands {
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  /** The value as the instruction uses it: an offset in bytes, a shift, `lui`'s 32 bits, a CSR's number. */
  readonly imm?: number;
}

const byMnemonic: ReadonlyMap<string, Instruction> = new Map(instructions.map((row) => [row.mnemonic, row]));

/** The instruction's word. Immediate bits that the format has no place for are an error. */
export function encode(mnemonic: string, operands: Operands = {}): number {
  const row = byMnemonic.get(mnemonic);
  if (row === undefined) throw new Error(`no instruction is called ${mnemonic}`);
  const fields: FormatFields = formats[row.format];
  let word = row.match;
  for (const name of ['rd', 'rs1', 'rs2'] as const) word |= registerBits(fields[name], operands[name] ?? 0);
  word |= immediateBits(fields.imm, operands.imm ?? 0, mnemonic);
  return word >>> 0;
}

function registerBits(field: RegisterField | undefined, register: number): number {
  if (field === undefined || 'fixed' in field) return 0;
  return ((register - field.base) & ((1 << field.width) - 1)) << field.at;
}

function immediateBits(field: ImmediateField | undefined, value: number, mnemonic: string): number {
  let bits = 0;
  let covered = 0;
  for (const [from, width, to] of field?.pieces ?? []) {
    const mask = (1 << width) - 1;
    bits |= ((value >> to) & mask) << from;
    covered |= mask << to;
  }
  const isSignedFit = field?.signedWidth !== undefined && value >> (field.signedWidth - 1) === (value < 0 ? -1 : 0);
  const lost = isSignedFit ? value & ~covered & ((1 << field!.signedWidth!) - 1) : value & ~covered;
  if (lost !== 0) throw new Error(`${mnemonic} cannot hold the immediate ${value}`);
  return bits;
}
