import { type Abbreviations, readAbbreviations } from './abbreviations';
import { attributes, tags } from './constants';
import { Declarations } from './declarations';
import { CodeOfUnit } from './functions';
import { LineTable } from './line-table';
import { absolutePath, folderOf } from './paths';
import { type AddressRange, rangesOf } from './ranges';
import { Reader } from './reader';
import { type DebugSections, orNothing } from './sections';
import { type Entry, readUnitHeader, Unit, type UnitHeader } from './unit';

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
    const reader = this.reader('.debug_info');
    // What comes behind damage cannot be found.
    while (!reader.isAtEnd) {
      const header = orNothing(() => readUnitHeader(reader));
      if (!header) break;
      headers.push(header);
    }
    this.#headers = headers;
    return headers;
  }

  #unit(header: UnitHeader): Unit | undefined {
    const known = this.#units.get(header.offset);
    if (known) return known;
    const unit = orNothing(() => {
      const abbreviations = this.#abbreviationsAt(header.abbreviationsOffset);
      return new Unit(header, this.#bytes('.debug_info'), abbreviations, {
        text: (offset) => this.reader('.debug_str', offset).text(),
        lineText: (offset) => this.reader('.debug_line_str', offset).text(),
        textAt: (of, index) => this.#textAt(of, index),
        addressAt: (of, index) => this.#addressAt(of, index),
      });
    });
    if (unit) this.#units.set(header.offset, unit);
    return unit;
  }

  #abbreviationsAt(offset: number): Abbreviations {
    const known = this.#abbreviations.get(offset);
    if (known) return known;
    const table = readAbbreviations(this.reader('.debug_abbrev', offset));
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
      return new LineTable(this.reader('.debug_line', at.offset), { ...unit.strings, ...header, folder, name });
    });
  }

  #bytes(name: string): Uint8Array {
    return this.sections.section(name)?.bytes ?? nothing;
  }
}
