/**
 * Other names that assemblers and disassemblers have for instructions with certain operands (unprivileged manual, chapter
 * on assembly programmers' pseudoinstructions), as objdump prints them.
 */
export interface Alias {
  readonly mnemonic: string;
  /** As in `Instruction.operands`. */
  readonly operands: string;
  /** What each of these operands has to be: a value, or the same as another. */
  readonly when: Readonly<Partial<Record<Operand, number | Operand>>>;
}

type Operand = 'rd' | 'rs1' | 'rs2' | 'imm';

const alias = (mnemonic: string, operands: string, when: Alias['when']): Alias => ({ mnemonic, operands, when });

const [zero, ra] = [0, 1];

/** By the instruction that they are, a compressed one by its own name or by its base's. The first that fits counts. */
export const aliases: Readonly<Record<string, readonly Alias[]>> = {
  addi: [
    alias('nop', '', { rd: zero, rs1: zero, imm: 0 }),
    alias('li', 'rd,imm', { rs1: zero }),
    alias('mv', 'rd,rs1', { imm: 0 }),
  ],
  'c.addi': [
    alias('nop', '', { rd: zero, imm: 0 }),
    alias('c.nop', 'imm', { rd: zero }),
    alias('addi', 'rd,rs1,imm', {}),
  ],
  'c.mv': [alias('mv', 'rd,rs2', {})],
  xori: [alias('not', 'rd,rs1', { imm: -1 })],
  andi: [alias('zext.b', 'rd,rs1', { imm: 255 })],
  addiw: [alias('sext.w', 'rd,rs1', { imm: 0 })],
  sltiu: [alias('seqz', 'rd,rs1', { imm: 1 })],
  sub: [alias('neg', 'rd,rs2', { rs1: zero })],
  subw: [alias('negw', 'rd,rs2', { rs1: zero })],
  slt: [alias('sltz', 'rd,rs1', { rs2: zero }), alias('sgtz', 'rd,rs2', { rs1: zero })],
  sltu: [alias('snez', 'rd,rs2', { rs1: zero })],
  'add.uw': [alias('zext.w', 'rd,rs1', { rs2: zero })],
  jal: [alias('j', 'target', { rd: zero }), alias('jal', 'target', { rd: ra })],
  jalr: [
    alias('ret', '', { rd: zero, rs1: ra, imm: 0 }),
    alias('jr', 'rs1', { rd: zero, imm: 0 }),
    alias('jr', 'imm(rs1)', { rd: zero }),
    alias('jalr', 'rs1', { rd: ra, imm: 0 }),
    alias('jalr', 'imm(rs1)', { rd: ra }),
    alias('jalr', 'rd,rs1', { imm: 0 }),
  ],
  beq: [alias('beqz', 'rs1,target', { rs2: zero })],
  bne: [alias('bnez', 'rs1,target', { rs2: zero })],
  blt: [alias('bltz', 'rs1,target', { rs2: zero }), alias('bgtz', 'rs2,target', { rs1: zero })],
  bge: [alias('blez', 'rs2,target', { rs1: zero }), alias('bgez', 'rs1,target', { rs2: zero })],
  fence: [alias('pause', '', { imm: 0x010 }), alias('fence', '', { imm: 0x0ff })],
  'sfence.vma': [alias('sfence.vma', '', { rs1: zero, rs2: zero }), alias('sfence.vma', 'rs1', { rs2: zero })],
  csrrs: [
    alias('frflags', 'rd', { imm: 0x001, rs1: zero }),
    alias('frrm', 'rd', { imm: 0x002, rs1: zero }),
    alias('frcsr', 'rd', { imm: 0x003, rs1: zero }),
    alias('rdcycle', 'rd', { imm: 0xc00, rs1: zero }),
    alias('rdtime', 'rd', { imm: 0xc01, rs1: zero }),
    alias('rdinstret', 'rd', { imm: 0xc02, rs1: zero }),
    alias('csrr', 'rd,csr', { rs1: zero }),
    alias('csrs', 'csr,rs1', { rd: zero }),
  ],
  csrrw: [
    alias('unimp', '', { imm: 0xc00, rd: zero, rs1: zero }),
    alias('fsflags', 'rs1', { imm: 0x001, rd: zero }),
    alias('fsflags', 'rd,rs1', { imm: 0x001 }),
    alias('fsrm', 'rs1', { imm: 0x002, rd: zero }),
    alias('fsrm', 'rd,rs1', { imm: 0x002 }),
    alias('fscsr', 'rs1', { imm: 0x003, rd: zero }),
    alias('fscsr', 'rd,rs1', { imm: 0x003 }),
    alias('csrw', 'csr,rs1', { rd: zero }),
  ],
  csrrc: [alias('csrc', 'csr,rs1', { rd: zero })],
  csrrwi: [
    alias('fsflagsi', 'rd,uimm', { imm: 0x001 }),
    alias('fsrmi', 'rd,uimm', { imm: 0x002 }),
    alias('csrwi', 'csr,uimm', { rd: zero }),
  ],
  csrrsi: [alias('csrsi', 'csr,uimm', { rd: zero })],
  csrrci: [alias('csrci', 'csr,uimm', { rd: zero })],
  ...signAliases('s'),
  ...signAliases('d'),
};

/** Sign injection from the number itself. */
function signAliases(format: string): Record<string, Alias[]> {
  const same = { rs2: 'rs1' } as const;
  return {
    [`fsgnj.${format}`]: [alias(`fmv.${format}`, 'fd,fs1', same)],
    [`fsgnjn.${format}`]: [alias(`fneg.${format}`, 'fd,fs1', same)],
    [`fsgnjx.${format}`]: [alias(`fabs.${format}`, 'fd,fs1', same)],
  };
}
