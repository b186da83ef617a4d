/**
 * What an assembler takes after each mnemonic: the instructions of the table, their aliases, and the pseudoinstructions that
 * stand for several instructions or for one with its operands in another order (unprivileged manual, chapter 25).
 */
import { type Alias, aliases } from './aliases';
import { csrNames } from './csrs';
import { orderedSet } from './disassembler';
import { type FormatFields, formats } from './formats';
import { type Instruction, instructions } from './instructions';
import { registerNames } from './registers';

export interface Form {
  readonly mnemonic: string;
  /**
   * As `Instruction.operands`, and moreover `symbol`, an address; `value`, any number; `rt`, a register that is
   * overwritten on the way; `tprel`, the relocation function `%tprel_add`.
   */
  readonly operands: string;
  /** The row that it is, or is another name for; absent where it becomes several instructions. */
  readonly instruction?: Instruction;
  /** Instructions that it becomes; empty for an instruction. */
  readonly expansion: readonly string[];
  readonly summary: string;
}

const rowOf: ReadonlyMap<string, Instruction> = new Map(instructions.map((row) => [row.mnemonic, row]));

/** What their own words say better than the base instruction's. */
const aliasSummaries: Readonly<Record<string, string>> = {
  nop: 'Does nothing.',
  mv: 'Copies rs1 to rd.',
  not: 'Inverts every bit of rs1.',
  'zext.b': 'Zero-extends the low 8 bits of rs1.',
  'sext.w': 'Sign-extends the low 32 bits of rs1.',
  seqz: 'Sets rd to 1 if rs1 is zero, else to 0.',
  neg: 'Negates rs2.',
  negw: 'Negates the low 32 bits of rs2; the 32-bit result is sign-extended.',
  sltz: 'Sets rd to 1 if rs1 is negative, else to 0.',
  sgtz: 'Sets rd to 1 if rs2 is above zero, else to 0.',
  snez: 'Sets rd to 1 if rs2 is not zero, else to 0.',
  'zext.w': 'Zero-extends the low 32 bits of rs1.',
  j: 'Jumps to the target, up to 1 MiB away.',
  jr: 'Jumps to the address in rs1.',
  ret: 'Returns to the caller: jumps to the address in ra.',
  beqz: 'Branches if rs1 is zero.',
  bnez: 'Branches if rs1 is not zero.',
  bltz: 'Branches if rs1 is negative.',
  bgtz: 'Branches if rs2 is above zero.',
  blez: 'Branches if rs2 is not above zero.',
  bgez: 'Branches if rs1 is not negative.',
  pause: 'Hints that the hart spins: it may do less for a moment.',
  csrr: 'Reads a CSR.',
  csrw: 'Writes a CSR.',
  csrs: "Sets the CSR's bits that are 1 in rs1.",
  csrc: "Clears the CSR's bits that are 1 in rs1.",
  csrwi: 'Writes a 5-bit immediate to a CSR.',
  csrsi: "Sets the CSR's bits that are 1 in a 5-bit immediate.",
  csrci: "Clears the CSR's bits that are 1 in a 5-bit immediate.",
  rdcycle: 'Reads the cycle counter.',
  rdtime: 'Reads the timer.',
  rdinstret: 'Reads the counter of retired instructions.',
  frflags: 'Reads the accrued floating-point exceptions.',
  frrm: 'Reads the floating-point rounding mode.',
  frcsr: 'Reads the floating-point control and status register.',
  fsflags: 'Writes the accrued floating-point exceptions.',
  fsrm: 'Writes the floating-point rounding mode.',
  fscsr: 'Writes the floating-point control and status register.',
  unimp: 'Is no instruction, for sure: raises an illegal-instruction exception.',
};

const pseudo = (mnemonic: string, operands: string, summary: string, ...expansion: string[]): Form => ({
  mnemonic,
  operands,
  summary,
  expansion,
});

/** Another way to write one instruction. */
const same = (mnemonic: string, operands: string, row: string, expansion: string, summary?: string): Form => {
  const instruction = rowOf.get(row)!;
  return { mnemonic, operands, instruction, expansion: [expansion], summary: summary ?? instruction.summary };
};

