import type { Abbreviation, Abbreviations } from './abbreviations';
import { type AttributeValue, type FormContext, formOf, readForm, skipForm } from './attribute-forms';
import { attributes, forms } from './constants';
import { Reader } from './reader';
import { DwarfError, orNothing } from './sections';

const listForms: ReadonlySet<number> = new Set([forms.sectionOffset, forms.locationListIndex]);
/** Of a unit, with its root in most of them. */
const headByteCount = 1024;
/** Deeper than any program nests what it declares. */
const depthMax = 256;

/** Where the tables are of what a unit names by index. */
interface Bases {
  readonly stringOffsets: number;
  readonly addresses: number;
  readonly rangeLists: number;
  readonly locationLists: number;
}

/** A unit of `.debug_info` (DWARF 5, section 7.5.1). */
export interface UnitHeader {
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly offsetByteCount: 4 | 8;
  readonly addressByteCount: number;
  readonly abbreviationsOffset: number;
  readonly firstEntry: number;
}

/** @param offset of the unit; of its bytes there need not be more than the header */
export function readUnitHeader(reader: Reader, offset: number): UnitHeader {
  const { byteCount, offsetByteCount } = reader.initialLength();
  const end = offset + reader.at + byteCount;
  const version = reader.u16();
  if (version < 2 || version > 5) throw new DwarfError(`DWARF ${version}`);
  const kind = version >= 5 ? reader.u8() : 0;
  const newAddressByteCount = version >= 5 ? reader.u8() : undefined;
  const abbreviationsOffset = reader.offset(offsetByteCount);
  const addressByteCount = newAddressByteCount ?? reader.u8();
  // A skeleton or a type unit says more (section 7.5.1.2, 7.5.1.3).
  if (kind === 4 || kind === 5) reader.skip(8);
  if (kind === 2 || kind === 6) reader.skip(8 + offsetByteCount);
  const firstEntry = offset + reader.at;
  if (firstEntry > end) throw new DwarfError('a unit that ends in its header');
  return { offset, end, version, offsetByteCount, addressByteCount, abbreviationsOffset, firstEntry };
}

/** Its entries: what a compiler has said of one translation unit, as a tree. */
export class Unit {
  readonly root: Entry;
  readonly bases: Bases;
  /** With the root, which is all that is read of most units. */
  #head: Uint8Array;

  /** @param part of the unit's bytes, from its beginning on */
  constructor(
    readonly header: UnitHeader,
    private readonly part: (byteCount: number) => Uint8Array,
    readonly abbreviations: Abbreviations,
    readonly strings: Pick<FormContext, 'text' | 'lineText' | 'textAt' | 'addressAt'>,
  ) {
    const byteCount = header.end - header.offset;
    this.#head = part(Math.min(headByteCount, byteCount));
    const root = orNothing(() => this.entry(header.firstEntry));
    // It may be longer.
    if (!root) this.#head = part(byteCount);
    this.root = root ?? this.entry(header.firstEntry);
    const base = (attribute: number): number => {
      const value = this.root.get(attribute);
      return value?.kind === 'offset' ? value.offset : 0;
    };
    this.bases = {
      stringOffsets: base(attributes.stringOffsetsBase),
      addresses: base(attributes.addressBase),
      rangeLists: base(attributes.rangeListsBase),
      locationLists: base(attributes.locationListsBase),
    };
  }

  /** It says of each instruction where a variable is: it was optimized. */
  get hasLocationLists(): boolean {
    const { version } = this.header;
    for (const { attributes: all } of this.abbreviations.all()) {
      if (all.some((each) => each.name === attributes.location && listForms.has(formOf(each, version)))) return true;
    }
    return false;
  }

  /** @throws DwarfError where none begins */
  entry(offset: number): Entry {
    const entry = this.#entryAt(offset);
    if (!entry) throw new DwarfError(`there is no entry at 0x${offset.toString(16)}`);
    return entry;
  }

  *children(parent: Entry): Generator<Entry> {
    if (!parent.hasChildren) return;
    let at = parent.end;
    for (;;) {
      const child = this.#entryAt(at);
      if (!child) return;
      yield child;
      at = this.#behind(child, 0);
    }
  }

  /** Places are of the section, but for the reader's own: that counts from where the unit begins. */
  reader(offset: number): Reader {
    const { offset: start, end } = this.header;
    const isOfRoot = offset < (this.root?.end ?? end);
    const bytes = isOfRoot ? this.#head : this.part(end - start);
    return new Reader(bytes, offset - start, bytes.length);
  }

  /** Where an entry's next sibling is. */
  #behind(entry: Entry, depth: number): number {
    if (!entry.hasChildren) return entry.end;
    const sibling = entry.get(attributes.sibling);
    if (sibling?.kind === 'reference' && sibling.offset > entry.offset) return sibling.offset;
    if (depth > depthMax) throw new DwarfError('entries are nested too deep');
    let at = entry.end;
    for (let child = this.#entryAt(at); child; child = this.#entryAt(at)) at = this.#behind(child, depth + 1);
    return at + 1;
  }

  /** Undefined for the entry that ends a list of children. */
  #entryAt(offset: number): Entry | undefined {
    if (offset < this.header.firstEntry) throw new DwarfError('an entry before its unit');
    const reader = this.reader(offset);
    // Where the unit ends, so does the list: some producers leave the last zeros out.
    if (reader.isAtEnd) return undefined;
    const code = reader.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.abbreviations.get(code);
    if (!abbreviation) throw new DwarfError(`there is no abbreviation ${code}`);
    return new Entry(this, offset, abbreviation, reader.at + this.header.offset);
  }
}

/** A debugging information entry. Its attributes are read when they are asked for. */
export class Entry {
  /** Where its children begin, or what follows it. */
  readonly end: number;

  constructor(
    readonly unit: Unit,
    readonly offset: number,
    private readonly abbreviation: Abbreviation,
    private readonly valuesAt: number,
  ) {
    const reader = this.#reader();
    for (const { form } of abbreviation.attributes) skipForm(reader, form, unit.header);
    this.end = reader.at + unit.header.offset;
  }

  get tag(): number {
    return this.abbreviation.tag;
  }

  get hasChildren(): boolean {
    return this.abbreviation.hasChildren;
  }

  get children(): Generator<Entry> {
    return this.unit.children(this);
  }

  get(attribute: number): AttributeValue | undefined {
    const { attributes: all } = this.abbreviation;
    if (!all.some(({ name }) => name === attribute)) return undefined;
    const reader = this.#reader();
    const { unit } = this;
    for (const each of all) {
      const form = formOf(each, unit.header.version);
      const { implicit } = each;
      if (each.name === attribute) return readForm(reader, form, { ...unit.header, ...unit.strings, unit, implicit });
      skipForm(reader, form, unit.header);
    }
    return undefined;
  }

  /** A constant, if it is one. */
  number(attribute: number): number | undefined {
    const value = this.get(attribute);
    return value?.kind === 'constant' ? Number(value.value) : undefined;
  }

  text(attribute: number): string | undefined {
    const value = this.get(attribute);
    return value?.kind === 'text' ? value.text : undefined;
  }

  #reader(): Reader {
    return this.unit.reader(this.valuesAt);
  }
}
