import { type Alias, aliases } from './aliases';
import { csrNames } from './csrs';
import { type DecodedInstruction, decode } from './decode';
import { baseInstructions, byteCountOf, type Instruction } from './instructions';
import { floatRegisterNames, registerNames, roundingModeNames } from './registers';

const baseRows: ReadonlyMap<string, Instruction> = new Map(baseInstructions.map((row) => [row.mnemonic, row]));

/**
 * One instruction as `objdump -d -M no-aliases` writes it, with a space for its tab and without its comments, e.g.
 * `addi a0,a0,-1`, `c.beqz a1,8000031a`. A word that is no instruction comes out as `.2byte 0x…` or `.4byte 0x…`.
 */
export function disassemble(word: number, pc: bigint): string {
  const instruction = decode(word);
  if (isNone(word) || !instruction) return withoutInstruction(word, 'c.unimp');
  const { row } = instruction;
  return written(row.mnemonic, row, instruction, word, pc);
}

/**
 * One instruction as people write it, and `objdump -d`: by its alias where it has one, a compressed one as what it stands
 * for, and with `<symbol>` behind the target of a jump: `ret`, `li a0,0`, `beqz a1,8000031a <main+0x1c>`.
 * @param placeOf what an address is called, if it is called anything
 */
export function disassembleAliased(
  word: number,
  pc: bigint,
  placeOf?: (address: bigint) => string | undefined,
): string {
  const instruction = decode(word);
  if (isNone(word) || !instruction) return withoutInstruction(word, 'unimp');
  const { row, operation } = instruction;
  if (isHint(instruction)) return written(row.mnemonic, row, instruction, word, pc);
  const base = baseRows.get(operation)!;
  const found = [...(aliases[row.mnemonic] ?? []), ...(aliases[operation] ?? [])].find((each) =>
    fits(each, instruction),
  );
  const { mnemonic, operands } = found ?? base;
  return written(mnemonic, { ...base, operands }, instruction, word, pc, placeOf);
}

/** Compressed, and without effect: aliases would hide that it means something else (section 16.7). */
function isHint({ row: { mnemonic, operands, extension }, rd, imm }: DecodedInstruction): boolean {
  if (extension !== 'C' || mnemonic === 'c.addi') return false;
  return operands.includes('shamt') ? rd === 0 || imm === 0 : /^rd,(?!imm\()/.test(operands) && rd === 0;
}

function isNone(word: number): boolean {
  return byteCountOf(word) === 2 && (word & 0xffff) === 0;
}

function withoutInstruction(word: number, zero: string): string {
  if (isNone(word)) return zero;
  return byteCountOf(word) === 4 ? `.4byte 0x${(word >>> 0).toString(16)}` : `.2byte 0x${(word & 0xffff).toString(16)}`;
}

function fits({ when }: Alias, instruction: DecodedInstruction): boolean {
  return Object.entries(when).every(([name, wanted]) => {
    return instruction[name as keyof typeof when] === (typeof wanted === 'string' ? instruction[wanted] : wanted);
  });
}

function written(
  mnemonic: string,
  { operands: template, extension }: Pick<Instruction, 'operands' | 'extension'>,
  instruction: DecodedInstruction,
  word: number,
  pc: bigint,
  placeOf?: (address: bigint) => string | undefined,
): string {
  // objdump leaves the usual rounding mode unsaid: the dynamic one, and the first where nothing is rounded.
  const operands = template
    .replace(/[a-z]+[0-9]?/g, (operand) => operandText(operand, instruction, pc, placeOf))
    .replace(template.endsWith(',rm') ? /,dyn$/ : /,rne$/, '');
  const name = extension === 'A' ? mnemonic + orderingSuffix(word) : mnemonic;
  return operands === '' ? name : `${name} ${operands}`;
}

function operandText(
  operand: string,
  { row, rd, rs1, rs2, imm }: DecodedInstruction,
  pc: bigint,
  placeOf: ((address: bigint) => string | undefined) | undefined,
): string {
  switch (operand) {
    case 'rd':
      return registerNames[rd]!;
    case 'rs1':
      return registerNames[rs1]!;
    case 'rs2':
      return registerNames[rs2]!;
    case 'fd':
      return floatRegisterNames[rd]!;
    case 'fs1':
      return floatRegisterNames[rs1]!;
    case 'fs2':
      return floatRegisterNames[rs2]!;
    case 'fs3':
      return floatRegisterNames[imm >> 3]!;
    case 'rm':
    case 'exactrm':
      return roundingModeNames[imm & 7] ?? 'unknown';
    case 'imm':
      return String(imm);
    case 'shamt':
      return `0x${imm.toString(16)}`;
    case 'upper':
      return `0x${((imm >>> 12) & 0xfffff).toString(16)}`;
    case 'target': {
      const target = BigInt.asUintN(64, pc + BigInt(imm));
      const place = placeOf?.(target);
      return target.toString(16) + (place === undefined ? '' : ` <${place}>`);
    }
    case 'csr':
      return csrNames.get(imm) ?? `0x${imm.toString(16)}`;
    case 'uimm':
      return String(rs1);
    case 'pred':
      return orderedSet(imm >> 4);
    case 'succ':
      return orderedSet(imm);
    default:
      throw new Error(`${row.mnemonic}: unknown operand ${operand}`);
  }
}

/** What a fence orders, section 2.7. */
export function orderedSet(bits: number): string {
  return [...'iorw'].filter((_, index) => bits & (8 >> index)).join('') || 'unknown';
}

function orderingSuffix(word: number): string {
  return ['', '.rl', '.aq', '.aqrl'][(word >>> 25) & 3]!;
}
