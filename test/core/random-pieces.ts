import fc from 'fast-check';
import { csrNames } from '../../debug-adapter/emulator/isa/csrs';
import { encode } from '../../debug-adapter/emulator/isa/encoder';
import {
  byteCountOf,
  findInstruction,
  type Instruction,
  instructions,
} from '../../debug-adapter/emulator/isa/instructions';
import { foreignCsrs } from './beside-qemu';
import {
  addressRegisters,
  anyLink,
  anyRegister,
  anyTarget,
  isAccess,
  isJump,
  randomInstruction,
} from './random-instruction';
import { constants, type StreamMode, window } from './stream-mode';

/** Of LR and SC. */
export type Width = 'w' | 'd';

/** A few instructions that stand together: a jump leads to the start of a later piece, `ahead` pieces further on. */
export interface Piece {
  readonly ahead: number;
  /** `distance`: bytes from the piece's start to that one's. */
  words(distance: number): readonly number[];
}

export const piece = (...words: number[]): Piece => ({ ahead: 1, words: () => words });
const ahead = fc.integer({ min: 1, max: 4 });
const rowOf = (mnemonic: string) => instructions.find((row) => row.mnemonic === mnemonic)!;

const csrNumbers: ReadonlyMap<string, number> = new Map([...csrNames].map(([number, name]) => [name, number]));
const csr = (name: string) => csrNumbers.get(name)!;

const floatCsrs = ['fflags', 'frm', 'fcsr'].map(csr);
/** Those that change nothing for the instructions behind them; none that counts. */
const quietCsrs = [
  ...['senvcfg', 'scounteren', 'sscratch', 'scause', 'stval', 'stimecmp', 'misa', 'medeleg', 'mcounteren'],
  ...['menvcfg', 'mcountinhibit', 'mscratch', 'mcause', 'mtval'],
].map(csr);
/**
 * With immediates that leave out two bits: the lowest, which QEMU 7.2 lets be set in sepc and mepc, as the ten highest of
 * pmpaddr; and that which makes an entry of pmpcfg TOR, where QEMU 7.2 takes an empty range for all addresses and does not
 * notice that its lower end moves. A locked entry would bind M mode too.
 */
const csrsForImmediates = [
  ...['sepc', 'mepc', 'pmpcfg0', 'pmpcfg2'],
  ...Array.from({ length: 15 }, (_, index) => `pmpaddr${index + 1}`),
].map(csr);
const lostBits = 0b01001;

const csrRows = instructions.filter((row) => row.extension === 'Zicsr');
const csrOf = (row: Instruction, numbers: fc.Arbitrary<number>) =>
  fc.tuple(randomInstruction(row), numbers).map(([word, number]) => piece((word | (number << 20)) >>> 0));

function csrPiece(csrs: readonly number[]): fc.Arbitrary<Piece> {
  return fc.constantFrom(...csrRows).chain((row) => csrOf(row, fc.constantFrom(...csrs)));
}

const immediateCsrPiece = fc
  .constantFrom(...csrRows.filter((row) => row.operands.includes('uimm')))
  .chain((row) => csrOf(row, fc.constantFrom(...csrsForImmediates)))
  .map((made) => piece((made.words(0)[0]! & ~(lostBits << 15)) >>> 0));

/**
 * Half of the time with sources fresh from a table of constants: of registers that only computed values come to, most
 * soon are NaNs.
 */
export function floatPiece(row: Instruction): fc.Arbitrary<Piece> {
  const sources = ['fs1', 'fs2', 'fs3'].flatMap((name, index) =>
    row.operands.includes(name) ? [[15, 20, 27][index]!] : [],
  );
  const isSingle = row.mnemonic === 'fcvt.d.s' || (row.extension === 'F' && row.mnemonic !== 'fcvt.s.d');
  const loads = sources.map((at) =>
    fc.nat(constants.count - 1).map((entry) => (word: number) => {
      const imm = (isSingle ? constants.S : constants.D) + entry * 8;
      return encode('fld', { rd: (word >>> at) & 31, rs1: 8, imm });
    }),
  );
  return fc
    .tuple(randomInstruction(row), fc.boolean(), fc.tuple(...loads))
    .map(([word, isFresh, fresh]) => piece(...(isFresh ? fresh.map((load) => load(word)) : []), word));
}

export const floatCsrPiece = csrPiece(floatCsrs);

/** frm as it should be: of its eight values three are reserved, and make instructions with a dynamic mode trap. */
export const roundingModePiece = fc
  .tuple(anyTarget, fc.nat(4))
  .map(([rd, mode]) => piece(encode('csrrwi', { rd, rs1: mode, imm: csr('frm') })));

const isCounting = (number: number) => (number & 0xfe0) === 0xb00 || (number & 0xfe0) === 0xc00;
/** In any privilege mode, there or not; interrupts are not wholly as in QEMU (`foreignInterrupts`). */
export const csrReadPiece = fc
  .tuple(anyTarget, fc.oneof(fc.nat(0xfff), fc.constantFrom(...csrNumbers.values())))
  .filter(
    ([, number]) =>
      !isCounting(number) && !foreignCsrs.has(number) && !/^(mip|mie|mideleg)$/.test(csrNames.get(number) ?? ''),
  )
  .map(([rd, number]) => piece(encode('csrrs', { rd, imm: number })));

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
    const others = bits & (name === 'mstatus' ? 0x7c0 : 0xc0);
    return piece(encode('lui', { rd: mask, imm: (fs | others) << 12 }), encode(row, { rd, rs1: mask, imm: csr(name) }));
  });

