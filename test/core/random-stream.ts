import fc from 'fast-check';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import {
  byteCountOf,
  findInstruction,
  type Instruction,
  instructions,
} from '../../debug-adapter/emulator/isa/instructions';
import { csrNames } from '../../debug-adapter/emulator/isa/registers';
import { anyLink, anyRegister, anyTarget, isAccess, isJump, randomInstruction } from './random-instruction';

/** A few instructions that stand together: a jump leads to the start of a later piece, `ahead` pieces further on. */
interface Piece {
  readonly ahead: number;
  /** `distance`: bytes from the piece's start to that one's. */
  words(distance: number): readonly number[];
}

const piece = (...words: number[]): Piece => ({ ahead: 1, words: () => words });
const ahead = fc.integer({ min: 1, max: 4 });
const rowOf = (mnemonic: string) => instructions.find((row) => row.mnemonic === mnemonic)!;

const csrNumbers: ReadonlyMap<string, number> = new Map([...csrNames].map(([number, name]) => [name, number]));
const csr = (name: string) => csrNumbers.get(name)!;

const floatCsrs = ['fflags', 'frm', 'fcsr'].map(csr);
/** Those that change nothing for the instructions behind them; none that counts. */
const quietCsrs = [
  ...['senvcfg', 'scounteren', 'stvec', 'sscratch', 'scause', 'stval', 'stimecmp', 'misa', 'medeleg', 'mcounteren'],
  ...['menvcfg', 'mcountinhibit', 'mscratch', 'mcause', 'mtval'],
].map(csr);
/**
 * QEMU 7.2 lets the lowest bit of sepc and mepc and the ten highest of pmpaddr be set, which are always zero; a locked
 * entry of pmpcfg would bind M mode too.
 */
const csrsForEvenImmediates = [
  ...['sepc', 'mepc', 'pmpcfg0', 'pmpcfg2'],
  ...Array.from({ length: 16 }, (_, index) => `pmpaddr${index}`),
].map(csr);

const csrRows = instructions.filter((row) => row.extension === 'Zicsr');
const csrOf = (row: Instruction, numbers: fc.Arbitrary<number>) =>
  fc.tuple(randomInstruction(row), numbers).map(([word, number]) => piece((word | (number << 20)) >>> 0));

function csrPiece(csrs: readonly number[]): fc.Arbitrary<Piece> {
  return fc.constantFrom(...csrRows).chain((row) => csrOf(row, fc.constantFrom(...csrs)));
}

const evenCsrPiece = fc
  .constantFrom(...csrRows.filter((row) => row.operands.includes('uimm')))
  .chain((row) => csrOf(row, fc.constantFrom(...csrsForEvenImmediates)))
  .map((made) => piece(made.words(0)[0]! & ~(1 << 15)));

/** FS among them, so that floating point is off for a while; SUM and MXR; of mstatus also TVM, TW and TSR. */
const statusPiece = fc
  .record({
    name: fc.constantFrom('sstatus' as const, 'mstatus' as const),
    row: fc.constantFrom('csrrs', 'csrrs', 'csrrc'),
    rd: anyTarget,
    mask: anyLink,
    bits: fc.nat(0x7ff),
    isOn: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ name, row, rd, mask, bits, isOn }) => {
    // Clearing both bits of FS is rarer than setting them.
    const fs = row === 'csrrs' ? (isOn === 0 ? bits & 6 : 6) : isOn === 0 ? 6 : 0;
    const others = bits & (name === 'mstatus' ? 0x7c0 : 0xc0) & ~0x20;
    return piece(encode('lui', { rd: mask, imm: (fs | others) << 12 }), encode(row, { rd, rs1: mask, imm: csr(name) }));
  });

const jumps = instructions.filter(isJump);
const jumpPiece = fc
  .record({ row: fc.constantFrom(...jumps), ahead, link: anyLink, odd: fc.nat(1) })
  .chain(({ row, ahead, link, odd }) =>
    fc
      .record({ rd: anyTarget, rs1: anyRegister, rs2: anyRegister, compressedRs1: fc.integer({ min: 8, max: 15 }) })
      .map(
        ({ rd, rs1, rs2, compressedRs1 }): Piece => ({
          ahead,
          words(distance) {
            if (row.operands.includes('target')) {
              const source = row.extension === 'C' ? compressedRs1 : rs1;
              return [encode(row.mnemonic, { rd, rs1: source, rs2, imm: distance })];
            }
            const here = encode('auipc', { rd: link });
            // The lowest bit of an address in a register counts for nothing (section 2.5).
            if (row.mnemonic === 'jalr') return [here, encode('jalr', { rd, rs1: link, imm: distance | odd })];
            const there = encode('addi', { rd: link, rs1: link, imm: distance | odd });
            return [here, there, encode(row.mnemonic, { rs1: link })];
          },
        }),
      ),
  );

