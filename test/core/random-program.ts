import fc from 'fast-check';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import { type Instruction, instructions } from '../../debug-adapter/emulator/isa/instructions';
import { anyRegister, anyTarget, isAccess, isJump, randomInstruction } from './random-instruction';

/** Words of code; a halfword stands in a word of its own kind, so that jumps have where to land. */
export interface RandomProgram {
  readonly words: readonly number[];
}

const programWordCount = 64;

const isCompressed = (row: Instruction) => row.extension === 'C';
const hasTarget = (row: Instruction) => row.operands.includes('target');
const [halfRows, wordRows] = [instructions.filter(isCompressed), instructions.filter((row) => !isCompressed(row))];

/** Instructions whose outcome depends on the registers and RAM alone. */
const isPlain = (row: Instruction) =>
  !isJump(row) &&
  !isAccess(row) &&
  !['priv', 'Zicsr'].includes(row.extension) &&
  !/^(ecall|(c\.)?ebreak|c\.addi16sp)$/.test(row.mnemonic);

const anyOf = (rows: readonly Instruction[]) => fc.oneof(...rows.map(randomInstruction));
const plainWord = anyOf(wordRows.filter(isPlain));
const plainHalf = anyOf(halfRows.filter((row) => isPlain(row) || isAccess(row)));
const accessWord = anyOf(wordRows.filter(isAccess));

function jump(rows: readonly Instruction[], index: number, offset: number): fc.Arbitrary<number> {
  return fc
    .record({
      row: fc.constantFrom(...rows.filter(hasTarget)),
      rd: anyTarget,
      rs1: anyRegister,
      rs2: anyRegister,
      to: fc.integer({ min: 0, max: programWordCount - 1 }),
    })
    .map(({ row, rd, rs1, rs2, to }) =>
      encode(row.mnemonic, { rd, rs1: isCompressed(row) ? 8 + (rs1 & 7) : rs1, rs2, imm: (to - index) * 4 - offset }),
    );
}

function half(index: number, offset: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 8, arbitrary: plainHalf }, { weight: 1, arbitrary: jump(halfRows, index, offset) });
}

/** Two compressed instructions in one word. */
function halves(index: number): fc.Arbitrary<number> {
  return fc.tuple(half(index, 0), half(index, 2)).map(([low, high]) => (low | (high << 16)) >>> 0);
}

const systemWord = fc.oneof(
  fc.constantFrom(
    ...[0x340, 0x341, 0xc02, 0xc01, 0x003].map((csr) => encode('csrrs', { rd: 5, imm: csr })),
    encode('csrrw', { rd: 6, rs1: 7, imm: 0x340 }),
    encode('csrrw', { rd: 6, rs1: 7, imm: 0x003 }),
    encode('wfi'),
    encode('ecall'),
    encode('sfence.vma'),
    0,
  ),
  // To wherever a register points, mostly nowhere.
  anyOf(wordRows.filter((row) => isJump(row) && !hasTarget(row))),
);

/** Mostly arithmetic and accesses, some jumps within the program, a few traps. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc
  .tuple(
    ...Array.from({ length: programWordCount - 1 }, (_, index) =>
      fc.oneof(
        { weight: 8, arbitrary: plainWord },
        { weight: 4, arbitrary: halves(index) },
        { weight: 5, arbitrary: accessWord },
        { weight: 2, arbitrary: jump(wordRows, index, 0) },
        { weight: 1, arbitrary: systemWord },
      ),
    ),
  )
  .map((words) => ({ words: [...words, encode('jal', { imm: -4 * (programWordCount - 1) })] }));
