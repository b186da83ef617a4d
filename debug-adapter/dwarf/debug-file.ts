import { Abbreviations } from './abbreviations';
import { attributes, tags } from './constants';
import { Declarations } from './declarations';
import { CodeOfUnit } from './functions';
import { LineTable } from './line-table';
import { indexOf, marksOf, placeMark } from './name-search';
import { absolutePath, folderOf } from './paths';
import { type AddressRange, rangesOf } from './ranges';
import { Reader } from './reader';
import { type DebugSections, orNothing } from './sections';
import { type Entry, readUnitHeader, Unit, type UnitHeader } from './unit';

/** Of a unit; more than any has. */
const headerByteCountMax = 64;
const keptByteCountMax = 32 << 20;
const namingUnitCountMax = 32;
/** Of so many units: a kernel has thousands, and who looks through them all does so once. */
const declarationsCountMax = 200;
const nothing = new Uint8Array(0);

interface CoveredUnit extends AddressRange {
  readonly unit: Unit;
}

/** The debug information of one ELF file. Units, lines and functions are read when they are asked for. */
export class DebugFile {
  readonly #abbreviations = new Map<number, Abbreviations>();
  readonly #units = new Map<number, Unit>();
  readonly #unitBytes = new Map<number, Uint8Array>();
  #keptByteCount = 0;
  readonly #code = new Map<Unit, CodeOfUnit>();
  readonly #declarations = new Map<Unit, Declarations>();
  readonly #lines = new Map<Unit, LineTable | undefined>();
  #headers: readonly UnitHeader[] | undefined;
  #covered: readonly CoveredUnit[] | undefined;

  constructor(readonly sections: DebugSections) {}

