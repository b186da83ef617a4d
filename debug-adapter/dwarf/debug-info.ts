import type { GuestSource, SourcePlace } from '../debuggee/guest-source';
import type { Composite, SourceType, Variable } from '../debuggee/thread';
import type { CallFrameRules } from './call-frames';
import { CallFrames } from './call-frames';
import { assemblyLanguage, attributes, tags } from './constants';
import { DebugFile } from './debug-file';
import { type Declarations, typeKey } from './declarations';
import type { FrameView } from './expression';
import { covers, type FunctionCode, nameOf } from './functions';
import { type LineRow, type LineSequence, type LineTable, rowAt } from './line-table';
import { baseNameOf } from './paths';
import { type DebugSections, orNothing } from './sections';
import { Types, void_ } from './types';
import type { Entry, Unit } from './unit';
import { operandOf, shownVariable, typeOf } from './values';
import { entryValueOf, externOf, frameBaseOf, type SourceVariable, variableOf, variablesOf } from './variables';

/** Code that comes from one line: from `start` on, up to the next row of the table. */
export interface CodeLine extends SourcePlace {
  readonly start: bigint;
  /** `start` is a place to stop at. */
  readonly isStatement: boolean;
}

/** A function that an address is in: the one that was called, or one that was inlined into it. */
export interface FunctionPlace {
  /** Tells it from others, inlined bodies of one function too. */
  readonly key: string;
  readonly name: string;
  readonly isInlined: boolean;
  /** Of one that was inlined: where it is called. */
  readonly call?: SourcePlace | undefined;
}

/** Of a frame: its registers and memory, and where it begins. */
export interface RegistersAndMemory extends Omit<FrameView, 'frameBase' | 'entryValue' | 'again'> {
  /** As they are when something has been written. */
  readonly again: () => RegistersAndMemory;
  /** Who has called it, and where to come back to; undefined where that is not known. */
  readonly caller: () => { readonly returnAddress: bigint; readonly view: RegistersAndMemory } | undefined;
}

/** A variable as a frame has it; what it holds is read when it is asked for. */
export interface FrameVariable {
  readonly name: string;
  shown(): Variable;
  value(): Composite;
}

/** Where a line of a file has code to stop at. */
interface CodeOfFile {
  /** Ascending. */
  readonly lines: readonly number[];
  readonly addresses: ReadonlyMap<number, readonly bigint[]>;
}

interface LocatedSequence extends LineSequence {
  readonly unit: Unit;
  readonly table: LineTable;
}

/** The debug information of all images. */
export class DebugInfo implements GuestSource {
  readonly #images: readonly Image[];

  constructor(images: readonly DebugSections[]) {
    this.#images = images.map((sections) => new Image(sections));
  }

