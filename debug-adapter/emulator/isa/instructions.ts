import type { Format } from './formats';
import { summaryOf } from './summaries';

/** One row an instruction: everything the project knows of its encoding. */
export interface Instruction {
  readonly mnemonic: string;
  readonly format: Format;
  /** `(word & mask) === match` says that a word is this instruction, unless one of `except` matches as well. */
  readonly mask: number;
  readonly match: number;
  /**
   * As objdump writes them, e.g. `rd,imm(rs1)`; `fd`, `fs1` and so on are f registers, `exactrm` is a rounding mode
   * that has no effect.
   */
  readonly operands: string;
  readonly extension: Extension;
  /** Section of the manual (`P` of the privileged one, `B` of the one on bit manipulation). */
  readonly section: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** The base instruction that a compressed one stands for. */
  readonly expandsTo?: string;
  readonly except?: readonly (readonly [mask: number, match: number])[];
}

export type Extension = 'I' | 'M' | 'A' | 'F' | 'D' | 'C' | 'Zicsr' | 'Zifencei' | Bits | 'priv';
type Bits = 'Zba' | 'Zbb' | 'Zbc' | 'Zbs';

const opcodeMask = 0x7f;
const funct3Mask = 0x707f;
const funct7Mask = 0xfe00707f;
const shamt6Mask = 0xfc00707f;
/** Leaves the acquire and release bits open. */
const amoMask = 0xf800707f;
/** Of an instruction with one source, whose rs2 is a part of the opcode. */
const unaryMask = 0xfff0707f;
const roundedUnaryMask = 0xfff0007f;
const fp = (value7: number, rs2: number) => (0x53 | (rs2 << 20) | (value7 << 25)) >>> 0;
const wholeWord = 0xffffffff;
const fenceTso = 0x8330000f;
const funct3 = (opcode: number, value: number) => (opcode | (value << 12)) >>> 0;
const funct7 = (opcode: number, value3: number, value7: number) => (funct3(opcode, value3) | (value7 << 25)) >>> 0;
/** Of one operand: what would be the immediate is a part of the opcode. */
const unary = (opcode: number, value3: number, value12: number) => (funct3(opcode, value3) | (value12 << 20)) >>> 0;

function rows(
  extension: Extension,
  section: string,
  format: Format,
  operands: string,
  mask: number,
  matches: Readonly<Record<string, number>>,
): Instruction[] {
  return Object.entries(matches).map(([mnemonic, match]) => ({
    mnemonic,
    format,
    mask,
    match,
    operands,
    extension,
    section,
    summary: summaryOf(mnemonic),
  }));
}

