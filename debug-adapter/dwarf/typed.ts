import type { FrameView, Location, Piece } from './expression';
import { wordOf } from './expression';
import type { CType, Member } from './types';

/** What a compiler splits is small; what is damaged may claim anything. */
const splitByteCountMax = 1 << 16;

/** Bytes with a type, and where they are. */
export interface Typed extends Known {
  readonly type: CType;
  /** Undefined: nowhere. */
  readonly place?: Place | undefined;
  readonly bits?: Member['bits'];
}

interface Known {
  /** Undefined: optimized out, or not saved. Fewer than the type has: not to be read. */
  readonly bytes: Uint8Array | undefined;
  /** Of what has parts, some of which are nowhere: 1 for each of those bytes. */
  readonly missing?: Uint8Array;
}

export interface Place {
  readonly location: Location;
  /** Of the value in what is there. */
  readonly offset: number;
  /** All that is there is the value. */
  readonly isWhole: boolean;
}

export function typedAt(type: CType, location: Location | undefined, frame: FrameView): Typed {
  if (!location) return { type, bytes: undefined };
  const place = { location, offset: 0, isWhole: true };
  return { type, ...known(type, heldAt(location, type.byteCount, frame)), place };
}

export function inMemory(type: CType, address: bigint, frame: FrameView): Typed {
  return typedAt(type, { kind: 'memory', address: BigInt.asUintN(64, address) }, frame);
}

/** As it is by now. */
export function reread(typed: Typed, frame: FrameView): Typed {
  const { place } = typed;
  if (!place) return typed;
  const end = place.offset + byteCountOf(typed);
  const { type, bits } = typed;
  return {
    type,
    place,
    ...(bits && { bits }),
    ...known(type, part(heldAt(place.location, end, frame), place.offset, end)),
  };
}

export function addressOf({ place }: Typed): bigint | undefined {
  return place?.location.kind === 'memory' ? place.location.address + BigInt(place.offset) : undefined;
}

export function byteCountOf({ type, bits }: Pick<Typed, 'type' | 'bits'>): number {
  return bits ? Math.ceil((bits.offset + bits.count) / 8) : type.byteCount;
}

function heldAt(location: Location, byteCount: number, frame: FrameView): Known {
  switch (location.kind) {
    case 'memory':
      return { bytes: frame.memory(location.address, byteCount) };
    case 'register': {
      const value = frame.register(location.register);
      return { bytes: value === undefined ? undefined : wordOf(value).subarray(0, byteCount) };
    }
    case 'bytes':
      return { bytes: location.bytes.subarray(0, byteCount) };
    case 'pieces':
      return joined(location.pieces, byteCount, frame);
  }
}

function joined(pieces: readonly Piece[], byteCount: number, frame: FrameView): Known {
  if (byteCount > splitByteCountMax) return { bytes: undefined };
  const bytes = new Uint8Array(byteCount);
  const missing = new Uint8Array(byteCount).fill(1);
  let at = 0;
  for (const { location, byteCount: count } of pieces) {
    const room = Math.min(count, Math.max(0, byteCount - at));
    const held = location && heldAt(location, room, frame).bytes;
    if (held) {
      bytes.set(held, at);
      missing.fill(0, at, at + held.length);
    }
    at += count;
  }
  return { bytes, missing };
}

function part({ bytes, missing }: Known, begin: number, end: number): Known {
  return { bytes: bytes?.subarray(begin, end), ...(missing && { missing: missing.subarray(begin, end) }) };
}

/** Of a number that is known in part nothing is known. */
function known({ kind }: CType, { bytes, missing }: Known): Known {
  if (!missing?.includes(1)) return { bytes };
  const hasParts = kind === 'structure' || kind === 'array';
  return hasParts && missing.includes(0) ? { bytes, missing } : { bytes: undefined };
}

export function memberAt(whole: Typed, { type, offset, bits }: Member): Typed {
  return partAt(whole, { type, ...(bits && { bits }) }, offset);
}

export function elementAt(whole: Typed, { element }: CType & { kind: 'array' }, index: number): Typed {
  return partAt(whole, { type: element }, index * element.byteCount);
}

function partAt(whole: Typed, of: Pick<Typed, 'type' | 'bits'>, offset: number): Typed {
  const { place } = whole;
  return {
    ...of,
    ...known(of.type, part(whole, offset, offset + byteCountOf(of))),
    place: place && { ...place, offset: place.offset + offset, isWhole: false },
  };
}

/** Of an array, or behind a pointer. */
export function elementOf(typed: Typed, index: bigint, frame: FrameView): Typed | undefined {
  const { type } = typed;
  const address = addressOf(typed);
  if (type.kind === 'array' && address === undefined) {
    return index >= 0n && index < BigInt(type.count) ? elementAt(typed, type, Number(index)) : undefined;
  }
  const [element, base] = type.kind === 'array' ? [type.element, address] : [behind(type), numberOf(typed)];
  if (!element || base === undefined) return undefined;
  return inMemory(element, base + index * BigInt(element.byteCount), frame);
}

function behind(type: CType): CType | undefined {
  return type.kind === 'pointer' && type.to.byteCount > 0 ? type.to : undefined;
}

/** Also in structures without a name. */
export function memberOf(typed: Typed, name: string): Typed | undefined {
  const { type } = typed;
  if (type.kind !== 'structure') return undefined;
  for (const member of type.members) {
    const part = memberAt(typed, member);
    if (member.name === name) return part;
    const inner = member.name === '' ? memberOf(part, name) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** Of an integer, an enumerator, a pointer; the bits of a floating-point number. */
export function numberOf(typed: Typed): bigint | undefined {
  const { type, bytes, bits } = typed;
  const needed = byteCountOf(typed);
  if (!bytes || bytes.length < needed || needed === 0 || needed > 16) return undefined;
  if (type.kind === 'structure' || type.kind === 'array' || type.kind === 'other') return undefined;
  const all = bytes.subarray(0, needed).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const bitCount = bits?.count ?? 8 * needed;
  const value = BigInt.asUintN(bitCount, all >> BigInt(bits?.offset ?? 0));
  return 'isSigned' in type && type.isSigned ? BigInt.asIntN(bitCount, value) : value;
}

/** Of a floating-point number that has one here too. */
export function realOf({ type, bytes }: Typed): number | undefined {
  if (type.kind !== 'float' || !bytes || bytes.length < type.byteCount) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type.byteCount === 8) return view.getFloat64(0, true);
  return type.byteCount === 4 ? view.getFloat32(0, true) : undefined;
}
