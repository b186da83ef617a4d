import { csrNames } from './csrs';
import { encode, type Operands } from './encoder';
import { instructions } from './instructions';
import { floatRegisterNames, registerNames, roundingModeNames } from './registers';

const operandsOf: ReadonlyMap<string, string> = new Map(instructions.map((row) => [row.mnemonic, row.operands]));
const csrNumbers: ReadonlyMap<string, number> = new Map([...csrNames].map(([number, name]) => [name, number]));
/** Of instructions that name none. */
const defaultModes: Readonly<Record<string, string>> = { rm: 'dyn', exactrm: 'rne' };
const orderings: Readonly<Record<string, number>> = { rl: 1 << 25, aq: 2 << 25, aqrl: 3 << 25 };

/**
 * The word of one instruction, as the table writes it: `addi a0,a0,-1`, `sd ra,8(sp)`, `amoadd.w.aqrl a0,a1,(a2)`. The
 * target of a jump is its distance in bytes; a rounding mode may be left out as objdump does it.
 */
export function assemble(text: string): number {
  const [, written = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(text.trim()) ?? [];
  const [, mnemonic = written, ordering] = /^((?:amo|lr|sc)[a-z]*\.[wd])\.(rl|aq|aqrl)$/.exec(written) ?? [];
  const template = operandsOf.get(mnemonic);
  if (template === undefined) throw new Error(`no instruction is called ${mnemonic}`);
  const names = template.match(/[a-z]+[0-9]?/g) ?? [];
  const values: string[] = rest.match(/[^\s,()]+/g) ?? [];
  const defaultMode = defaultModes[names.at(-1) ?? ''];
  if (defaultMode !== undefined && values.length === names.length - 1) values.push(defaultMode);
  if (names.length !== values.length) throw new Error(`${text}: the operands are ${template}`);
  const operands: Record<string, number> = {};
  names.forEach((name, index) => {
    const [field, value] = parseOperand(name, values[index]!);
    operands[field] = (operands[field] ?? 0) | value;
  });
  return (encode(mnemonic, operands as Operands) | (ordering === undefined ? 0 : orderings[ordering]!)) >>> 0;
}

function parseOperand(name: string, value: string): [field: string, value: number] {
  switch (name) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return [name, registerNumber(value)];
    case 'fd':
    case 'fs1':
    case 'fs2':
      return [`r${name.slice(1)}`, floatRegisterNumber(value)];
    case 'fs3':
      return ['imm', floatRegisterNumber(value) << 3];
    case 'rm':
    case 'exactrm':
      return ['imm', roundingMode(value)];
    case 'csr':
      return ['imm', csrNumbers.get(value) ?? number(value)];
    case 'uimm':
      return ['rs1', number(value)];
    case 'pred':
      return ['imm', orderedSet(value) << 4];
    case 'succ':
      return ['imm', orderedSet(value)];
    case 'upper':
      return ['imm', number(value) << 12];
    default:
      return ['imm', number(value)];
  }
}

function orderedSet(text: string): number {
  return [...text].reduce((bits, letter) => bits | (8 >> 'iorw'.indexOf(letter)), 0);
}

function registerNumber(name: string): number {
  const found = (registerNames as readonly string[]).indexOf(name);
  if (found < 0) throw new Error(`no register is called ${name}`);
  return found;
}

function roundingMode(name: string): number {
  const found = (roundingModeNames as readonly (string | undefined)[]).indexOf(name);
  if (found < 0) throw new Error(`no rounding mode is called ${name}`);
  return found;
}

function floatRegisterNumber(name: string): number {
  const found = (floatRegisterNames as readonly string[]).indexOf(name);
  if (found < 0) throw new Error(`no register is called ${name}`);
  return found;
}

function number(text: string): number {
  const value = Number(text.replace(/^-/, ''));
  if (!Number.isInteger(value)) throw new Error(`${text} is no number`);
  return text.startsWith('-') ? -value : value;
}
