import { attributes, tags } from './constants';
import type { DebugFile } from './debug-file';
import { Reader } from './reader';
import { orNothing } from './sections';
import type { Entry } from './unit';

/** A type as C has it. What it is made of is read when it is asked for: types refer to each other in circles. */
export type CType =
  | {
      readonly kind: 'integer' | 'character' | 'boolean';
      readonly name: string;
      readonly byteCount: number;
      readonly isSigned: boolean;
    }
  | { readonly kind: 'float'; readonly name: string; readonly byteCount: number }
  | {
      readonly kind: 'enumeration';
      readonly name: string;
      readonly byteCount: number;
      readonly isSigned: boolean;
      readonly enumerators: ReadonlyMap<bigint, string>;
    }
  | { readonly kind: 'pointer'; readonly byteCount: number; readonly name: string; readonly to: CType }
  | {
      readonly kind: 'array';
      readonly name: string;
      readonly byteCount: number;
      readonly element: CType;
      readonly count: number;
    }
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly byteCount: number;
      readonly members: readonly Member[];
    }
  /** Nothing that can be shown: `void`, a function, what is damaged. */
  | { readonly kind: 'other'; readonly name: string; readonly byteCount: number };

export interface Member {
  /** Empty for one that is a structure without a name. */
  readonly name: string;
  readonly type: CType;
  readonly offset: number;
  /** Of a bit field, from the lowest bit of the byte at `offset`. */
  readonly bits?: { readonly offset: number; readonly count: number };
}

/** Type of a type of a type. */
const depthMax = 64;
/** DW_OP_plus_uconst. */
const addConstant = 0x23;
export const void_: CType = { kind: 'other', name: 'void', byteCount: 0 };
const unknown: CType = { kind: 'other', name: '?', byteCount: 0 };

/** The types of one file. */
export class Types {
  readonly #known = new Map<number, CType>();

  constructor(private readonly file: DebugFile) {}

  /** Of an entry that has one. */
  of(entry: Entry, depth = 0): CType {
    if (depth > depthMax) return unknown;
    const type = orNothing(() => this.file.referred(entry, attributes.type));
    return type ? this.read(type, depth) : void_;
  }

  /** The one that an entry declares. */
  read(type: Entry, depth = 0): CType {
    const known = this.#known.get(type.offset);
    if (known) return known;
    const read = orNothing(() => this.#read(type, depth + 1)) ?? unknown;
    this.#known.set(type.offset, read);
    return read;
  }

  #read(entry: Entry, depth: number): CType {
    const name = entry.text(attributes.name) ?? '';
    const byteCount = entry.number(attributes.byteSize) ?? 0;
    switch (entry.tag) {
      case tags.baseType:
        return baseType(name, byteCount, entry.number(attributes.encoding) ?? 0);
      case tags.typedef:
        return { ...this.of(entry, depth), name };
      case tags.constType:
      case tags.volatileType:
      case tags.restrictType:
      case tags.atomicType:
        return this.of(entry, depth);
      case tags.pointerType:
      case tags.referenceType:
        return this.#pointer(entry, depth);
      case tags.arrayType:
        return this.#array(entry, depth);
      case tags.structureType:
      case tags.classType:
      case tags.unionType:
        return this.#structure(entry, name, byteCount);
      case tags.enumerationType:
        return this.#enumeration(entry, name, byteCount);
      default:
        return { kind: 'other', name: name || 'function', byteCount };
    }
  }

