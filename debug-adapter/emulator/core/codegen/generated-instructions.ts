import { arithmetic, atomicArithmetic } from '../../isa/arithmetic';
import { baseInstructions } from '../../isa/instructions';
import * as map from '../memory-map';
import { type DecodedInstruction, end, opcodes } from './block-memory';
import { floatIsOn, floatRows } from './float-code';
import { op } from './wasm-code';

/** `rm`: the mode is the one in fcsr. */
const dynamic = 7;

interface Access {
  readonly opcode: number;
  readonly size: number;
}
export const loads = byOpcode<Access>({
  lb: { opcode: op.i64Load8S, size: 1 },
  lbu: { opcode: op.i64Load8U, size: 1 },
  lh: { opcode: op.i64Load16S, size: 2 },
  lhu: { opcode: op.i64Load16U, size: 2 },
  lw: { opcode: op.i64Load32S, size: 4 },
  lwu: { opcode: op.i64Load32U, size: 4 },
  ld: { opcode: op.i64Load, size: 8 },
  flw: { opcode: op.i64Load32U, size: 4 },
  fld: { opcode: op.i64Load, size: 8 },
});
export const stores = byOpcode<Access>({
  sb: { opcode: op.i64Store8, size: 1 },
  sh: { opcode: op.i64Store16, size: 2 },
  sw: { opcode: op.i64Store32, size: 4 },
  sd: { opcode: op.i64Store, size: 8 },
  fsw: { opcode: op.i64Store32, size: 4 },
  fsd: { opcode: op.i64Store, size: 8 },
});
export const branches = byOpcode<number>({
  beq: op.i64Eq,
  bne: op.i64Ne,
  blt: op.i64LtS,
  bge: op.i64GeS,
  bltu: op.i64LtU,
  bgeu: op.i64GeU,
});
/** Stores are seen in order, and drop the decoded code that they hit. */
export const fences = new Set(['fence', 'fence.tso', 'fence.i'].map((mnemonic) => opcodes[mnemonic]!));
export const jal = opcodes.jal!;
export const jalr = opcodes.jalr!;
export const auipc = opcodes.auipc!;
export const steps = byOpcode(arithmetic);
/** Sizes of what they access. */
export const loadsReserved = byOpcode({ 'lr.w': 4, 'lr.d': 8 });
export const storesConditional = byOpcode({ 'sc.w': 4, 'sc.d': 8 });
export const readModifyWrites = byOpcode(
  Object.fromEntries(
    Object.entries(atomicArithmetic).flatMap(([name, { value }]) => [
      [`${name}.w`, { size: 4, value }],
      [`${name}.d`, { size: 8, value }],
    ]),
  ),
);
export const floats = byOpcode(floatRows);
export const floatAccesses = new Set(['flw', 'fld', 'fsw', 'fsd'].map((mnemonic) => opcodes[mnemonic]!));
/** Those whose second operand is a register. */
export const ofTwoRegisters = new Set(
  baseInstructions.filter(({ operands }) => operands.includes('rs2')).map(({ mnemonic }) => opcodes[mnemonic]!),
);

function byOpcode<T>(rows: Readonly<Record<string, T>>): ReadonlyMap<number, T> {
  return new Map(Object.entries(rows).map(([mnemonic, row]) => [opcodes[mnemonic]!, row]));
}

/** All others are left to the interpreter. */
export function isGenerated(instruction: DecodedInstruction): boolean {
  const { opcode } = instruction;
  return (
    steps.has(opcode) ||
    isGeneratedFloat(instruction) ||
    loads.has(opcode) ||
    stores.has(opcode) ||
    isAtomic(opcode) ||
    branches.has(opcode) ||
    fences.has(opcode) ||
    [jal, jalr, auipc, end].includes(opcode)
  );
}

function isAtomic(opcode: number): boolean {
  return loadsReserved.has(opcode) || storesConditional.has(opcode) || readModifyWrites.has(opcode);
}

/** Records of floating point hold the whole word, for the rounding mode and the third source. */
function isGeneratedFloat({ opcode, immediate }: DecodedInstruction): boolean {
  const row = floats.get(opcode);
  if (row === undefined) return false;
  const mode = (immediate >>> 12) & 7;
  if (row.mode !== undefined) return mode === row.mode;
  return row.needs === floatIsOn || mode === 0 || mode === dynamic;
}

export function needsFloat({ opcode }: DecodedInstruction): boolean {
  return floats.has(opcode) || floatAccesses.has(opcode);
}

/** Offsets in the page, or beyond it, that control goes to from a block's last instruction, as far as they are known. */
export function targetsOf({ opcode, rd, immediate, offset }: DecodedInstruction): number[] {
  if (branches.has(opcode)) return [offset + immediate, rd];
  if (opcode === jal) return [offset + immediate];
  return opcode === end ? [offset] : [];
}

/** Where a call comes back to. */
export function returnPointOf({ opcode, rd, rs2 }: DecodedInstruction): number | undefined {
  return (opcode === jal || opcode === jalr) && rd !== map.HART_DISCARD ? rs2 : undefined;
}

/** Of an instruction of floating point, given its word. */
export function thirdSourceOf(word: number): number {
  return map.HART_F + (word >>> 27) * 8;
}

/** Registers that it reads, as offsets from x0. */
export function sourcesOf({ opcode, rs1, rs2, immediate }: DecodedInstruction): readonly number[] {
  const float = floats.get(opcode);
  if (float !== undefined) return [rs1, rs2, thirdSourceOf(immediate)].slice(0, float.sourceCount);
  if (branches.has(opcode) || stores.has(opcode)) return [rs1, rs2];
  if (storesConditional.has(opcode) || readModifyWrites.has(opcode)) return [rs1, rs2];
  if (loads.has(opcode) || loadsReserved.has(opcode) || opcode === jalr) return [rs1];
  if (!steps.has(opcode)) return [];
  return ofTwoRegisters.has(opcode) ? [rs1, rs2] : [rs1];
}

/** The register that it writes, if it writes one. */
export function destinationOf({ opcode, rd }: DecodedInstruction): number | undefined {
  const isWritten =
    steps.has(opcode) ||
    floats.has(opcode) ||
    loads.has(opcode) ||
    isAtomic(opcode) ||
    [jal, jalr, auipc].includes(opcode);
  return isWritten && rd !== map.HART_DISCARD ? rd : undefined;
}
