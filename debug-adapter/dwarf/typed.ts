import type { FrameView, Location } from './expression';
import { wordOf } from './expression';
import type { CType, Member } from './types';

/** Bytes with a type, and where they are. */
export interface Typed {
  readonly type: CType;
  /** Undefined: optimized out, or not saved. Fewer than the type has: not to be read. */
  readonly bytes: Uint8Array | undefined;
  /** Undefined: nowhere. */
  readonly place?: Place | undefined;
  readonly bits?: Member['bits'];
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
  const bytes = bytesAt(location, type.byteCount, frame);
  return { type, bytes, place: { location, offset: 0, isWhole: true } };
}

export function inMemory(type: CType, address: bigint, frame: FrameView): Typed {
  return typedAt(type, { kind: 'memory', address: BigInt.asUintN(64, address) }, frame);
}

/** As it is by now. */
export function reread(typed: Typed, frame: FrameView): Typed {
  const { place } = typed;
  if (!place) return typed;
  const end = place.offset + byteCountOf(typed);
  return { ...typed, bytes: bytesAt(place.location, end, frame)?.subarray(place.offset, end) };
}

export function addressOf({ place }: Typed): bigint | undefined {
  return place?.location.kind === 'memory' ? place.location.address + BigInt(place.offset) : undefined;
}

export function byteCountOf({ type, bits }: Pick<Typed, 'type' | 'bits'>): number {
  return bits ? Math.ceil((bits.offset + bits.count) / 8) : type.byteCount;
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

export function memberAt(whole: Typed, { type, offset, bits }: Member): Typed {
  return partAt(whole, { type, ...(bits && { bits }) }, offset);
}

export function elementAt(whole: Typed, { element }: CType & { kind: 'array' }, index: number): Typed {
  return partAt(whole, { type: element }, index * element.byteCount);
}

function partAt({ bytes, place }: Typed, part: Pick<Typed, 'type' | 'bits'>, offset: number): Typed {
  return {
    ...part,
    bytes: bytes?.subarray(offset, offset + byteCountOf(part)),
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