const base: readonly Instruction[] = [
  ...rows('I', '2.4', 'U', 'rd,upper', opcodeMask, { lui: 0x37, auipc: 0x17 }),
  ...rows('I', '2.4', 'I', 'rd,rs1,imm', funct3Mask, {
    addi: funct3(0x13, 0),
    slti: funct3(0x13, 2),
    sltiu: funct3(0x13, 3),
    xori: funct3(0x13, 4),
    ori: funct3(0x13, 6),
    andi: funct3(0x13, 7),
  }),
  ...rows('I', '5.2', 'shamt6', 'rd,rs1,shamt', shamt6Mask, {
    slli: funct3(0x13, 1),
    srli: funct3(0x13, 5),
    srai: funct7(0x13, 5, 0x20),
  }),
  ...rows('I', '2.4', 'R', 'rd,rs1,rs2', funct7Mask, {
    add: funct3(0x33, 0),
    sub: funct7(0x33, 0, 0x20),
    sll: funct3(0x33, 1),
    slt: funct3(0x33, 2),
    sltu: funct3(0x33, 3),
    xor: funct3(0x33, 4),
    srl: funct3(0x33, 5),
    sra: funct7(0x33, 5, 0x20),
    or: funct3(0x33, 6),
    and: funct3(0x33, 7),
  }),
  ...rows('I', '5.2', 'I', 'rd,rs1,imm', funct3Mask, { addiw: funct3(0x1b, 0) }),
  ...rows('I', '5.2', 'shamt5', 'rd,rs1,shamt', funct7Mask, {
    slliw: funct3(0x1b, 1),
    srliw: funct3(0x1b, 5),
    sraiw: funct7(0x1b, 5, 0x20),
  }),
  ...rows('I', '5.2', 'R', 'rd,rs1,rs2', funct7Mask, {
    addw: funct3(0x3b, 0),
    subw: funct7(0x3b, 0, 0x20),
    sllw: funct3(0x3b, 1),
    srlw: funct3(0x3b, 5),
    sraw: funct7(0x3b, 5, 0x20),
  }),
  ...rows('I', '2.5', 'J', 'rd,target', opcodeMask, { jal: 0x6f }),
  ...rows('I', '2.5', 'I', 'rd,imm(rs1)', funct3Mask, { jalr: 0x67 }),
  ...rows('I', '2.5', 'B', 'rs1,rs2,target', funct3Mask, {
    beq: funct3(0x63, 0),
    bne: funct3(0x63, 1),
    blt: funct3(0x63, 4),
    bge: funct3(0x63, 5),
    bltu: funct3(0x63, 6),
    bgeu: funct3(0x63, 7),
  }),
  ...rows('I', '2.6', 'I', 'rd,imm(rs1)', funct3Mask, {
    lb: funct3(0x03, 0),
    lh: funct3(0x03, 1),
    lw: funct3(0x03, 2),
    ld: funct3(0x03, 3),
    lbu: funct3(0x03, 4),
    lhu: funct3(0x03, 5),
    lwu: funct3(0x03, 6),
  }),
  ...rows('I', '2.6', 'S', 'rs2,imm(rs1)', funct3Mask, {
    sb: funct3(0x23, 0),
    sh: funct3(0x23, 1),
    sw: funct3(0x23, 2),
    sd: funct3(0x23, 3),
  }),
  ...rows('I', '2.7', 'none', '', wholeWord, { 'fence.tso': fenceTso }),
  ...rows('I', '2.7', 'fence', 'pred,succ', funct3Mask, { fence: funct3(0x0f, 0) }).map(
    (row): Instruction => ({ ...row, except: [[wholeWord, fenceTso]] }),
  ),
  ...rows('Zifencei', '3', 'none', '', funct3Mask, { 'fence.i': funct3(0x0f, 1) }),
  ...rows('I', '2.8', 'none', '', wholeWord, { ecall: 0x73, ebreak: 0x00100073 }),
  ...rows('priv', 'P 3.3.2', 'none', '', wholeWord, { sret: 0x10200073, mret: 0x30200073 }),
  ...rows('priv', 'P 3.3.3', 'none', '', wholeWord, { wfi: 0x10500073 }),
  ...rows('priv', 'P 4.2.1', 'R', 'rs1,rs2', 0xfe007fff, { 'sfence.vma': 0x12000073 }),
  ...rows('Zicsr', '9.1', 'csr', 'rd,csr,rs1', funct3Mask, {
    csrrw: funct3(0x73, 1),
    csrrs: funct3(0x73, 2),
    csrrc: funct3(0x73, 3),
  }),
  ...rows('Zicsr', '9.1', 'csr', 'rd,csr,uimm', funct3Mask, {
    csrrwi: funct3(0x73, 5),
    csrrsi: funct3(0x73, 6),
    csrrci: funct3(0x73, 7),
  }),
  ...rows('M', '7.1', 'R', 'rd,rs1,rs2', funct7Mask, {
    mul: funct7(0x33, 0, 1),
    mulh: funct7(0x33, 1, 1),
    mulhsu: funct7(0x33, 2, 1),
    mulhu: funct7(0x33, 3, 1),
    mulw: funct7(0x3b, 0, 1),
  }),
  ...rows('M', '7.2', 'R', 'rd,rs1,rs2', funct7Mask, {
    div: funct7(0x33, 4, 1),
    divu: funct7(0x33, 5, 1),
    rem: funct7(0x33, 6, 1),
    remu: funct7(0x33, 7, 1),
    divw: funct7(0x3b, 4, 1),
    divuw: funct7(0x3b, 5, 1),
    remw: funct7(0x3b, 6, 1),
    remuw: funct7(0x3b, 7, 1),
  }),
  ...['w', 'd'].flatMap((width, index) => {
    const amo = (funct5: number) => funct7(0x2f, 2 + index, funct5 << 2);
    return [
      ...rows('A', '8.2', 'R', 'rd,(rs1)', (amoMask | 0x01f00000) >>> 0, { [`lr.${width}`]: amo(0x02) }),
      ...rows('A', '8.2', 'R', 'rd,rs2,(rs1)', amoMask, { [`sc.${width}`]: amo(0x03) }),
      ...rows('A', '8.4', 'R', 'rd,rs2,(rs1)', amoMask, {
        [`amoswap.${width}`]: amo(0x01),
        [`amoadd.${width}`]: amo(0x00),
        [`amoxor.${width}`]: amo(0x04),
        [`amoand.${width}`]: amo(0x0c),
        [`amoor.${width}`]: amo(0x08),
        [`amomin.${width}`]: amo(0x10),
        [`amomax.${width}`]: amo(0x14),
        [`amominu.${width}`]: amo(0x18),
        [`amomaxu.${width}`]: amo(0x1c),
      }),
    ];
  }),
  ...rows('Zba', 'B 1.1', 'R', 'rd,rs1,rs2', funct7Mask, {
    'add.uw': funct7(0x3b, 0, 0x04),
    sh1add: funct7(0x33, 2, 0x10),
    sh2add: funct7(0x33, 4, 0x10),
    sh3add: funct7(0x33, 6, 0x10),
    'sh1add.uw': funct7(0x3b, 2, 0x10),
    'sh2add.uw': funct7(0x3b, 4, 0x10),
    'sh3add.uw': funct7(0x3b, 6, 0x10),
  }),
  ...rows('Zba', 'B 1.1', 'shamt6', 'rd,rs1,shamt', shamt6Mask, { 'slli.uw': funct7(0x1b, 1, 0x04) }),
  ...rows('Zbb', 'B 1.2', 'R', 'rd,rs1,rs2', funct7Mask, {
    andn: funct7(0x33, 7, 0x20),
    orn: funct7(0x33, 6, 0x20),
    xnor: funct7(0x33, 4, 0x20),
    max: funct7(0x33, 6, 0x05),
    maxu: funct7(0x33, 7, 0x05),
    min: funct7(0x33, 4, 0x05),
    minu: funct7(0x33, 5, 0x05),
    rol: funct7(0x33, 1, 0x30),
    ror: funct7(0x33, 5, 0x30),
    rolw: funct7(0x3b, 1, 0x30),
    rorw: funct7(0x3b, 5, 0x30),
  }),
  ...rows('Zbb', 'B 1.2', 'R', 'rd,rs1', unaryMask, {
    clz: unary(0x13, 1, 0x600),
    ctz: unary(0x13, 1, 0x601),
    cpop: unary(0x13, 1, 0x602),
    'sext.b': unary(0x13, 1, 0x604),
    'sext.h': unary(0x13, 1, 0x605),
    'orc.b': unary(0x13, 5, 0x287),
    rev8: unary(0x13, 5, 0x6b8),
    clzw: unary(0x1b, 1, 0x600),
    ctzw: unary(0x1b, 1, 0x601),
    cpopw: unary(0x1b, 1, 0x602),
    'zext.h': unary(0x3b, 4, 0x080),
  }),
  ...rows('Zbb', 'B 1.2', 'shamt6', 'rd,rs1,shamt', shamt6Mask, { rori: funct7(0x13, 5, 0x30) }),
  ...rows('Zbb', 'B 1.2', 'shamt5', 'rd,rs1,shamt', funct7Mask, { roriw: funct7(0x1b, 5, 0x30) }),
  ...rows('Zbc', 'B 1.3', 'R', 'rd,rs1,rs2', funct7Mask, {
    clmul: funct7(0x33, 1, 0x05),
    clmulh: funct7(0x33, 3, 0x05),
    clmulr: funct7(0x33, 2, 0x05),
  }),
  ...rows('Zbs', 'B 1.4', 'R', 'rd,rs1,rs2', funct7Mask, {
    bclr: funct7(0x33, 1, 0x24),
    bext: funct7(0x33, 5, 0x24),
    binv: funct7(0x33, 1, 0x34),
    bset: funct7(0x33, 1, 0x14),
  }),
  ...rows('Zbs', 'B 1.4', 'shamt6', 'rd,rs1,shamt', shamt6Mask, {
    bclri: funct7(0x13, 1, 0x24),
    bexti: funct7(0x13, 5, 0x24),
    binvi: funct7(0x13, 1, 0x34),
    bseti: funct7(0x13, 1, 0x14),
  }),
  ...floatRows('F', 's', 'w', 0),
  ...floatRows('D', 'd', 'd', 1),
  ...rows('D', '12.5', 'Rrm', 'fd,fs1,rm', roundedUnaryMask, { 'fcvt.s.d': fp(0x20, 1) }),
  ...rows('D', '12.5', 'Rrm', 'fd,fs1,exactrm', roundedUnaryMask, { 'fcvt.d.s': fp(0x21, 0) }),
];