const high = 'auipc rt,%pcrel_hi(symbol)';
const accesses = {
  integerLoads: ['lb', 'lh', 'lw', 'ld', 'lbu', 'lhu', 'lwu'],
  integerStores: ['sb', 'sh', 'sw', 'sd'],
  floatLoads: ['flw', 'fld'],
  floatStores: ['fsw', 'fsd'],
};
/** The register forms whose last operand may be a number: it makes them the immediate form. */
const immediateForms = {
  ...{ add: 'addi', and: 'andi', or: 'ori', xor: 'xori', slt: 'slti', sltu: 'sltiu', addw: 'addiw' },
  ...{ sll: 'slli', srl: 'srli', sra: 'srai', sllw: 'slliw', srlw: 'srliw', sraw: 'sraiw' },
  ...{ ror: 'rori', rorw: 'roriw', bclr: 'bclri', bext: 'bexti', binv: 'binvi', bset: 'bseti' },
};

const furtherForms: readonly Form[] = [
  pseudo(
    'li',
    'rd,value',
    'Loads a constant, in as few instructions as it takes.',
    'lui rd,value[31:12]',
    'addi rd,rd,value[11:0]',
  ),
  pseudo(
    'la',
    'rd,symbol',
    'Loads the address of a symbol; through the global offset table in position-independent code.',
    'auipc rd,%pcrel_hi(symbol)',
    'addi rd,rd,%pcrel_lo(symbol)',
  ),
  pseudo(
    'lla',
    'rd,symbol',
    'Loads the address of a symbol relative to the pc.',
    'auipc rd,%pcrel_hi(symbol)',
    'addi rd,rd,%pcrel_lo(symbol)',
  ),
  pseudo(
    'lga',
    'rd,symbol',
    'Loads the address of a symbol from the global offset table.',
    'auipc rd,%got_pcrel_hi(symbol)',
    'ld rd,%pcrel_lo(symbol)(rd)',
  ),
  pseudo(
    'la.tls.ie',
    'rd,symbol',
    "Loads a thread-local symbol's offset from tp (initial exec).",
    'auipc rd,%tls_ie_pcrel_hi(symbol)',
    'ld rd,%pcrel_lo(symbol)(rd)',
  ),
  pseudo(
    'la.tls.gd',
    'rd,symbol',
    "Loads the address of a thread-local symbol's entry for `__tls_get_addr` (global dynamic).",
    'auipc rd,%tls_gd_pcrel_hi(symbol)',
    'addi rd,rd,%pcrel_lo(symbol)',
  ),
  pseudo(
    'call',
    'symbol',
    'Calls a function, however far: the return address goes to ra.',
    'auipc ra,%pcrel_hi(symbol)',
    'jalr ra,%pcrel_lo(symbol)(ra)',
  ),
  pseudo(
    'call',
    'rd,symbol',
    'Calls a function, however far: the return address goes to rd; GNU as overwrites t1.',
    'auipc t1,%pcrel_hi(symbol)',
    'jalr rd,%pcrel_lo(symbol)(t1)',
  ),
  pseudo(
    'tail',
    'symbol',
    'Jumps to a function, however far, as the last thing a caller does; overwrites t1.',
    'auipc t1,%pcrel_hi(symbol)',
    'jalr zero,%pcrel_lo(symbol)(t1)',
  ),
  pseudo(
    'jump',
    'symbol,rt',
    'Jumps, however far; overwrites rt.',
    'auipc rt,%pcrel_hi(symbol)',
    'jalr zero,%pcrel_lo(symbol)(rt)',
  ),
  same('bgt', 'rs1,rs2,target', 'blt', 'blt rs2,rs1,target', 'Branches if rs1 is greater than rs2, both signed.'),
  same('ble', 'rs1,rs2,target', 'bge', 'bge rs2,rs1,target', 'Branches if rs1 is not greater than rs2, both signed.'),
  same('bgtu', 'rs1,rs2,target', 'bltu', 'bltu rs2,rs1,target', 'Branches if rs1 is greater than rs2, both unsigned.'),
  same(
    'bleu',
    'rs1,rs2,target',
    'bgeu',
    'bgeu rs2,rs1,target',
    'Branches if rs1 is not greater than rs2, both unsigned.',
  ),
  same(
    'sgt',
    'rd,rs1,rs2',
    'slt',
    'slt rd,rs2,rs1',
    'Sets rd to 1 if rs1 is greater than rs2, both signed, else to 0.',
  ),
  same(
    'sgtu',
    'rd,rs1,rs2',
    'sltu',
    'sltu rd,rs2,rs1',
    'Sets rd to 1 if rs1 is greater than rs2, both unsigned, else to 0.',
  ),
  same('move', 'rd,rs1', 'addi', 'addi rd,rs1,0', 'Copies rs1 to rd.'),
  same('scall', '', 'ecall', 'ecall'),
  same('sbreak', '', 'ebreak', 'ebreak'),
  same('jalr', 'rd,rs1,imm', 'jalr', 'jalr rd,imm(rs1)'),
  same('jalr', 'rs1,imm', 'jalr', 'jalr ra,imm(rs1)'),
  same('jr', 'rs1,imm', 'jalr', 'jalr zero,imm(rs1)'),
  same('add', 'rd,rs1,rs2,tprel', 'add', 'add rd,rs1,rs2', 'Adds; `%tprel_add(symbol)` lets the linker relax it.'),
  ...Object.entries(immediateForms).map(([mnemonic, row]) => {
    const { operands } = rowOf.get(row)!;
    return same(mnemonic, operands, row, `${row} ${operands}`);
  }),
  ...['csrrw', 'csrrs', 'csrrc'].map((mnemonic) =>
    same(mnemonic, 'rd,csr,uimm', `${mnemonic}i`, `${mnemonic}i rd,csr,uimm`),
  ),
  ...['w', 's', 'c'].map((letter) =>
    same(`csr${letter}`, 'csr,uimm', `csrr${letter}i`, `csrr${letter}i zero,csr,uimm`, aliasSummaries[`csr${letter}i`]),
  ),
  same('fsflagsi', 'uimm', 'csrrwi', 'csrrwi zero,fflags,uimm'),
  same('fsrmi', 'uimm', 'csrrwi', 'csrrwi zero,frm,uimm'),
  same('frsr', 'rd', 'csrrs', 'csrrs rd,fcsr,zero', aliasSummaries.frcsr),
  same('fssr', 'rd,rs1', 'csrrw', 'csrrw rd,fcsr,rs1', aliasSummaries.fscsr),
  same('fssr', 'rs1', 'csrrw', 'csrrw zero,fcsr,rs1', aliasSummaries.fscsr),
  same('fmv.x.s', 'rd,fs1', 'fmv.x.w', 'fmv.x.w rd,fs1'),
  same('fmv.s.x', 'fd,rs1', 'fmv.w.x', 'fmv.w.x fd,rs1'),
  ...['s', 'd'].flatMap((format) => [
    same(`fgt.${format}`, 'rd,fs1,fs2', `flt.${format}`, `flt.${format} rd,fs2,fs1`, 'Sets rd to 1 if fs1 > fs2.'),
    same(`fge.${format}`, 'rd,fs1,fs2', `fle.${format}`, `fle.${format} rd,fs2,fs1`, 'Sets rd to 1 if fs1 ≥ fs2.'),
  ]),
  pseudo('sext.b', 'rd,rs1', 'Sign-extends 8 bits; without Zbb:', 'slli rd,rs1,56', 'srai rd,rd,56'),
  pseudo('sext.h', 'rd,rs1', 'Sign-extends 16 bits; without Zbb:', 'slli rd,rs1,48', 'srai rd,rd,48'),
  pseudo('zext.h', 'rd,rs1', 'Zero-extends 16 bits; without Zbb:', 'slli rd,rs1,48', 'srli rd,rd,48'),
  pseudo('zext.w', 'rd,rs1', 'Zero-extends 32 bits; without Zba:', 'slli rd,rs1,32', 'srli rd,rd,32'),
  pseudo('c.unimp', '', 'Two zero bytes: raises an illegal-instruction exception.', '.2byte 0'),
  same('c.nop', '', 'c.addi', 'c.addi zero,0', 'Does nothing, in two bytes.'),
  ...accesses.integerLoads.map((load) =>
    pseudo(
      load,
      'rd,symbol',
      `${rowOf.get(load)!.summary.replace(/\.$/, '')} at a symbol.`,
      'auipc rd,%pcrel_hi(symbol)',
      `${load} rd,%pcrel_lo(symbol)(rd)`,
    ),
  ),
  ...accesses.integerStores.map((store) =>
    pseudo(
      store,
      'rs2,symbol,rt',
      `${rowOf.get(store)!.summary.replace(/\.$/, '')} at a symbol.`,
      high,
      `${store} rs2,%pcrel_lo(symbol)(rt)`,
    ),
  ),
  ...accesses.floatLoads.map((load) =>
    pseudo(
      load,
      'fd,symbol,rt',
      `${rowOf.get(load)!.summary.replace(/\.$/, '')} at a symbol.`,
      high,
      `${load} fd,%pcrel_lo(symbol)(rt)`,
    ),
  ),
  ...accesses.floatStores.map((store) =>
    pseudo(
      store,
      'fs2,symbol,rt',
      `${rowOf.get(store)!.summary.replace(/\.$/, '')} at a symbol.`,
      high,
      `${store} fs2,%pcrel_lo(symbol)(rt)`,
    ),
  ),
];

