import type { Debuggee, DisassembledInstruction } from '../debuggee/debuggee';
import { whole } from '../debuggee/pieces';
import { firstOf, type ThreadId, type Variable } from '../debuggee/thread';
import { badExpression } from './errors';
import { type NumberFormat, numberFormats, numberIn } from './number-formats';
import { numberOf, type Operand } from './operators';
import { valueText } from './value-text';

/** Where a command looks from. */
export interface PointOfView {
  readonly debuggee: Debuggee;
  readonly thread: ThreadId;
  /** The value of an expression. */
  evaluate(text: string): Operand;
}

type Command = (view: PointOfView, match: RegExpExecArray) => string;

/** More than anybody reads. */
const countMax = 65_536;
const stringByteCountMax = 256;
const unitByteCounts: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, g: 8 };

const commands: readonly (readonly [RegExp, Command])[] = [
  [/^x(?:\/(\d*)([a-z]*))?\s+(.+)$/s, examine],
  [/^(?:p|print|inspect|output)(?:\/([a-z]))?\s+(.+)$/s, print],
  [/^(?:info\s+registers|info\s+reg|i\s+r)(?:\s+(.+))?$/, registers],
  [/^(?:bt|backtrace|where)$/, backtrace],
];

/** How completions offer them. */
export const gdbCommandNames: readonly string[] = ['x/', 'p', 'p/x', 'info registers', 'bt'];

/** What a line of the debug console prints if it is one of gdb's commands. */
export function gdbCommand(line: string, view: PointOfView): string | undefined {
  for (const [pattern, run] of commands) {
    const match = pattern.exec(line.trim());
    if (match) return run(view, match);
  }
  return undefined;
}

function print({ evaluate }: PointOfView, [, format, text]: RegExpExecArray): string {
  const given = evaluate(text!);
  if (format === undefined) return valueText(given);
  const value = numberOf(given);
  const known = formatOf(format, `p/${format}`);
  if (typeof value !== 'bigint') throw badExpression(text!, `/${format} is for numbers`);
  return numberIn(known, value, 8);
}

function formatOf(letter: string, text: string): NumberFormat {
  if (letter in numberFormats) return letter as NumberFormat;
  throw badExpression(text, `the formats are ${Object.keys(numberFormats).join(', ')}`);
}

/** `x/8xw $sp`: a count, a format (gdb's, `i` for instructions, `s` for strings) and the size of a unit. */
function examine(view: PointOfView, [line, digits, letters = '', text]: RegExpExecArray): string {
  const size = [...letters].find((letter) => letter in unitByteCounts) ?? (letters === 'c' ? 'b' : 'w');
  const format = [...letters].find((letter) => !(letter in unitByteCounts)) ?? 'x';
  const count = digits ? Number(digits) : 1;
  if (count > countMax) throw badExpression(line, `no more than ${countMax} at once`);
  const value = addressOf(view, text!);
  if (format === 'i') return examineCode(view, value, count);
  if (format === 's') return examineStrings(view, value, count);
  return examineUnits(view, value, { count, format: formatOf(format, line), byteCount: unitByteCounts[size]! });
}

function addressOf({ evaluate }: PointOfView, text: string): bigint {
  const given = evaluate(text);
  const number = numberOf(given);
  // An array is a pointer to its first element.
  const value = typeof given === 'object' && typeof number === 'object' ? given.source?.address : number;
  if (typeof value !== 'bigint') throw badExpression(text, 'x needs an address');
  return BigInt.asUintN(64, value);
}

interface Units {
  readonly count: number;
  readonly format: NumberFormat;
  readonly byteCount: number;
}