/** The same rows for each of the formats; `move` is the letter of its moves, `fmt` its number. */
function floatRows(extension: 'F' | 'D', letter: string, move: string, fmt: number): Instruction[] {
  const chapter = extension === 'F' ? 11 : 12;
  const at = (section: number) => `${chapter}.${extension === 'F' ? section : section - 2}`;
  const named = (section: number, format: Format, operands: string, mask: number, matches: Record<string, number>) =>
    rows(
      extension,
      at(section),
      format,
      operands,
      mask,
      Object.fromEntries(Object.entries(matches).map(([name, match]) => [`${name}.${letter}`, match])),
    );
  const integers = ['w', 'wu', 'l', 'lu'];
  const [loadName, storeName] = extension === 'F' ? ['flw', 'fsw'] : ['fld', 'fsd'];
  return [
    ...rows(extension, at(5), 'I', 'fd,imm(rs1)', funct3Mask, { [loadName]: funct3(0x07, 2 + fmt) }),
    ...rows(extension, at(5), 'S', 'fs2,imm(rs1)', funct3Mask, { [storeName]: funct3(0x27, 2 + fmt) }),
    ...named(6, 'R4', 'fd,fs1,fs2,fs3,rm', 0x0600007f, {
      fmadd: 0x43 | (fmt << 25),
      fmsub: 0x47 | (fmt << 25),
      fnmsub: 0x4b | (fmt << 25),
      fnmadd: 0x4f | (fmt << 25),
    }),
    ...named(6, 'Rrm', 'fd,fs1,fs2,rm', 0xfe00007f, {
      fadd: fp(fmt, 0),
      fsub: fp(0x04 + fmt, 0),
      fmul: fp(0x08 + fmt, 0),
      fdiv: fp(0x0c + fmt, 0),
    }),
    ...named(6, 'Rrm', 'fd,fs1,rm', roundedUnaryMask, { fsqrt: fp(0x2c + fmt, 0) }),
    ...named(6, 'R', 'fd,fs1,fs2', funct7Mask, {
      fmin: funct7(0x53, 0, 0x14 + fmt),
      fmax: funct7(0x53, 1, 0x14 + fmt),
    }),
    ...integers.flatMap((integer, index) => [
      ...named(7, 'Rrm', 'rd,fs1,rm', roundedUnaryMask, { [`fcvt.${integer}`]: fp(0x60 + fmt, index) }),
      ...rows(extension, at(7), 'Rrm', fmt === 1 && index < 2 ? 'fd,rs1,exactrm' : 'fd,rs1,rm', roundedUnaryMask, {
        [`fcvt.${letter}.${integer}`]: fp(0x68 + fmt, index),
      }),
    ]),
    ...named(7, 'R', 'fd,fs1,fs2', funct7Mask, {
      fsgnj: funct7(0x53, 0, 0x10 + fmt),
      fsgnjn: funct7(0x53, 1, 0x10 + fmt),
      fsgnjx: funct7(0x53, 2, 0x10 + fmt),
    }),
    ...rows(extension, at(7), 'R', 'rd,fs1', unaryMask, { [`fmv.x.${move}`]: funct7(0x53, 0, 0x70 + fmt) }),
    ...rows(extension, at(7), 'R', 'fd,rs1', unaryMask, { [`fmv.${move}.x`]: funct7(0x53, 0, 0x78 + fmt) }),
    ...named(8, 'R', 'rd,fs1,fs2', funct7Mask, {
      feq: funct7(0x53, 2, 0x50 + fmt),
      flt: funct7(0x53, 1, 0x50 + fmt),
      fle: funct7(0x53, 0, 0x50 + fmt),
    }),
    ...named(9, 'R', 'rd,fs1', unaryMask, { fclass: funct7(0x53, 1, 0x70 + fmt) }),
  ];
}

