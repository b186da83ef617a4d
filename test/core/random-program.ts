import fc from 'fast-check';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import { baseInstructions, type Instruction, instructions } from '../../debug-adapter/emulator/isa/instructions';

/** Words of code; a halfword stands in a word of its own kind, so that jumps have where to land. */
export interface RandomProgram {
  readonly words: readonly number[];
}

export const programWordCount = 64;
/** Registers that hold addresses in RAM, so that most accesses hit: s0 and s1, never written. */
const addressRegisters = [8, 9];
const targets = Array.from({ length: 30 }, (_, register) => register + 1).filter(
  (register) => !addressRegisters.includes(register),
);

const isJump = (row: Instruction) => row.operands.includes('target');
const isAccess = (row: Instruction) => /\(rs1\)/.test(row.operands) && row.mnemonic !== 'jalr';
const register = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 31 }));
const target = fc.oneof(fc.constant(0), fc.constantFrom(...targets));

/** Instructions whose outcome depends on the registers and RAM alone. */
const plain = baseInstructions.filter(
  (row) =>
    ['I', 'M', 'Zba', 'Zbb', 'Zbc', 'Zbs'].includes(row.extension) &&
    !isJump(row) &&
    !isAccess(row) &&
    !/^(jalr|ecall|ebreak)/.test(row.mnemonic),
);
const compressed = instructions.filter(
  (row) => row.extension === 'C' && /^c\.(mv|add|sub|xor|or|and|addw|subw)$/.test(row.mnemonic),
);

const plainWord = fc
  .record({ row: fc.constantFrom(...plain), rd: target, rs1: register, rs2: register, bits: fc.nat(0xfffff) })
  .map(({ row, rd, rs1, rs2, bits }) => encode(row.mnemonic, { rd, rs1, rs2, imm: immediateFor(row, bits) }));

/** Two compressed instructions in one word. */
const half = fc
  .record({
    row: fc.constantFrom(...compressed),
    rd: fc.integer({ min: 10, max: 15 }),
    rs2: fc.integer({ min: 8, max: 15 }),
  })
  .map(({ row, rd, rs2 }) => encode(row.mnemonic, { rd, rs1: rd, rs2 }));
const compressedWord = fc.tuple(half, half).map(([low, high]) => (low | (high << 16)) >>> 0);

function accessWordOf(rows: readonly Instruction[]): fc.Arbitrary<number> {
  return fc
    .record({
      row: fc.constantFrom(...rows),
      rd: target,
      rs1: fc.constantFrom(...addressRegisters),
      rs2: register,
      imm: fc.integer({ min: -64, max: 64 }),
    })
    .map(({ row, rd, rs1, rs2, imm }) =>
      encode(row.mnemonic, { rd, rs1, rs2, ...(row.format === 'R' ? {} : { imm }) }),
    );
}
const accessWord = accessWordOf(baseInstructions.filter(isAccess));

function jumpWord(index: number): fc.Arbitrary<number> {
  return fc
    .record({
      row: fc.constantFrom(...baseInstructions.filter(isJump)),
      rd: target,
      rs1: register,
      rs2: register,
      to: fc.integer({ min: 0, max: programWordCount - 1 }),
    })
    .map(({ row, rd, rs1, rs2, to }) => encode(row.mnemonic, { rd, rs1, rs2, imm: (to - index) * 4 }));
}

const systemWord = fc.constantFrom(
  ...['mscratch', 'mepc', 'instret', 'time'].map((_, index) =>
    encode('csrrs', { rd: 5, imm: [0x340, 0x341, 0xc02, 0xc01][index]! }),
  ),
  encode('csrrw', { rd: 6, rs1: 7, imm: 0x340 }),
  encode('fence.i'),
  encode('wfi'),
  encode('ecall'),
  encode('sfence.vma'),
  0,
);

function immediateFor(row: Instruction, bits: number): number {
  switch (row.format) {
    case 'U':
      return bits << 12;
    case 'I':
      return ((bits & 0xfff) << 20) >> 20;
    case 'shamt5':
      return bits & 31;
    case 'shamt6':
      return bits & 63;
    case 'fence':
      return bits & 0xff;
    default:
      return 0;
  }
}

/** Mostly arithmetic and accesses, some jumps within the program, a few traps. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc
  .tuple(
    ...Array.from({ length: programWordCount - 1 }, (_, index) =>
      fc.oneof(
        { weight: 8, arbitrary: plainWord },
        { weight: 3, arbitrary: compressedWord },
        { weight: 5, arbitrary: accessWord },
        { weight: 2, arbitrary: jumpWord(index) },
        { weight: 1, arbitrary: systemWord },
      ),
    ),
  )
  .map((words) => ({ words: [...words, encode('jal', { imm: -4 * (programWordCount - 1) })] }));

/**
 * Instructions that run from the first to the last, jumps only forward and each by a few words, with nothing in them
 * that two implementations may do differently (counters, the address of the code in `jal`'s link is the same).
 */
export function straightLine(wordCount: number): fc.Arbitrary<readonly number[]> {
  const forward = fc
    .record({
      row: fc.constantFrom(...baseInstructions.filter(isJump)),
      rd: target,
      rs1: register,
      rs2: register,
      words: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ row, rd, rs1, rs2, words }) => encode(row.mnemonic, { rd, rs1, rs2, imm: words * 4 }));
  const trapping = fc.constantFrom(encode('ecall'), 0xffffffff, encode('csrrs', { rd: 5, imm: 0x5c0 }));
  // LR and SC of one width: after an LR.D, SC.W in QEMU 7.2 may store and say that it failed.
  const wordWithout = (mnemonic: RegExp): fc.Arbitrary<number> =>
    fc.oneof(
      { weight: 10, arbitrary: plainWord },
      { weight: 3, arbitrary: compressedWord },
      {
        weight: 6,
        arbitrary: accessWordOf(baseInstructions.filter((row) => isAccess(row) && !mnemonic.test(row.mnemonic))),
      },
      { weight: 2, arbitrary: forward },
      { weight: 1, arbitrary: trapping },
    );
  const padding = Array.from({ length: 4 }, () => encode('addi'));
  return fc
    .constantFrom(/^(lr|sc)\.w$/, /^(lr|sc)\.d$/)
    .chain((other) => fc.array(wordWithout(other), { minLength: wordCount, maxLength: wordCount }))
    .map((words) => [...words, ...padding]);
}