function examineUnits({ debuggee, thread }: PointOfView, address: bigint, { count, format, byteCount }: Units): string {
  const bytes = debuggee.readMemory(thread, address, count * byteCount);
  const perLine = Math.max(2, Math.min(8, 16 / byteCount));
  const lines: string[] = [];
  for (let index = 0; index < count; index += perLine) {
    const cells: string[] = [];
    for (let at = index; at < Math.min(index + perLine, count); at++) {
      const unit = bytes.subarray(at * byteCount, (at + 1) * byteCount);
      if (unit.length < byteCount) break;
      cells.push(numberIn(format, littleEndian(unit), byteCount));
    }
    if (cells.length > 0) lines.push(`${addressText(address + BigInt(index * byteCount))}:\t${cells.join('\t')}`);
  }
  const readable = Math.floor(bytes.length / byteCount);
  if (readable < count) lines.push(cannotRead(address + BigInt(readable * byteCount)));
  return lines.join('\n');
}

function examineCode({ debuggee, thread }: PointOfView, address: bigint, count: number): string {
  const pc = debuggee.names(thread).lookup('pc');
  // The debuggee shows code as the page tables have it of the hart whose stack was asked for last.
  debuggee.stack(thread);
  return whole(debuggee.disassemble(address, 0, count))
    .map((instruction) => instructionLine(instruction, instruction.address === pc))
    .join('\n');
}

function instructionLine({ address, bytes, text, symbol }: DisassembledInstruction, isNext: boolean): string {
  if (bytes.length === 0) return cannotRead(address);
  const name = symbol === undefined ? '' : ` <${symbol}>`;
  return `${isNext ? '=>' : '  '} ${addressText(address)}${name}:\t${text}`;
}

function examineStrings({ debuggee, thread }: PointOfView, address: bigint, count: number): string {
  const lines: string[] = [];
  let at = address;
  for (let index = 0; index < count; index++) {
    const bytes = debuggee.readMemory(thread, at, stringByteCountMax);
    if (bytes.length === 0) return [...lines, cannotRead(at)].join('\n');
    const end = bytes.indexOf(0);
    const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
    lines.push(`${addressText(at)}:\t${JSON.stringify(text)}${end < 0 ? '...' : ''}`);
    at += BigInt(end < 0 ? bytes.length : end + 1);
  }
  return lines.join('\n');
}

/** As gdb: the integer registers and pc, or those that are named, each in both notations. */
function registers({ debuggee, thread }: PointOfView, [, names]: RegExpExecArray): string {
  const hart = registersOf(debuggee, thread);
  const shown = names
    ? names.split(/[\s,]+/).map((name): Variable => {
        const known = name.replace(/^\$/, '');
        const value = debuggee.names(thread).lookup(known);
        if (typeof value !== 'bigint') throw badExpression(name, 'it is not a register');
        return { name: known, value, kind: 'register' };
      })
    : hart;
  return shown.map(registerLine).join('\n');
}

/** Of a VMM thread: the first hart's. Where none is known, why. */
function registersOf(debuggee: Debuggee, thread: ThreadId): readonly Variable[] {
  const registersIn = (id: ThreadId) => debuggee.scopes(id, 0).find(({ kind }) => kind === 'registers');
  const { variables = [] } = registersIn(thread) ?? registersIn(firstOf('hart', debuggee.threads())) ?? {};
  const numbers = variables.filter(({ value }) => typeof value === 'bigint');
  return numbers.length > 0 ? numbers : variables;
}

function registerLine({ name, value }: Variable): string {
  if (typeof value !== 'bigint') return `${name}: ${value}`;
  return `${name.padEnd(14)} ${`0x${value.toString(16)}`.padEnd(18)} ${BigInt.asIntN(64, value)}`;
}

function backtrace({ debuggee, thread }: PointOfView): string {
  return debuggee
    .stack(thread)
    .map((frame, index) => {
      const number = `#${index}`.padEnd(3);
      if (frame.kind === 'guest') return `${number} ${addressText(frame.pc)} in ${frame.name}`;
      return frame.kind === 'vmm'
        ? `${number} ${frame.name} at ${frame.file}:${frame.line}`
        : `${number} <${frame.name}>`;
    })
    .join('\n');
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function addressText(address: bigint): string {
  return `0x${BigInt.asUintN(64, address).toString(16)}`;
}

function cannotRead(address: bigint): string {
  return `Cannot access memory at address ${addressText(address)}`;
}
