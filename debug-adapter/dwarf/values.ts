import type { Composite, Value, Variable } from '../debuggee/thread';
import type { FrameView, Location } from './expression';
import { wordOf } from './expression';
import type { CType, Member } from './types';
import type { SourceVariable } from './variables';

/** More elements of an array than anybody unfolds. */
const elementCountMax = 1000;
/** Of a text behind a pointer. */
const textByteCountMax = 64;
const summaryElementCount = 8;

/** What is nowhere any more. */
const optimizedOut = '<optimized out>';
const unreadable = '<cannot be read>';
/** In a register that callees may have changed. */
const notSaved = '<not saved>';

/** Bytes with a type, and where they are if that is memory. */
interface Typed {
  readonly type: CType;
  /** Undefined: optimized out. Fewer than the type has: not to be read. */
  readonly bytes: Uint8Array | undefined;
  readonly address?: bigint | undefined;
  readonly bits?: Member['bits'];
  /** Where it is, is known: what is there, is not. */
  readonly isNotSaved?: boolean;
}

/** A variable of a frame, as a debugger lists it. */
export function shownVariable(variable: SourceVariable, frame: FrameView): Variable {
  const { name, type } = variable;
  return shown(name, typedAt(type, variable.locate(frame), frame), frame);
}

/** The same as an expression may use it. */
export function operandOf(variable: SourceVariable, frame: FrameView): Value | Composite {
  return operand(typedAt(variable.type, variable.locate(frame), frame), frame);
}

function typedAt(type: CType, location: Location | undefined, frame: FrameView): Typed {
  if (location?.kind === 'memory') return inMemory(type, location.address, frame);
  const bytes = location && bytesAt(location, type.byteCount, frame);
  return { type, bytes, isNotSaved: location !== undefined && location.kind !== 'pieces' };
}

function inMemory(type: CType, address: bigint, frame: FrameView): Typed {
  return { type, bytes: frame.memory(address, type.byteCount), address };
}

function bytesAt(location: Location, byteCount: number, frame: FrameView): Uint8Array | undefined {
  switch (location.kind) {
    case 'memory':
      return frame.memory(location.address, byteCount);
    case 'register': {
      const value = frame.register(location.register);
      return value === undefined ? undefined : wordOf(value).subarray(0, byteCount);
    }
    case 'bytes':
      return location.bytes.subarray(0, byteCount);
    case 'pieces': {
      const parts = location.pieces.map((piece) => piece.location && bytesAt(piece.location, piece.byteCount, frame));
      if (parts.some((part) => part === undefined)) return undefined;
      return Uint8Array.from(parts.flatMap((part) => [...part!]));
    }
  }
}

function shown(name: string, typed: Typed, frame: FrameView): Variable {
  const { type, address } = typed;
  const children = partsOf(typed, frame);
  return {
    name,
    value: textOf(typed, frame),
    kind: 'plain',
    type: type.name,
    ...(address !== undefined && { address }),
    ...(children && {
      get children() {
        return children();
      },
    }),
  };
}

/** A number where it is one; else a thing with parts. */
function operand(typed: Typed, frame: FrameView): Value | Composite {
  const { type } = typed;
  const number = numberOf(typed);
  const isNumber =
    type.kind !== 'structure' && type.kind !== 'array' && type.kind !== 'pointer' && type.kind !== 'float';
  if (number !== undefined && isNumber) return number;
  const target = number !== undefined && type.kind === 'pointer' ? inMemory(type.to, number, frame) : undefined;
  return {
    summary: textOf(typed, frame),
    ...(number !== undefined && { number }),
    element: (index) => {
      const part = elementOf(typed, index, frame);
      return part && operand(part, frame);
    },
    member: (name) => {
      const part = memberOf(target ?? typed, name, frame);
      return part && operand(part, frame);
    },
    get children() {
      return partsOf(typed, frame)?.() ?? [];
    },
  };
}

/** Undefined: it has none. */
function partsOf(typed: Typed, frame: FrameView): (() => Variable[]) | undefined {
  const { type, bytes } = typed;
  if (!bytes || bytes.length < type.byteCount) return undefined;
  if (type.kind === 'structure') {
    return () => type.members.map((member) => shown(member.name || member.type.name, memberAt(typed, member), frame));
  }
  if (type.kind === 'array') {
    const count = Math.min(type.count, elementCountMax);
    return () => Array.from({ length: count }, (_, index) => shown(`[${index}]`, elementAt(typed, type, index), frame));
  }
  const address = numberOf(typed);
  if (type.kind !== 'pointer' || !address || type.to.byteCount === 0) return undefined;
  const target = inMemory(type.to, address, frame);
  if (target.bytes!.length < type.to.byteCount) return undefined;
  // What a pointer leads to is unfolded at once, if it has parts.
  return (type.to.kind === 'structure' && partsOf(target, frame)) || (() => [shown('*', target, frame)]);
}