  #pointer(entry: Entry, depth: number): CType {
    const types = this;
    return {
      kind: 'pointer',
      byteCount: entry.number(attributes.byteSize) ?? entry.unit.header.addressByteCount,
      get name() {
        return pointerName(this.to);
      },
      get to() {
        return types.of(entry, depth);
      },
    };
  }

  #array(entry: Entry, depth: number): CType {
    let type = this.of(entry, depth);
    const counts = [...entry.children].filter(({ tag }) => tag === tags.subrangeType).map(countOf);
    for (const count of counts.reverse()) {
      const element = type;
      type = { kind: 'array', name: arrayName(element, count), byteCount: element.byteCount * count, element, count };
    }
    return type;
  }

  #structure(entry: Entry, name: string, byteCount: number): CType {
    const types = this;
    const keyword = entry.tag === tags.unionType ? 'union' : 'struct';
    return {
      kind: 'structure',
      name: name === '' ? `${keyword} {...}` : `${keyword} ${name}`,
      byteCount,
      get members() {
        const members = orNothing(() => [...entry.children].flatMap((child) => types.#member(child))) ?? [];
        Object.defineProperty(this, 'members', { value: members });
        return members;
      },
    };
  }

  #member(entry: Entry): Member[] {
    const place = placeOf(entry);
    if (entry.tag !== tags.member || entry.get(attributes.external)) return [];
    const type = this.of(entry);
    const name = entry.text(attributes.name) ?? '';
    const count = entry.number(attributes.bitSize);
    if (count === undefined) return [{ name, type, offset: place }];
    const start = entry.number(attributes.dataBitOffset);
    // DWARF 3 counts from the highest bit of the storage unit.
    const old = 8 * (place + (entry.number(attributes.byteSize) ?? type.byteCount));
    const bit = start ?? old - (entry.number(attributes.bitOffset) ?? 0) - count;
    return [{ name, type, offset: Math.floor(bit / 8), bits: { offset: bit % 8, count } }];
  }

  #enumeration(entry: Entry, name: string, byteCount: number): CType {
    const enumerators = new Map<bigint, string>();
    let isSigned = false;
    for (const child of entry.children) {
      const value = child.get(attributes.constValue);
      if (child.tag !== tags.enumerator || value?.kind !== 'constant') continue;
      if (value.value < 0n) isSigned = true;
      enumerators.set(value.value, child.text(attributes.name) ?? '?');
    }
    return { kind: 'enumeration', name: name === '' ? 'enum {...}' : `enum ${name}`, byteCount, isSigned, enumerators };
  }
}

/** DW_ATE_… of section 7.8. */
function baseType(name: string, byteCount: number, encoding: number): CType {
  switch (encoding) {
    case 0x02:
      return { kind: 'boolean', name, byteCount, isSigned: false };
    case 0x04:
      return { kind: 'float', name, byteCount };
    case 0x06:
    case 0x08:
      return { kind: 'character', name, byteCount, isSigned: encoding === 0x06 };
    default:
      return { kind: 'integer', name, byteCount, isSigned: encoding === 0x05 || encoding === 0x0d };
  }
}

export function pointerTo(to: CType): CType {
  return { kind: 'pointer', byteCount: 8, name: pointerName(to), to };
}

/** As C declares it: to an array of pointers is not told from an array of pointers to pointers. */
function pointerName({ name }: CType): string {
  return name.endsWith('*') ? `${name}*` : `${name} *`;
}

/** 0 where the program only knows it as it runs. */
/** Of a member in its structure, in bytes. DWARF 2 adds it by an expression. */
function placeOf(member: Entry): number {
  const value = member.get(attributes.dataMemberLocation);
  if (value?.kind === 'constant') return Number(value.value);
  if (value?.kind !== 'block') return 0;
  const expression = new Reader(value.bytes, 0);
  return expression.u8() === addConstant ? expression.uleb() : 0;
}

function countOf(subrange: Entry): number {
  const count = subrange.number(attributes.count);
  const upper = subrange.number(attributes.upperBound);
  return count ?? (upper === undefined || upper > 2 ** 32 ? 0 : upper + 1);
}

/** As C declares it: of `int [3]`, two are `int [2][3]`. */
function arrayName({ name, kind }: CType, count: number): string {
  const at = kind === 'array' ? name.indexOf('[') : -1;
  return at < 0 ? `${name} [${count}]` : `${name.slice(0, at)}[${count}]${name.slice(at)}`;
}