/** Every form, by mnemonic, the instruction's own first. */
export const forms: ReadonlyMap<string, readonly Form[]> = collect();

/** The forms of a mnemonic as written: `amoadd.w.aqrl` is `amoadd.w`. */
export function formsOf(mnemonic: string): readonly Form[] | undefined {
  return forms.get(mnemonic) ?? forms.get(withoutOrdering(mnemonic));
}

export function withoutOrdering(mnemonic: string): string {
  return mnemonic.replace(/^((?:amo[a-z]+|lr|sc)\.[wd])\.(?:aq|rl|aqrl)$/, '$1');
}

function collect(): ReadonlyMap<string, Form[]> {
  const result = new Map<string, Form[]>();
  const add = (form: Form): void => {
    const list = result.get(form.mnemonic);
    if (!list) result.set(form.mnemonic, [form]);
    else if (!list.some(({ operands }) => operands === form.operands)) list.push(form);
  };
  for (const row of instructions) {
    const { mnemonic, operands, summary } = row;
    add({ mnemonic, operands, instruction: row, expansion: [], summary });
  }
  for (const [name, list] of Object.entries(aliases)) {
    for (const alias of list) {
      // Of a compressed instruction that is disassembled as if it were none, nothing but `c.nop` is a form of its own.
      if (alias.mnemonic === 'li' || (name.startsWith('c.') && alias.mnemonic !== 'c.nop')) continue;
      const instruction = rowOf.get(name)!;
      const summary = aliasSummaries[alias.mnemonic] ?? instruction.summary;
      const expansion = [expansionOf(alias, instruction)];
      add({ mnemonic: alias.mnemonic, operands: alias.operands, instruction, expansion, summary });
    }
  }
  for (const form of furtherForms) add(form);
  return result;
}