/** Away and back, with an access between. */
const stackPiece = fc
  .tuple(
    fc.integer({ min: -31, max: 31 }).filter((sixteens) => sixteens !== 0),
    randomInstruction(rowOf('c.sdsp')),
  )
  .map(([sixteens, access]) =>
    piece(encode('c.addi16sp', { imm: sixteens * 16 }), access, encode('c.addi16sp', { imm: -sixteens * 16 })),
  );

const trapPiece = fc.oneof(
  fc
    .constantFrom(
      encode('ecall'),
      encode('ebreak'),
      encode('c.ebreak'),
      0,
      0xffffffff,
      encode('csrrs', { rd: 5, imm: 0x5c0 }),
      encode('csrrw', { rd: 5, imm: 0xf14 }),
    )
    .map((word) => piece(word)),
  // What is in no row is no instruction.
  fc
    .integer()
    .map((bits) => ((bits & 3) === 3 ? bits >>> 0 : bits & 0xffff))
    .filter((word) => findInstruction(word) === undefined)
    .map((word) => piece(word)),
  // Addresses near zero at both ends: nothing is there.
  fc
    .constantFrom('lb', 'lh', 'lw', 'ld', 'sb', 'sh', 'sw', 'sd', 'fld', 'fsw')
    .chain((mnemonic) =>
      fc.integer({ min: -256, max: 255 }).map((imm) => piece(encode(mnemonic, { rd: 5, imm: imm * 8 }))),
    ),
);

/**
 * Neither jumps nor what has pieces of its own; not WFI, which may wait for ever, the returns from traps, and `ctzw`, which
 * counts past 32 bits in QEMU 7.2.
 */
const others = instructions.filter(
  (row) =>
    !isJump(row) &&
    !isAccess(row) &&
    row.extension !== 'Zicsr' &&
    !/^(ecall|(c\.)?ebreak|wfi|[ms]ret|c\.addi16sp|ctzw)$/.test(row.mnemonic),
);

const anyOf = (rows: readonly Instruction[]) =>
  fc.constantFrom(...rows.map(randomInstruction)).chain((instruction) => instruction.map((word) => piece(word)));

/** Privilege modes as the manual numbers them. */
export type Privilege = 0 | 1 | 3;

/**
 * Code that runs from its first piece to its last, in one privilege mode, and has nothing in it that two implementations
 * may do differently.
 */
export function randomStream(pieceCount: number, privilege: Privilege): fc.Arbitrary<Uint8Array> {
  const isFloat = (row: Instruction) => row.extension === 'F' || row.extension === 'D';
  const [integer, float, compressed] = [
    others.filter((row) => !isFloat(row) && row.extension !== 'C'),
    others.filter(isFloat),
    others.filter((row) => row.extension === 'C'),
  ];
  // In S mode satp would turn translation on.
  const quiet = privilege === 1 ? quietCsrs : [...quietCsrs, csr('satp')];
  // LR and SC of one width: after an LR.D, SC.W in QEMU 7.2 may store and say that it failed.
  const pieceWithout = (mnemonic: RegExp): fc.Arbitrary<Piece> =>
    fc.oneof(
      { weight: 10, arbitrary: anyOf(integer) },
      { weight: 10, arbitrary: anyOf(float) },
      { weight: 6, arbitrary: anyOf(compressed) },
      { weight: 8, arbitrary: anyOf(instructions.filter((row) => isAccess(row) && !mnemonic.test(row.mnemonic))) },
      { weight: 1, arbitrary: stackPiece },
      { weight: 4, arbitrary: jumpPiece },
      { weight: 2, arbitrary: csrPiece(floatCsrs) },
      { weight: 1, arbitrary: csrPiece(quiet) },
      { weight: 1, arbitrary: fc.oneof(evenCsrPiece, statusPiece) },
      { weight: 1, arbitrary: trapPiece },
    );
  return fc
    .constantFrom(/^(lr|sc)\.w$/, /^(lr|sc)\.d$/)
    .chain((other) => fc.array(pieceWithout(other), { minLength: pieceCount, maxLength: pieceCount }))
    .map(layOut);
}

function layOut(pieces: readonly Piece[]): Uint8Array {
  const starts = [0];
  for (const { words } of pieces) {
    starts.push(words(0).reduce((end, word) => end + byteCountOf(word), starts.at(-1)!));
  }
  const bytes: number[] = [];
  for (const [index, { words, ahead }] of pieces.entries()) {
    const distance = starts[Math.min(index + ahead, pieces.length)]! - starts[index]!;
    for (const word of words(distance)) {
      for (let byte = 0; byte < byteCountOf(word); byte++) bytes.push((word >>> (byte * 8)) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}