  pathsNamed(name: string): readonly string[] {
    return [...new Set(this.#images.flatMap((image) => orNothing(() => image.pathsNamed(name)) ?? []))];
  }

  codeOf(path: string, line: number): { readonly line: number; readonly addresses: readonly bigint[] } | undefined {
    const found = this.#images.flatMap((image) => orNothing(() => image.codeOf(path, line)) ?? []);
    const nearest = Math.min(...found.map((each) => each.line));
    const addresses = found.filter((each) => each.line === nearest).flatMap((each) => each.addresses);
    return found.length > 0 ? { line: nearest, addresses } : undefined;
  }

  lineAt(address: bigint): CodeLine | undefined {
    return first(this.#images, (image) => image.lineAt(address));
  }

  /** Innermost first; empty where nobody knows. */
  functionsAt(address: bigint): readonly FunctionPlace[] {
    return first(this.#images, (image) => image.functionsAt(address)) ?? [];
  }

  /** Where the function that begins at an address has made its frame; undefined where none begins. */
  bodyOf(start: bigint): bigint | undefined {
    return first(this.#images, (image) => image.bodyOf(start));
  }

  callFrameAt(address: bigint): CallFrameRules | undefined {
    return first(this.#images, (image) => image.callFrameAt(address));
  }

  /**
   * Parameters and variables of a function at an address, as one of its frames has them.
   *
   * @param index of the function among those at the address
   */
  variablesAt(address: bigint, index: number, view: RegistersAndMemory): readonly FrameVariable[] {
    return first(this.#images, (image) => image.variablesAt(address, index, view)) ?? [];
  }

  /**
   * Variables outside of functions: those of the file that the code at an address is of, then those of others that it
   * declares.
   *
   * @param placeOf where a variable of another file lies, by its name
   */
  globalsAt(
    address: bigint,
    view: RegistersAndMemory,
    placeOf: (name: string) => bigint | undefined,
  ): readonly FrameVariable[] {
    return first(this.#images, (image) => image.globalsAt(address, view, placeOf)) ?? [];
  }

  /**
   * A variable outside of functions, a type, or the number of an enumerator: that of the file that the code at an address
   * is of, else any one's.
   *
   * @param symbol where a variable of the name lies, if any file has one
   */
  globalNamed(
    name: string,
    address: bigint,
    view: RegistersAndMemory,
    symbol: bigint | undefined,
  ): FrameVariable | undefined {
    return first(this.#images, (image) => image.globalNamed(name, address, view, symbol));
  }

  typeNamed(name: string, address: bigint, view: RegistersAndMemory): SourceType | undefined {
    return first(this.#images, (image) => image.typeNamed(name, address, view));
  }

  enumeratorNamed(name: string, address: bigint): bigint | undefined {
    return first(this.#images, (image) => image.enumeratorNamed(name, address));
  }
}

class Image {
  readonly #file: DebugFile;
  readonly #callFrames: readonly CallFrames[];
  readonly #code = new Map<string, CodeOfFile>();
  readonly #types: Types;
  /** What was looked for in all units, by what was; undefined where none has it. */
  readonly #elsewhere = new Map<string, Entry | bigint | undefined>();

  constructor(sections: DebugSections) {
    this.#file = new DebugFile(sections);
    this.#types = new Types(this.#file);
    this.#callFrames = (['.eh_frame', '.debug_frame'] as const).flatMap((name) => {
      const section = sections.section(name);
      return section ? [new CallFrames(section, name === '.eh_frame' ? 'eh' : 'debug')] : [];
    });
  }

  pathsNamed(name: string): string[] {
    const paths: string[] = [];
    for (const { table } of this.#tables()) {
      for (const file of table.filesNamed(name)) {
        const path = table.path(file);
        if (path !== undefined) paths.push(path);
      }
    }
    return paths.filter((path, index) => paths.indexOf(path) === index && this.#codeOfFile(path).lines.length > 0);
  }

  codeOf(path: string, wanted: number): { line: number; addresses: readonly bigint[] } | undefined {
    const { lines, addresses } = this.#codeOfFile(path);
    const line = lines.find((each) => each >= wanted);
    return line === undefined ? undefined : { line, addresses: this.#placesToStop(path, line, addresses.get(line)!) };
  }

  lineAt(address: bigint): CodeLine | undefined {
    const sequence = this.#sequenceAt(address);
    const row = sequence && rowAt(sequence, address);
    if (!row) return undefined;
    const path = sequence.table.path(row.file);
    if (path === undefined) return undefined;
    return { path, line: row.line, column: row.column, start: row.address, isStatement: row.isStatement };
  }

  functionsAt(address: bigint): FunctionPlace[] | undefined {
    const unit = this.#file.unitAt(address);
    const functions = unit && this.#file.codeOf(unit).at(address);
    return functions && functions.length > 0 ? functions.map((each) => this.#placeOf(each)) : undefined;
  }

  /**
   * Behind the prologue, as gdb finds it: where the second line begins; at once where the first instruction belongs to two
   * lines.
   */
  bodyOf(start: bigint): bigint | undefined {
    const code = this.#functionFrom(start);
    const sequence = code && this.#sequenceAt(start);
    const opening = sequence && rowAt(sequence, start);
    if (!opening || opening.address !== start) return undefined;
    const { rows } = sequence;
    if (rows.filter(({ address }) => address === start).length > 1) return start;
    const body = rows.find(({ address, line }) => address > start && line >= opening.line);
    return body && covers(code.ranges, body.address) ? body.address : start;
  }

  callFrameAt(address: bigint): CallFrameRules | undefined {
    return first(this.#callFrames, (frames) => frames.at(address));
  }

  variablesAt(address: bigint, index: number, view: RegistersAndMemory): FrameVariable[] | undefined {
    const unit = this.#file.unitAt(address);
    const functions = unit && this.#file.codeOf(unit).at(address);
    const code = functions?.[index];
    if (!code) return undefined;
    const frame = this.#frame(functions.at(-1)!, address, view);
    return variablesOf(code, address, this.#file, this.#types).map((variable) => frameVariable(variable, frame));
  }

  globalsAt(
    address: bigint,
    view: RegistersAndMemory,
    placeOf: (name: string) => bigint | undefined,
  ): FrameVariable[] | undefined {
    const unit = this.#file.unitAt(address);
    if (!unit) return undefined;
    const frame = plainFrame(view);
    const { variables, externs } = this.#file.declarationsOf(unit);
    return [
      ...[...variables.values()].flatMap((entry) => this.#global(entry, address, frame) ?? []),
      ...[...externs].flatMap(([name, entry]) => this.#extern(entry, placeOf(name), frame) ?? []),
    ];
  }

  globalNamed(
    name: string,
    address: bigint,
    view: RegistersAndMemory,
    symbol: bigint | undefined,
  ): FrameVariable | undefined {
    const entry = this.#declared(`variable ${name}`, address, symbol, ({ variables }) => variables.get(name));
    return entry && this.#global(entry, address, plainFrame(view));
  }

  typeNamed(name: string, address: bigint, view: RegistersAndMemory): SourceType | undefined {
    const key = typeKey(name);
    const frame = plainFrame(view);
    if (key === 'void') return typeOf(void_, frame);
    const entry = this.#declared(`type ${key}`, address, 'anywhere', ({ types }) => types.get(key));
    return entry && typeOf(this.#types.read(entry), frame);
  }

  enumeratorNamed(name: string, address: bigint): bigint | undefined {
    return this.#declared(`enumerator ${name}`, address, 'anywhere', ({ enumerators }) => enumerators.get(name));
  }

  /**
   * By the unit of an address, else by the first that declares it.
   *
   * @param key what it is, and its name
   * @param where a variable lies; undefined: no other unit has it
   */
  #declared<T extends Entry | bigint>(
    key: string,
    address: bigint,
    where: bigint | 'anywhere' | undefined,
    find: (declarations: Declarations) => T | undefined,
  ): T | undefined {
    const unit = this.#file.unitAt(address);
    const own = unit && find(this.#file.declarationsOf(unit));
    if (own !== undefined || where === undefined) return own;
    if (!this.#elsewhere.has(key)) {
      const name = key.replace(/^\w+ (?:(?:struct|union|enum) )?/, '');
      const units = this.#file.unitsNaming(name, where === 'anywhere' ? undefined : where);
      const found = first(units, (each) => find(this.#file.declarationsOf(each)));
      this.#elsewhere.set(key, found);
    }
    return this.#elsewhere.get(key) as T | undefined;
  }

  #global(entry: Entry, address: bigint, frame: FrameView): FrameVariable | undefined {
    const variable = orNothing(() => variableOf(entry, address, this.#file, this.#types));
    return variable && frameVariable(variable, frame);
  }

  #extern(entry: Entry, place: bigint | undefined, frame: FrameView): FrameVariable | undefined {
    const variable = place === undefined ? undefined : orNothing(() => externOf(entry, place, this.#file, this.#types));
    return variable && frameVariable(variable, frame);
  }

  /** @param called the function that it is of, whatever was inlined into that */
  #frame(called: FunctionCode, address: bigint, view: RegistersAndMemory): FrameView {
    const again = () => this.#frame(called, address, view.again());
    const plain = plainFrame(view);
    const frameBase = () => frameBaseOf(called, address, this.#file, plain);
    return { ...plain, again, frameBase, entryValue: (register) => this.#entryValue(called, register, view) };
  }

  #entryValue(called: FunctionCode, register: number, view: RegistersAndMemory): bigint | undefined {
    const caller = view.caller();
    const callee = called.ranges[0]?.low;
    if (!caller || callee === undefined) return undefined;
    const { returnAddress } = caller;
    const unit = this.#file.unitAt(returnAddress - 1n);
    const code =
      unit &&
      this.#file
        .codeOf(unit)
        .at(returnAddress - 1n)
        .at(-1);
    if (!code) return undefined;
    const frame = this.#frame(code, returnAddress - 1n, caller.view);
    return entryValueOf(code, { returnAddress, callee, register }, this.#file, frame);
  }

  #placeOf({ entry }: FunctionCode): FunctionPlace {
    const isInlined = entry.tag === tags.inlinedSubroutine;
    const { unit } = entry;
    const line = isInlined ? entry.number(attributes.callLine) : undefined;
    const path =
      line === undefined ? undefined : this.#file.linesOf(unit)?.path(entry.number(attributes.callFile) ?? -1);
    const column = entry.number(attributes.callColumn) ?? 0;
    return {
      key: `${this.#file.sections.path} ${entry.offset}`,
      name: orNothing(() => nameOf(entry, this.#file)) ?? '??',
      isInlined,
      call: path === undefined ? undefined : { path, line: line!, column },
    };
  }

  #functionFrom(start: bigint): FunctionCode | undefined {
    const unit = this.#file.unitAt(start);
    return unit && this.#file.codeOf(unit).functions.find(({ ranges }) => ranges[0]?.low === start);
  }

  *#tables(): Generator<{ readonly unit: Unit; readonly table: LineTable }> {
    for (const unit of this.#file.units()) {
      const table = this.#file.linesOf(unit);
      if (table) yield { unit, table };
    }
  }

  #sequenceAt(address: bigint): LocatedSequence | undefined {
    const unit = this.#file.unitAt(address);
    const table = unit && this.#file.linesOf(unit);
    if (!table) return undefined;
    const found = orNothing(() =>
      table.sequences.find(({ rows, end }) => address >= rows[0]!.address && address < end),
    );
    return found && { ...found, unit, table };
  }

  #codeOfFile(path: string): CodeOfFile {
    const known = this.#code.get(path);
    if (known) return known;
    const addresses = new Map<number, bigint[]>();
    for (const { table } of this.#tables()) {
      const files = new Set(table.filesNamed(baseNameOf(path)).filter((file) => table.path(file) === path));
      if (files.size === 0) continue;
      for (const { rows } of orNothing(() => table.sequences) ?? []) noteRows(rows, files, addresses);
    }
    const code = { lines: [...addresses.keys()].sort((a, b) => a - b), addresses };
    this.#code.set(path, code);
    return code;
  }

  /**
   * One in each block that has code of the line, and none where other lines begin with the same instruction, if there is
   * a better one; behind the prologue where it is a function's first line.
   */
  #placesToStop(path: string, line: number, addresses: readonly bigint[]): bigint[] {
    const own = addresses.filter((address) => {
      const shown = this.lineAt(address);
      return shown?.line === line && shown.path === path;
    });
    const places = new Map<bigint | number, bigint>();
    for (const address of [...(own.length > 0 ? own : addresses)].sort((a, b) => (a < b ? -1 : 1))) {
      const unit = this.#file.unitAt(address);
      const block = unit && this.#file.codeOf(unit).blocksAt(address)[0];
      const key = block?.entry.offset ?? address;
      if (places.has(key)) continue;
      places.set(key, (unit && hasPlainPrologues(unit) && this.bodyOf(address)) || address);
    }
    return [...places.values()];
  }
}

/** Of who has no frame of a function's, or does not need it. */
function plainFrame(view: RegistersAndMemory): FrameView {
  const again = () => plainFrame(view.again());
  return { ...view, again, frameBase: () => undefined, entryValue: () => undefined };
}

function frameVariable(variable: SourceVariable, frame: FrameView): FrameVariable {
  return {
    name: variable.name,
    shown: () => shownVariable(variable, frame),
    value: () => operandOf(variable, frame),
  };
}

/**
 * Until a function has made its frame, its variables are not where they are said to be: not so where the compiler says it
 * of each instruction, nor in assembly.
 */
function hasPlainPrologues({ hasLocationLists, root }: Unit): boolean {
  return !hasLocationLists && root.number(attributes.language) !== assemblyLanguage;
}

function noteRows(rows: readonly LineRow[], files: ReadonlySet<number>, addresses: Map<number, bigint[]>): void {
  for (const { address, file, line, isStatement } of rows) {
    if (!isStatement || address === 0n || !files.has(file)) continue;
    const known = addresses.get(line);
    if (!known) addresses.set(line, [address]);
    else if (known.at(-1) !== address) known.push(address);
  }
}

function first<Item, T>(items: Iterable<Item>, find: (item: Item) => T | undefined): T | undefined {
  for (const item of items) {
    const found = orNothing(() => find(item));
    if (found !== undefined) return found;
  }
  return undefined;
}