/** The base instruction with those operands filled in that the alias leaves unsaid. */
function expansionOf({ when }: Alias, { mnemonic, operands, format }: Instruction): string {
  const fields: FormatFields = formats[format];
  const text = operands.replace(/[a-z]+[0-9]?/g, (operand) => {
    const field = fieldOf(operand);
    const value = when[field];
    if (value === undefined) return operand;
    if (typeof value === 'string') return operand.replace(/.*/, operand.startsWith('f') ? `f${value.slice(1)}` : value);
    if (operand === 'csr') return csrNames.get(value) ?? String(value);
    if (operand === 'pred') return orderedSet(value >> 4) || '0';
    if (operand === 'succ') return (value & 15) === 0 ? '0' : orderedSet(value);
    return field !== 'imm' && fields[field] !== undefined ? registerNames[value]! : String(value);
  });
  return text === '' ? mnemonic : `${mnemonic} ${text}`;
}

function fieldOf(operand: string): 'rd' | 'rs1' | 'rs2' | 'imm' {
  switch (operand) {
    case 'rd':
    case 'fd':
      return 'rd';
    case 'rs1':
    case 'fs1':
    case 'uimm':
      return 'rs1';
    case 'rs2':
    case 'fs2':
      return 'rs2';
    default:
      return 'imm';
  }
}

/** The numbers that an operand of a form can be; undefined where any can be, or none. */
export function rangeOf(
  { instruction }: Form,
  operand: string,
): { min: number; max: number; step: number } | undefined {
  if (operand === 'uimm') return { min: 0, max: 31, step: 1 };
  if (operand === 'csr') return { min: 0, max: 0xfff, step: 1 };
  if (instruction === undefined) return undefined;
  // `c.lui` takes what `lui` would: the sign-extended bits are given as the 20 that they become.
  if (operand === 'upper') return { min: 0, max: 0xfffff, step: 1 };
  if (operand !== 'imm' && operand !== 'shamt') return undefined;
  const fields: FormatFields = formats[instruction.format];
  const field = fields.imm;
  if (field === undefined) return undefined;
  const step = 2 ** Math.min(...field.pieces.map(([, , to]) => to));
  const top = Math.max(...field.pieces.map(([, width, to]) => width + to));
  return field.signedWidth === undefined
    ? { min: 0, max: 2 ** top - step, step }
    : { min: -(2 ** (field.signedWidth - 1)), max: 2 ** (field.signedWidth - 1) - step, step };
}