type Except = NonNullable<Instruction['except']>;
const compressed = (
  section: string,
  mnemonic: string,
  format: Format,
  operands: string,
  mask: number,
  match: number,
  expandsTo: string,
  except?: Except,
): Instruction => ({
  mnemonic,
  format,
  mask,
  match,
  operands,
  extension: 'C',
  section,
  summary: summaryOf(expandsTo),
  expandsTo,
  ...(except === undefined ? {} : { except }),
});

const noRd: Except[number] = [0x0f80, 0];
const noImm6: Except[number] = [0x107c, 0];
const noRs2: Except[number] = [0x007c, 0];
const rdIsSp: Except[number] = [0x0f80, 0x0100];

const compressedRows: readonly Instruction[] = [
  compressed('16.5', 'c.addi4spn', 'CIW', 'rd,rs1,imm', 0xe003, 0x0000, 'addi', [[0x1fe0, 0]]),
  compressed('16.3', 'c.fld', 'CLD', 'fd,imm(rs1)', 0xe003, 0x2000, 'fld'),
  compressed('16.3', 'c.fsd', 'CSD', 'fs2,imm(rs1)', 0xe003, 0xa000, 'fsd'),
  compressed('16.3', 'c.fldsp', 'CLDSP', 'fd,imm(rs1)', 0xe003, 0x2002, 'fld'),
  compressed('16.3', 'c.fsdsp', 'CSDSP', 'fs2,imm(rs1)', 0xe003, 0xa002, 'fsd'),
  compressed('16.3', 'c.lw', 'CLW', 'rd,imm(rs1)', 0xe003, 0x4000, 'lw'),
  compressed('16.3', 'c.ld', 'CLD', 'rd,imm(rs1)', 0xe003, 0x6000, 'ld'),
  compressed('16.3', 'c.sw', 'CSW', 'rs2,imm(rs1)', 0xe003, 0xc000, 'sw'),
  compressed('16.3', 'c.sd', 'CSD', 'rs2,imm(rs1)', 0xe003, 0xe000, 'sd'),
  // With rd = x0 this is c.nop and its hints.
  compressed('16.5', 'c.addi', 'CI', 'rd,imm', 0xe003, 0x0001, 'addi'),
  compressed('16.5', 'c.addiw', 'CI', 'rd,imm', 0xe003, 0x2001, 'addiw', [noRd]),
  compressed('16.5', 'c.li', 'CLI', 'rd,imm', 0xe003, 0x4001, 'addi'),
  compressed('16.5', 'c.addi16sp', 'CI16', 'rd,imm', 0xef83, 0x6101, 'addi', [noImm6]),
  compressed('16.5', 'c.lui', 'CLUI', 'rd,upper', 0xe003, 0x6001, 'lui', [rdIsSp, noImm6]),
  compressed('16.5', 'c.srli', 'CBshamt', 'rd,shamt', 0xec03, 0x8001, 'srli'),
  compressed('16.5', 'c.srai', 'CBshamt', 'rd,shamt', 0xec03, 0x8401, 'srai'),
  compressed('16.5', 'c.andi', 'CBI', 'rd,imm', 0xec03, 0x8801, 'andi'),
  compressed('16.5', 'c.sub', 'CA', 'rd,rs2', 0xfc63, 0x8c01, 'sub'),
  compressed('16.5', 'c.xor', 'CA', 'rd,rs2', 0xfc63, 0x8c21, 'xor'),
  compressed('16.5', 'c.or', 'CA', 'rd,rs2', 0xfc63, 0x8c41, 'or'),
  compressed('16.5', 'c.and', 'CA', 'rd,rs2', 0xfc63, 0x8c61, 'and'),
  compressed('16.5', 'c.subw', 'CA', 'rd,rs2', 0xfc63, 0x9c01, 'subw'),
  compressed('16.5', 'c.addw', 'CA', 'rd,rs2', 0xfc63, 0x9c21, 'addw'),
  compressed('16.4', 'c.j', 'CJ', 'target', 0xe003, 0xa001, 'jal'),
  compressed('16.4', 'c.beqz', 'CB', 'rs1,target', 0xe003, 0xc001, 'beq'),
  compressed('16.4', 'c.bnez', 'CB', 'rs1,target', 0xe003, 0xe001, 'bne'),
  compressed('16.5', 'c.slli', 'CIshamt', 'rd,shamt', 0xe003, 0x0002, 'slli'),
  compressed('16.3', 'c.lwsp', 'CLWSP', 'rd,imm(rs1)', 0xe003, 0x4002, 'lw', [noRd]),
  compressed('16.3', 'c.ldsp', 'CLDSP', 'rd,imm(rs1)', 0xe003, 0x6002, 'ld', [noRd]),
  compressed('16.4', 'c.jr', 'CJR', 'rs1', 0xf07f, 0x8002, 'jalr', [noRd]),
  compressed('16.5', 'c.mv', 'CMV', 'rd,rs2', 0xf003, 0x8002, 'add', [noRs2]),
  compressed('16.4', 'c.jalr', 'CJALR', 'rs1', 0xf07f, 0x9002, 'jalr', [noRd]),
  compressed('16.5', 'c.add', 'CADD', 'rd,rs2', 0xf003, 0x9002, 'add', [noRs2]),
  compressed('16.5', 'c.ebreak', 'none', '', 0xffff, 0x9002, 'ebreak'),
  compressed('16.3', 'c.swsp', 'CSWSP', 'rs2,imm(rs1)', 0xe003, 0xc002, 'sw'),
  compressed('16.3', 'c.sdsp', 'CSDSP', 'rs2,imm(rs1)', 0xe003, 0xe002, 'sd'),
];

