import { DebuggeeError } from '../debuggee/debuggee';
import type { Composite, Value, ValueWrite } from '../debuggee/thread';
import { type FrameView, type Location, wordOf } from './expression';
import { byteCountOf, type Place, type Typed } from './typed';
import type { CType } from './types';

const wordByteCount = 8;
const firstFloatRegister = 32;

/** What has to be written for a variable, or a part of one, to hold a value. @throws DebuggeeError */
export function writesOf(typed: Typed, value: Value | Composite, frame: FrameView): ValueWrite[] {
  const { place, bytes, type } = typed;
  if (type.kind === 'other' || byteCountOf(typed) === 0) throw refusal(`\`${type.name}\` cannot be assigned.`);
  if (!place) throw refusal('It is optimized out here.');
  const encoded = encodedIn(typed, value);
  if (!bytes || bytes.length < encoded.length) throw refusal('Its memory cannot be accessed.');
  return placed(place, encoded, type, frame);
}

function encodedIn(typed: Typed, value: Value | Composite): Uint8Array {
  switch (typed.type.kind) {
    case 'structure':
    case 'array':
      return partsBytes(typed.type, value);
    case 'float':
      return floatBytes(typed.type, value);
    default:
      return integerBytes(typed, value);
  }
}

/** As C assigns a structure, from another one; here an array too. */
function partsBytes({ name, byteCount }: CType, value: Value | Composite): Uint8Array {
  const source = typeof value === 'object' ? value.source : undefined;
  if (source?.type !== name || source.byteCount !== byteCount) {
    throw refusal(`\`${name}\` can only be set to another value of its type, or member by member.`);
  }
  if (source.bytes?.length !== byteCount) throw refusal('The value to copy cannot be read.');
  return source.bytes;
}

function placed({ location, offset, isWhole }: Place, bytes: Uint8Array, type: CType, frame: FrameView): ValueWrite[] {
  switch (location.kind) {
    case 'memory':
      return [{ kind: 'memory', address: BigInt.asUintN(64, location.address + BigInt(offset)), bytes }];
    case 'register': {
      const { register } = location;
      const all = isWhole ? extended(bytes, type, register >= firstFloatRegister) : bytes;
      return [inRegister(register, all, offset, frame)];
    }
    case 'bytes':
      throw refusal('It is a constant here: the compiler has stored it nowhere.');
    case 'pieces':
      return inPieces(location, bytes, offset, type, frame);
  }
}

function inPieces(
  { pieces }: Location & { kind: 'pieces' },
  bytes: Uint8Array,
  offset: number,
  type: CType,
  frame: FrameView,
): ValueWrite[] {
  const writes: ValueWrite[] = [];
  let start = 0;
  for (const { location, byteCount } of pieces) {
    const [low, high] = [Math.max(offset, start), Math.min(offset + bytes.length, start + byteCount)];
    if (low < high) {
      if (!location) throw refusal('Part of it is optimized out here.');
      const part = { location, offset: low - start, isWhole: false };
      writes.push(...placed(part, bytes.subarray(low - offset, high - offset), type, frame));
    }
    start += byteCount;
  }
  return writes;
}

function inRegister(register: number, bytes: Uint8Array, offset: number, frame: FrameView): ValueWrite {
  const place = frame.registerPlace(register);
  const before = frame.register(register);
  if (!place || before === undefined) {
    throw refusal('It is in a register that a function called from here may have saved: select an inner frame.');
  }
  const word = wordOf(before);
  if (offset + bytes.length > word.length) throw refusal('Only part of it is in a known register.');
  word.set(bytes, offset);
  if (place.kind === 'memory') return { ...place, bytes: word };
  return { ...place, value: new DataView(word.buffer).getBigUint64(0, true) };
}

/** Of a value that is cast to a type, as C cuts it. @throws DebuggeeError */
export function bytesOf(type: CType, value: Value | Composite): Uint8Array {
  const { kind, name, byteCount } = type;
  if (kind === 'structure' || kind === 'array' || kind === 'other') {
    throw new DebuggeeError('no-cast', `Cannot cast to \`${name}\`: only to numbers and pointers.`);
  }
  if (kind === 'float') return floatBytes(type, value);
  const real = realNumber(value);
  const isExact = typeof value !== 'number' && !(typeof value === 'object' && value.number === undefined);
  const number = isExact || real === undefined ? wholeNumber(value, type) : BigInt(Math.trunc(real));
  const cut = kind === 'boolean' ? BigInt(number !== 0n) : number;
  return Uint8Array.from({ length: byteCount }, (_, index) => Number((cut >> BigInt(8 * index)) & 0xffn));
}

/** To a whole register, as the RISC-V psABI has it: words signed, less as their type says, floats in a box of ones. */
function extended(bytes: Uint8Array, type: CType, isInFloatRegister: boolean): Uint8Array {
  if (bytes.length >= wordByteCount || type.kind === 'structure') return bytes;
  const isSigned = bytes.length === 4 || ('isSigned' in type && type.isSigned);
  const ones = isInFloatRegister || (isSigned && bytes.at(-1)! >= 0x80);
  const word = new Uint8Array(wordByteCount).fill(ones ? 0xff : 0);
  word.set(bytes);
  return word;
}

function floatBytes({ name, byteCount }: CType, value: Value | Composite): Uint8Array {
  const number = realNumber(value);
  if (number === undefined) throw refusal(`\`${name}\` needs a number, such as 1.5.`);
  const view = new DataView(new ArrayBuffer(byteCount));
  if (byteCount === 8) view.setFloat64(0, number, true);
  else if (byteCount === 4) view.setFloat32(0, number, true);
  else throw refusal(`\`${name}\` cannot be written: only floating-point numbers of 4 or 8 bytes can.`);
  return new Uint8Array(view.buffer);
}

function realNumber(value: Value | Composite): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return undefined;
  return value.real ?? (value.number === undefined ? undefined : Number(value.number));
}

/** With what is around a bit field. */
function integerBytes(typed: Typed, value: Value | Composite): Uint8Array {
  const { type, bits, bytes } = typed;
  const byteCount = byteCountOf(typed);
  const bitCount = BigInt(bits?.count ?? 8 * byteCount);
  const given = wholeNumber(value, type);
  const number = type.kind === 'boolean' && given !== 0n ? 1n : given;
  if (number < -(1n << (bitCount - 1n)) || number >= 1n << bitCount) {
    throw refusal(`${number} does not fit into ${bitCount} ${bitCount === 1n ? 'bit' : 'bits'}.`);
  }
  const shift = BigInt(bits?.offset ?? 0);
  const mask = ((1n << bitCount) - 1n) << shift;
  const before = (bytes ?? new Uint8Array(0)).reduceRight((all, byte) => (all << 8n) | BigInt(byte), 0n);
  const around = before & ~mask;
  const all = around | ((number << shift) & mask);
  return Uint8Array.from({ length: byteCount }, (_, index) => Number((all >> BigInt(8 * index)) & 0xffn));
}

function wholeNumber(value: Value | Composite, { name }: CType): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^[\0-\xff]$/.test(value)) return BigInt(value.charCodeAt(0));
  if (typeof value === 'object' && value.number !== undefined) return value.number;
  throw refusal(`\`${name}\` needs a whole number.`);
}

function refusal(reason: string): DebuggeeError {
  return new DebuggeeError('not-writable', `Nothing was written. ${reason}`);
}
