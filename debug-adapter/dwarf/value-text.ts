import type { FrameView } from './expression';
import { elementAt, numberOf, realOf, type Typed } from './typed';
import type { CType } from './types';

/** Of a text behind a pointer. */
const textByteCountMax = 64;
const summaryElementCount = 8;

/** What is nowhere any more. */
const optimizedOut = '<optimized out>';
const unreadable = '<cannot be read>';
/** In a register that callees may have changed. */
const notSaved = '<not saved>';

/** As gdb prints it. */
export function textOf(typed: Typed, frame: FrameView): string {
  const { type, bytes, place } = typed;
  if (!bytes) return place && place.location.kind !== 'pieces' ? notSaved : optimizedOut;
  const number = numberOf(typed);
  switch (type.kind) {
    case 'structure':
      return bytes.length < type.byteCount ? unreadable : '{...}';
    case 'array':
      return arrayText(typed, type, frame);
    case 'other':
      return type.name;
    default:
      return number === undefined ? unreadable : scalarText(number, typed, frame);
  }
}

function scalarText(number: bigint, typed: Typed, frame: FrameView): string {
  const { type } = typed;
  switch (type.kind) {
    case 'boolean':
      return number === 0n ? 'false' : number === 1n ? 'true' : String(number);
    case 'character':
      return type.byteCount === 1 ? `${number} ${quoted([Number(BigInt.asUintN(8, number))], "'")}` : String(number);
    case 'float':
      return floatText(realOf(typed), type.byteCount);
    case 'enumeration':
      return enumerationText(number, type.enumerators);
    case 'pointer':
      return type.to.kind === 'character' && number !== 0n ? `${hex(number)} ${textAt(number, frame)}` : hex(number);
    default:
      return String(number);
  }
}

function enumerationText(number: bigint, enumerators: ReadonlyMap<bigint, string>): string {
  const name = enumerators.get(number);
  if (name !== undefined) return name;
  // Flags, of which several may be set.
  const names: string[] = [];
  let left = number;
  for (const [value, flag] of enumerators) {
    if (value <= 0n || (left & value) !== value) continue;
    names.push(flag);
    left &= ~value;
  }
  if (names.length === 0 || number < 0n) return String(number);
  return `(${[...names, ...(left === 0n ? [] : [`unknown: ${hex(left)}`])].join(' | ')})`;
}

function arrayText(typed: Typed, type: CType & { kind: 'array' }, frame: FrameView): string {
  const { bytes, missing } = typed;
  if (bytes!.length < type.byteCount) return unreadable;
  if (!missing && type.element.kind === 'character' && type.element.byteCount === 1) {
    const end = bytes!.indexOf(0);
    return quoted([...bytes!.subarray(0, end < 0 ? type.count : end)], '"');
  }
  const count = Math.min(type.count, summaryElementCount);
  const texts = Array.from({ length: count }, (_, index) => textOf(elementAt(typed, type, index), frame));
  return `{${texts.join(', ')}${type.count > count ? ', ...' : ''}}`;
}

function floatText(value: number | undefined, byteCount: number): string {
  // As many digits as tell every value from its neighbours.
  return value === undefined ? '<floating point>' : shortest(value, byteCount === 8 ? 17 : 9);
}

/** C's `%g`. */
function shortest(value: number, digitCount: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', exponent = '0'] = value.toExponential(digitCount - 1).split('e');
  const power = Number(exponent);
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (power >= -4 && power < digitCount) return trimmed(value.toFixed(digitCount - 1 - power));
  const sign = power < 0 ? '-' : '+';
  return `${trimmed(digits)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

function textAt(address: bigint, frame: FrameView): string {
  const bytes = frame.memory(address, textByteCountMax);
  if (bytes.length === 0) return unreadable;
  const end = bytes.indexOf(0);
  return end < 0 ? `${quoted([...bytes], '"')}...` : quoted([...bytes.subarray(0, end)], '"');
}

function quoted(bytes: readonly number[], quote: string): string {
  const text = bytes.map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === quote || character === '\\') return `\\${character}`;
    const short = escapes[byte];
    if (short !== undefined) return short;
    return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : character;
  });
  return `${quote}${text.join('')}${quote}`;
}

const escapes: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\033',
};

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
