/** Whether operands, as they are written, fit what a form of an instruction takes. */
import { type Form, rangeOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { isCsrName } from '../../../debug-adapter/emulator/isa/csrs';
import { type FormatFields, formats } from '../../../debug-adapter/emulator/isa/formats';
import {
  type Register,
  registerNames,
  registers,
  roundingModeNames,
} from '../../../debug-adapter/emulator/isa/registers';
import { evaluate, type Lookup } from './expressions';
import type { Operand } from './statements';

/** What is known of the names in operands. */
export interface Names {
  /** What a constant is worth. */
  readonly valueOf: Lookup;
  /** An address for sure, so that no number can be meant. */
  readonly isLabel: (name: string) => boolean;
}

/** An operand that does not fit, and what would; only doubtful where an assembler takes a register for a symbol's name. */
export interface Misfit {
  readonly index: number;
  readonly message: string;
  readonly isDoubtful: boolean;
}

/** The first misfit; `undefined` where all operands fit, `count` where there are too many or too few. */
export function misfit(form: Form, operands: readonly Operand[], names: Names): Misfit | 'count' | undefined {
  const pieces = form.operands === '' ? [] : form.operands.split(',');
  const isShort = operands.length === pieces.length - 1 && /^(exact)?rm$/.test(pieces.at(-1) ?? '');
  if (operands.length !== pieces.length && !isShort) return 'count';
  for (const [index, operand] of operands.entries()) {
    const message = mismatch(form, pieces[index]!, operand, names);
    if (message !== undefined) return { index, message, isDoubtful: false };
  }
  for (const [index, operand] of operands.entries()) {
    const register = isAddress(pieces[index]!) ? registerAsSymbol(operand) : undefined;
    if (register) return { index, message: `${register} is taken for a symbol of this name here`, isDoubtful: true };
  }
  return undefined;
}

function mismatch(form: Form, piece: string, operand: Operand, names: Names): string | undefined {
  const access = /^(imm)?\((rs1)\)$/.exec(piece);
  if (access) return accessMismatch(form, access[1] !== undefined, operand, names);
  switch (piece) {
    case 'rd':
    case 'rs1':
    case 'rs2':
    case 'rt':
      return registerMismatch(form, piece, 'x', operand);
    case 'fd':
    case 'fs1':
    case 'fs2':
    case 'fs3':
      return registerMismatch(form, piece, 'f', operand);
    case 'rm':
    case 'exactrm':
      return roundingModeNames.some((name) => name !== undefined && isWord(operand, name))
        ? undefined
        : `Not a rounding mode: ${roundingModeNames.filter(Boolean).join(', ')}`;
    case 'csr':
      return csrMismatch(form, operand, names);
    case 'pred':
    case 'succ':
      return operand.length === 1 && /^(i?o?r?w?|0)$/.test(operand[0]!.text)
        ? undefined
        : 'Not a set of accesses: letters of `iorw`, in this order';
    default:
      return numberMismatch(form, piece, operand, names);
  }
}

function registerMismatch(form: Form, piece: string, kind: Register['kind'], operand: Operand): string | undefined {
  const register = operand.length === 1 ? registers.get(operand[0]!.text) : undefined;
  const wanted = kind === 'x' ? 'an integer register' : 'a floating-point register';
  if (register?.kind !== kind) return `Not ${wanted}: ${textOf(operand)}`;
  const fields: FormatFields | undefined = form.instruction && formats[form.instruction.format];
  // What an alias writes as another operand is checked where its instruction is.
  if (form.expansion.length > 0) return undefined;
  const field = fields?.[piece.replace('f', 'r').replace('rrs', 'rs') as 'rd' | 'rs1' | 'rs2'];
  if (field === undefined) return undefined;
  if ('fixed' in field) {
    return field.fixed === register.number ? undefined : `${form.mnemonic} takes ${registerNames[field.fixed]} only`;
  }
  const isInside = field.base === 0 || (register.number >= 8 && register.number < 16);
  return isInside ? undefined : `${form.mnemonic} takes registers ${kind}8 to ${kind}15 only`;
}

/** `8(sp)`, `(sp)`, `%lo(symbol)(a0)`. */
function accessMismatch(form: Form, takesOffset: boolean, operand: Operand, names: Names): string | undefined {
  const [open, base, close] = operand.slice(-3);
  if (open?.text !== '(' || close?.text !== ')') return `Not an address like ${takesOffset ? '8(sp)' : '(a0)'}`;
  const mismatched = registerMismatch(form, 'rs1', 'x', [base!]);
  const offset = operand.slice(0, -3);
  if (mismatched !== undefined || offset.length === 0) return mismatched;
  if (takesOffset) return numberMismatch(form, 'imm', offset, names);
  return evaluate(offset, names.valueOf) === 0n ? undefined : `${form.mnemonic} takes no offset`;
}

function csrMismatch(form: Form, operand: Operand, names: Names): string | undefined {
  const [token] = operand;
  if (operand.length !== 1 || token?.kind !== 'name') return numberMismatch(form, 'csr', operand, names);
  if (registers.has(token.text)) return `Not a CSR: ${token.text}`;
  return isCsrName(token.text) || names.valueOf(token.text) !== undefined ? undefined : `Not a CSR: ${token.text}`;
}

function isAddress(piece: string): boolean {
  return piece === 'symbol' || piece === 'target';
}

/** `a0` or `(a0)` where an address is wanted. */
function registerAsSymbol(operand: Operand): string | undefined {
  const bare = operand[0]?.text === '(' && operand.at(-1)?.text === ')' ? operand.slice(1, -1) : operand;
  return bare.length === 1 && registers.has(bare[0]!.text) ? bare[0]!.text : undefined;
}

/** Accesses to a symbol take no number in its place. */
const takesNoNumber = /^(f?[ls][bhwd]u?|la\.tls\..*)$/;

function addressMismatch(form: Form, operand: Operand, names: Names): string | undefined {
  const isRelocation = operand[0]!.kind === 'relocation';
  // An access by register belongs to another form.
  const isAccess = operand.length > 3 && operand.at(-3)!.text === '(' && registers.has(operand.at(-2)!.text);
  const isNumber = takesNoNumber.test(form.mnemonic) && evaluate(operand, names.valueOf) !== undefined;
  return isRelocation || isAccess || isNumber ? `Not an address: ${textOf(operand)}` : undefined;
}

function numberMismatch(form: Form, piece: string, operand: Operand, names: Names): string | undefined {
  const [first] = operand;
  if (first === undefined) return 'An operand is missing';
  if (isAddress(piece)) return addressMismatch(form, operand, names);
  if (piece === 'tprel')
    return first.text === '%tprel_add' ? undefined : `Not a relocation function: ${textOf(operand)}`;
  const isRegister = registerAsSymbol(operand) !== undefined;
  const isAccess = operand.at(-1)!.text === ')' && registers.has(operand.at(-2)?.text ?? '');
  const isLabel = operand.length === 1 && names.isLabel(first.text);
  const isMisplaced = first.kind === 'relocation' && !['imm', 'upper', 'value'].includes(piece);
  if (isRegister || isAccess || isLabel || isMisplaced) return `Not a number: ${textOf(operand)}`;
  const range = rangeOf(form, piece);
  const value = range && evaluate(operand, names.valueOf);
  if (range === undefined || value === undefined) return undefined;
  // To an assembler for RV32, 0xffffffff is -1.
  const values = [value, BigInt.asIntN(32, value)];
  if (values.some((each) => each >= range.min && each <= range.max && each % BigInt(range.step) === 0n))
    return undefined;
  const step = range.step === 1 ? '' : `, a multiple of ${range.step}`;
  return `${value} does not fit: ${range.min} to ${range.max}${step}`;
}

function isWord(operand: Operand, word: string): boolean {
  return operand.length === 1 && operand[0]!.text === word;
}

export function textOf(operand: Operand): string {
  return operand.map(({ text }) => text).join('');
}