  /** @throws DwarfError when the offset is not in the section */
  reader(name: string, offset = 0): Reader {
    return new Reader(this.#bytes(name), offset);
  }

  /** The unit whose code is at an address. */
  unitAt(address: bigint): Unit | undefined {
    const units = this.#coveredUnits();
    let [low, high] = [0, units.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (units[middle]!.low <= address) low = middle + 1;
      else high = middle;
    }
    const found = units[low - 1];
    return found && address < found.high ? found.unit : undefined;
  }

  /** Those that a compiler has made of a source each. */
  *units(): Generator<Unit> {
    for (const header of this.#unitHeaders()) {
      const unit = this.#unit(header);
      if (unit?.root.tag === tags.compileUnit) yield unit;
    }
  }

  /**
   * Those that may declare a name, the first of them: with thousands of units, there is no time to read them all.
   *
   * @param variableAt where the variable lies, if it is one's: by that its unit is told from those that only use it
   */
  *unitsNaming(name: string, variableAt?: bigint): Generator<Unit> {
    const info = this.sections.section('.debug_info');
    // There, names stand by index, and nothing tells who has which.
    const isIndexed = this.sections.section('.debug_str_offsets') !== undefined;
    if (!info || (isIndexed && info.byteCount > keptByteCountMax)) return;
    const marks = variableAt === undefined ? marksOf(name, this.#bytes('.debug_str')) : [placeMark(variableAt)];
    let count = 0;
    for (const header of this.#unitHeaders()) {
      const bytes = info.part(header.offset, header.end - header.offset);
      if (!isIndexed && marks.every((mark) => indexOf(bytes, mark, 0) < 0)) continue;
      const unit = this.#unit(header);
      if (unit?.root.tag !== tags.compileUnit) continue;
      yield unit;
      if (++count === namingUnitCountMax) return;
    }
  }

  linesOf(unit: Unit): LineTable | undefined {
    if (!this.#lines.has(unit)) this.#lines.set(unit, this.#readLines(unit));
    return this.#lines.get(unit);
  }

  codeOf(unit: Unit): CodeOfUnit {
    const known = this.#code.get(unit);
    if (known) return known;
    const code = new CodeOfUnit(unit, this);
    this.#code.set(unit, code);
    return code;
  }

  declarationsOf(unit: Unit): Declarations {
    const known = this.#declarations.get(unit);
    if (known) return known;
    const declarations = new Declarations(unit, this);
    this.#declarations.set(unit, declarations);
    const [oldest] = this.#declarations.keys();
    if (this.#declarations.size > declarationsCountMax) this.#declarations.delete(oldest!);
    return declarations;
  }

  /** What an attribute refers to, in whichever unit. */
  referred(entry: Entry, attribute: number): Entry | undefined {
    const value = entry.get(attribute);
    if (value?.kind !== 'reference') return undefined;
    const { offset, end } = entry.unit.header;
    if (value.offset >= offset && value.offset < end) return entry.unit.entry(value.offset);
    const header = this.#unitHeaders().find((each) => value.offset >= each.offset && value.offset < each.end);
    return header && this.#unit(header)?.entry(value.offset);
  }

  #coveredUnits(): readonly CoveredUnit[] {
    if (this.#covered) return this.#covered;
    const covered: CoveredUnit[] = [];
    for (const unit of this.units()) {
      const ranges = orNothing(() => rangesOf(unit.root, this)) ?? [];
      covered.push(...ranges.map((range) => ({ ...range, unit })));
    }
    this.#covered = covered.sort((a, b) => (a.low < b.low ? -1 : 1));
    return covered;
  }

  #unitHeaders(): readonly UnitHeader[] {
    if (this.#headers) return this.#headers;
    const headers: UnitHeader[] = [];
    const section = this.sections.section('.debug_info');
    const byteCount = section?.byteCount ?? 0;
    // What comes behind damage cannot be found.
    for (let at = 0; at < byteCount; ) {
      const bytes = section!.part(at, Math.min(headerByteCountMax, byteCount - at));
      const header = orNothing(() => readUnitHeader(new Reader(bytes), at));
      if (!header || header.end > byteCount) break;
      headers.push(header);
      at = header.end;
    }
    this.#headers = headers;
    return headers;
  }

  #unit(header: UnitHeader): Unit | undefined {
    const known = this.#units.get(header.offset);
    if (known) return known;
    const unit = orNothing(() => {
      const abbreviations = this.#abbreviationsAt(header.abbreviationsOffset);
      return new Unit(header, (byteCount) => this.#bytesOf(header, byteCount), abbreviations, {
        text: (offset) => this.reader('.debug_str', offset).text(),
        lineText: (offset) => this.reader('.debug_line_str', offset).text(),
        textAt: (of, index) => this.#textAt(of, index),
        addressAt: (of, index) => this.#addressAt(of, index),
      });
    });
    if (unit) this.#units.set(header.offset, unit);
    return unit;
  }

  /** Those that were asked for last are kept: a kernel's are too many. */
  #bytesOf({ offset, end }: UnitHeader, byteCount: number): Uint8Array {
    const known = this.#unitBytes.get(offset);
    if (known) return known;
    const bytes = this.sections.section('.debug_info')!.part(offset, byteCount);
    if (byteCount < end - offset) return bytes;
    this.#unitBytes.set(offset, bytes);
    this.#keptByteCount += bytes.length;
    for (const [oldest, { length }] of this.#unitBytes) {
      if (this.#keptByteCount <= keptByteCountMax || oldest === offset) break;
      this.#unitBytes.delete(oldest);
      this.#keptByteCount -= length;
    }
    return bytes;
  }

  #abbreviationsAt(offset: number): Abbreviations {
    const known = this.#abbreviations.get(offset);
    if (known) return known;
    const table = new Abbreviations(this.#bytes('.debug_abbrev'), offset);
    this.#abbreviations.set(offset, table);
    return table;
  }

  #textAt({ bases, header }: Unit, index: number): string {
    const { offsetByteCount } = header;
    const at = this.reader('.debug_str_offsets', bases.stringOffsets + index * offsetByteCount);
    return this.reader('.debug_str', at.offset(offsetByteCount)).text();
  }

  #addressAt({ bases, header }: Unit, index: number): bigint {
    const { addressByteCount } = header;
    return this.reader('.debug_addr', bases.addresses + index * addressByteCount).unsigned(addressByteCount);
  }

  #readLines(unit: Unit): LineTable | undefined {
    const { root, header } = unit;
    return orNothing(() => {
      const at = root.get(attributes.statementList);
      if (at?.kind !== 'offset') return undefined;
      const folder = absolutePath(folderOf(this.sections.path), root.text(attributes.compilationDirectory) ?? '');
      const name = root.text(attributes.name) ?? '';
      const isInMemory = (address: bigint) => this.sections.isInMemory(address);
      const context = { ...unit.strings, ...header, folder, name, isInMemory };
      return new LineTable(this.reader('.debug_line', at.offset), context);
    });
  }

  #bytes(name: string): Uint8Array {
    return this.sections.section(name)?.bytes ?? nothing;
  }
}