/** Instructions with an encoding of 32 bits; a row's place is its opcode number in the core. */
export const baseInstructions = base;
export const instructions: readonly Instruction[] = [...base, ...compressedRows];

export function byteCountOf(word: number): 2 | 4 {
  return (word & 3) === 3 ? 4 : 2;
}

export function matches(instruction: Instruction, word: number): boolean {
  const isRow = (word & instruction.mask) >>> 0 === instruction.match;
  return isRow && !instruction.except?.some(([mask, match]) => (word & mask) >>> 0 === match);
}

/** Rows by what distinguishes most: opcode and funct3, or quadrant and funct3 of a compressed one. */
export const bucketCount = 288;
export function bucketOf(word: number): number {
  if ((word & 3) !== 3) return 256 + ((word & 3) << 3) + ((word >>> 13) & 7);
  return (((word >>> 2) & 31) << 3) | ((word >>> 12) & 7);
}

/** Indices into `instructions`, per bucket. */
export const buckets: readonly (readonly number[])[] = makeBuckets();

function makeBuckets(): number[][] {
  const result = Array.from({ length: bucketCount }, (): number[] => []);
  instructions.forEach((row, index) => {
    const isCompressed = byteCountOf(row.match) === 2;
    for (let high = 0; high < 8; high++) {
      const shift = isCompressed ? 13 : 12;
      const word = ((row.match & ~(7 << shift)) | (high << shift)) >>> 0;
      if ((word & row.mask & (7 << shift)) === (row.match & (7 << shift) & row.mask))
        result[bucketOf(word)]!.push(index);
    }
  });
  return result;
}

export function findInstruction(word: number): Instruction | undefined {
  for (const index of buckets[bucketOf(word)]!) {
    const row = instructions[index]!;
    if (matches(row, word)) return row;
  }
  return undefined;
}