/** What changes nothing but itself and whether floating point is on. */
export function quietCsrPiece({ privilege, isConfined, translation }: StreamMode): fc.Arbitrary<Piece> {
  const isSupervisor = privilege === 1 && !isConfined;
  // They would turn translation on or off, and send traps elsewhere.
  const satp = isSupervisor || (privilege === 3 && translation !== 0) ? [] : [csr('satp')];
  const stvec = privilege === 1 ? [] : [csr('stvec')];
  return fc.oneof(csrPiece([...quietCsrs, ...satp, ...stvec]), immediateCsrPiece, statusPiece);
}

const [scratch, machine] = [5, 3];
const mpp = 11;
const mprv = 17;

/** To a later piece in the same mode. */
export function returnPiece({ privilege, isConfined }: StreamMode): fc.Arbitrary<Piece> {
  if (privilege === 0 || (privilege === 1 && isConfined)) {
    return fc.constantFrom('mret', 'sret', 'wfi').map((mnemonic) => piece(encode(mnemonic)));
  }
  const letter = privilege === 3 ? 'm' : 's';
  const mode = privilege === 3 ? bits(machine, mpp) : bits(1, 8);
  return ahead.map((pieces) => ({
    ahead: pieces,
    words: (distance) => [
      encode('auipc', { rd: scratch }),
      encode('addi', { rd: scratch, rs1: scratch, imm: distance }),
      encode('csrrw', { rs1: scratch, imm: csr(`${letter}epc`) }),
      ...mode,
      encode('csrrs', { rs1: scratch, imm: csr(`${letter}status`) }),
      encode(`${letter}ret`),
    ],
  }));
}

/** `value` at a bit of the scratch register. */
function bits(value: number, at: number): readonly number[] {
  return [encode('addi', { rd: scratch, imm: value }), encode('slli', { rd: scratch, rs1: scratch, imm: at })];
}

const accessRows = instructions.filter((row) => isAccess(row) && row.extension !== 'A' && row.extension !== 'C');

/** A load or store with the rights and the translation of another mode (section 3.1.6.3 of the privileged manual). */
export const modifiedPrivilegePiece = fc
  .tuple(
    fc.constantFrom(0, 1),
    fc.constantFrom(...accessRows).chain(randomInstruction),
    fc.oneof(
      fc.nat(3).map((page) => encode('lui', { rd: scratch, imm: window + page * 0x1000 })),
      fc
        .tuple(fc.constantFrom(...addressRegisters), fc.integer({ min: -16, max: 16 }))
        .map(([rs1, words]) => encode('addi', { rd: scratch, rs1, imm: words * 8 })),
    ),
  )
  .map(([privilege, access, address]) =>
    piece(
      ...bits(machine, mpp),
      encode('csrrc', { rs1: scratch, imm: csr('mstatus') }),
      ...bits((1 << (mprv - mpp)) | privilege, mpp),
      encode('csrrs', { rs1: scratch, imm: csr('mstatus') }),
      address,
      (access & ~(31 << 15)) | (scratch << 15),
      ...bits(1, mprv),
      encode('csrrc', { rs1: scratch, imm: csr('mstatus') }),
    ),
  );

/** LR and SC of the same address with any instruction between. */
export function reservationPiece(width: Width, between: fc.Arbitrary<number>): fc.Arbitrary<Piece> {
  return fc
    .record({ rs1: fc.constantFrom(...addressRegisters), rd: anyTarget, failed: anyTarget, rs2: anyRegister, between })
    .map(({ rs1, rd, failed, rs2, between }) =>
      piece(encode(`lr.${width}`, { rd, rs1 }), between, encode(`sc.${width}`, { rd: failed, rs1, rs2 })),
    );
}

/** Of a word that is not zero: in QEMU 7.2 `ctzw` counts past 32 bits. */
export const ctzwPiece = fc
  .record({ rd: anyTarget, rs1: anyLink, bit: fc.nat(31) })
  .map(({ rd, rs1, bit }) => piece(encode('bseti', { rd: rs1, rs1, imm: bit }), encode('ctzw', { rd, rs1 })));

const jumps = instructions.filter(isJump);
export const jumpPiece = fc
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
export const stackPiece = fc
  .tuple(
    fc.integer({ min: -31, max: 31 }).filter((sixteens) => sixteens !== 0),
    randomInstruction(rowOf('c.sdsp')),
  )
  .map(([sixteens, access]) =>
    piece(encode('c.addi16sp', { imm: sixteens * 16 }), access, encode('c.addi16sp', { imm: -sixteens * 16 })),
  );

export const trapPiece = fc.oneof(
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
  // What is in no row is no instruction: anything, and what differs from one in a bit of its opcode.
  fc
    .oneof(
      fc.integer(),
      fc
        .record({ row: fc.constantFrom(...instructions), bit: fc.nat(31) })
        .filter(({ row, bit }) => ((row.mask >>> bit) & 1) === 1)
        .chain(({ row, bit }) => randomInstruction(row).map((word) => word ^ (1 << bit))),
    )
    .map((word) => (byteCountOf(word) === 4 ? word >>> 0 : word & 0xffff))
    .filter((word) => findInstruction(word) === undefined)
    .map((word) => piece(word)),
  // Addresses near zero at both ends: nothing is there.
  fc
    .constantFrom('lb', 'lh', 'lw', 'ld', 'sb', 'sh', 'sw', 'sd', 'fld', 'fsw')
    .chain((mnemonic) =>
      fc.integer({ min: -256, max: 255 }).map((imm) => piece(encode(mnemonic, { rd: 5, imm: imm * 8 }))),
    ),
);