function memberAt({ bytes, address }: Typed, { type, offset, bits }: Member): Typed {
  const byteCount = bits ? Math.ceil((bits.offset + bits.count) / 8) : type.byteCount;
  const part = bytes?.subarray(offset, offset + byteCount);
  return {
    type,
    bytes: part,
    ...(address !== undefined && { address: address + BigInt(offset) }),
    ...(bits && { bits }),
  };
}

function elementAt({ bytes, address }: Typed, { element }: CType & { kind: 'array' }, index: number): Typed {
  const offset = index * element.byteCount;
  const part = bytes?.subarray(offset, offset + element.byteCount);
  return { type: element, bytes: part, ...(address !== undefined && { address: address + BigInt(offset) }) };
}

function elementOf(typed: Typed, index: bigint, frame: FrameView): Typed | undefined {
  const { type, address } = typed;
  if (type.kind === 'array' && address === undefined) {
    return index >= 0n && index < BigInt(type.count) ? elementAt(typed, type, Number(index)) : undefined;
  }
  const [element, base] = type.kind === 'array' ? [type.element, address] : [behind(type), numberOf(typed)];
  if (!element || base === undefined) return undefined;
  return inMemory(element, BigInt.asUintN(64, base + index * BigInt(element.byteCount)), frame);
}

function behind(type: CType): CType | undefined {
  return type.kind === 'pointer' && type.to.byteCount > 0 ? type.to : undefined;
}

/** Also in structures without a name. */
function memberOf(typed: Typed, name: string, frame: FrameView): Typed | undefined {
  const { type } = typed;
  if (type.kind !== 'structure') return undefined;
  for (const member of type.members) {
    const part = memberAt(typed, member);
    if (member.name === name) return part;
    const inner = member.name === '' ? memberOf(part, name, frame) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** Of an integer, an enumerator, a pointer. */
function numberOf({ type, bytes, bits }: Typed): bigint | undefined {
  const needed = bits ? Math.ceil((bits.offset + bits.count) / 8) : type.byteCount;
  if (!bytes || bytes.length < needed || needed === 0 || needed > 16) return undefined;
  if (type.kind === 'structure' || type.kind === 'array' || type.kind === 'other') return undefined;
  const all = bytes.subarray(0, needed).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const bitCount = bits?.count ?? 8 * needed;
  const value = BigInt.asUintN(bitCount, all >> BigInt(bits?.offset ?? 0));
  return 'isSigned' in type && type.isSigned ? BigInt.asIntN(bitCount, value) : value;
}

/** As gdb prints it. */
function textOf(typed: Typed, frame: FrameView): string {
  const { type, bytes, isNotSaved = false } = typed;
  if (!bytes) return isNotSaved ? notSaved : optimizedOut;
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

function scalarText(number: bigint, { type, bytes }: Typed, frame: FrameView): string {
  switch (type.kind) {
    case 'boolean':
      return number === 0n ? 'false' : number === 1n ? 'true' : String(number);
    case 'character':
      return type.byteCount === 1 ? `${number} ${quoted([Number(BigInt.asUintN(8, number))], "'")}` : String(number);
    case 'float':
      return floatText(bytes!, type.byteCount);
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
  const { bytes } = typed;
  if (bytes!.length < type.byteCount) return unreadable;
  if (type.element.kind === 'character' && type.element.byteCount === 1) {
    const end = bytes!.indexOf(0);
    return quoted([...bytes!.subarray(0, end < 0 ? type.count : end)], '"');
  }
  const count = Math.min(type.count, summaryElementCount);
  const texts = Array.from({ length: count }, (_, index) => textOf(elementAt(typed, type, index), frame));
  return `{${texts.join(', ')}${type.count > count ? ', ...' : ''}}`;
}

function floatText(bytes: Uint8Array, byteCount: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // As many digits as tell every value from its neighbours.
  if (byteCount === 8) return shortest(view.getFloat64(0, true), 17);
  if (byteCount === 4) return shortest(view.getFloat32(0, true), 9);
  return '<floating point>';
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
