import fc from 'fast-check';
import { encode, type Operands } from '../../debug-adapter/emulator/isa/encoder';
import {
  type FormatFields,
  formats,
  type ImmediateField,
  type RegisterField,
} from '../../debug-adapter/emulator/isa/formats';
import { type Instruction, matches } from '../../debug-adapter/emulator/isa/instructions';

/** Registers that hold addresses in RAM and that nothing random writes: sp, s0 and s1. */
export const addressRegisters = [2, 8, 9];
/** gp and tp hold such of which a load or store may fault; an AMO that faults QEMU with one hart calls a load. */
const faultingRegisters = [3, 4];
const targets = Array.from({ length: 32 }, (_, register) => register).filter(
  (register) => ![...addressRegisters, ...faultingRegisters].includes(register),
);

export const isJump = (row: Instruction) =>
  row.operands.includes('target') || /^(c\.)?jalr?$|^c\.jr$/.test(row.mnemonic);
export const isAccess = (row: Instruction) => row.operands.includes('(rs1)') && !isJump(row);
const isCompressed = (row: Instruction) => row.extension === 'C';

/** x0 to x31, x0 more often than another. */
export const anyRegister = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 7, arbitrary: fc.nat(31) });
/** What a random instruction may write. */
export const anyTarget = fc.constantFrom(...targets);
export const anyLink = fc.constantFrom(...targets.slice(1));

/** A word of the row's instruction with random operands; a target (of a jump) is left at zero. */
export function randomInstruction(row: Instruction): fc.Arbitrary<number> {
  const fields: FormatFields = formats[row.format];
  const names = row.operands.match(/[a-z]+[0-9]?/g) ?? [];
  const operands = fc.tuple(...names.map((name) => randomOperand(row, fields, name)));
  const ordering = row.extension === 'A' ? fc.nat(3) : fc.constant(0);
  return fc
    .tuple(operands, ordering)
    .map(([values, order]) => {
      const merged: Record<string, number> = {};
      for (const [field, value] of values) merged[field] = (merged[field] ?? 0) | value;
      return (encode(row.mnemonic, merged as Operands) | (order << 25)) >>> 0;
    })
    .filter((word) => matches(row, word));
}

type Operand = readonly [field: keyof Operands, value: number];

function randomOperand(row: Instruction, fields: FormatFields, name: string): fc.Arbitrary<Operand> {
  const field = (of: keyof Operands, value: fc.Arbitrary<number>) => value.map((number): Operand => [of, number]);
  switch (name) {
    case 'rd':
      return field('rd', oneOf(registersOf(fields.rd).filter((register) => targets.includes(register))));
    case 'fd':
      return field('rd', oneOf(registersOf(fields.rd)));
    case 'rs1':
      return field(
        'rs1',
        isAccess(row)
          ? oneOf(registersOf(fields.rs1).filter((register) => isAddress(row, register)))
          : source(fields.rs1),
      );
    case 'rs2':
      return field('rs2', source(fields.rs2));
    case 'fs1':
    case 'fs2':
      return field(name === 'fs1' ? 'rs1' : 'rs2', oneOf(registersOf(name === 'fs1' ? fields.rs1 : fields.rs2)));
    case 'fs3':
      return field(
        'imm',
        fc.nat(31).map((register) => register << 3),
      );
    case 'rm':
    case 'exactrm':
      // 5 and 6 are reserved.
      return field(
        'imm',
        fc.oneof({ weight: 12, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 7, 7, 7) }, fc.constantFrom(5, 6)),
      );
    case 'uimm':
      return field('rs1', fc.nat(31));
    case 'csr':
    case 'target':
      return field('imm', fc.constant(0));
    default:
      return field('imm', immediate(fields.imm!, isAccess(row) && !isCompressed(row)));
  }
}

const isAddress = (row: Instruction, register: number) =>
  addressRegisters.includes(register) || (row.extension !== 'A' && faultingRegisters.includes(register));

function source(field: RegisterField | undefined): fc.Arbitrary<number> {
  return field !== undefined && 'at' in field && field.width === 5 ? anyRegister : oneOf(registersOf(field));
}

function oneOf(registers: readonly number[]): fc.Arbitrary<number> {
  return registers.length === 0 ? fc.constant(0) : fc.constantFrom(...registers);
}

/** Those that the instruction can name there; none where it names always the same. */
function registersOf(field: RegisterField | undefined): number[] {
  if (field === undefined || 'fixed' in field) return [];
  return Array.from({ length: 1 << field.width }, (_, index) => field.base + index);
}

/** Any that the field can hold; `near`: within 64 bytes of the address register. */
function immediate({ pieces, signedWidth }: ImmediateField, near: boolean): fc.Arbitrary<number> {
  if (near) return fc.integer({ min: -64, max: 64 });
  const covered = pieces.reduce((bits, [, width, to]) => bits | (((1 << width) - 1) << to), 0);
  const unused = 32 - (signedWidth ?? 32);
  return fc.integer().map((bits) => ((bits & covered) << unused) >> unused);
}
