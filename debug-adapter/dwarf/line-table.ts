import { forms } from './constants';
import { absolutePath, baseNameOf } from './paths';
import { Reader } from './reader';
import { DwarfError } from './sections';

/** What a table is read with: its unit's sizes and strings. */
export interface LineTableContext {
  /** Of the compilation, and the source that was compiled there. */
  readonly folder: string;
  readonly name: string;
  readonly addressByteCount: number;
  text(offset: number): string;
  lineText(offset: number): string;
  /** As of `DebugSections`. */
  isInMemory(address: bigint): boolean;
}

/** A stretch of code that comes from one line begins here. */
export interface LineRow {
  readonly address: bigint;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  /** A place to stop at. */
  readonly isStatement: boolean;
}

/** Code in one piece: rows by ascending addresses, and where it ends. */
export interface LineSequence {
  readonly rows: readonly LineRow[];
  readonly end: bigint;
}

interface FileName {
  readonly name: string;
  readonly folder: number;
}

interface Header {
  readonly version: number;
  readonly instructionByteCountMin: number;
  readonly isStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operandCounts: Uint8Array;
  readonly program: Reader;
}

/** The line number information of one unit (DWARF 5, section 6.2). Its program is run when a line is asked for. */
export class LineTable {
  readonly #header: Header;
  #folders: string[] = [];
  #files: FileName[] = [];
  #sequences: readonly LineSequence[] | undefined;

  constructor(
    reader: Reader,
    private readonly context: LineTableContext,
  ) {
    this.#header = this.#readHeader(reader);
  }

  /** By the numbers that rows and entries have for them. */
  path(file: number): string | undefined {
    const named = this.#files[this.#header.version >= 5 ? file : file - 1];
    if (!named) return undefined;
    const { folder } = this.context;
    const within = this.#folders[named.folder] ?? '';
    return absolutePath(absolutePath(folder, within), named.name);
  }

  /** Numbers of the files whose path ends in this name; several may be of one path. */
  filesNamed(name: string): number[] {
    const first = this.#header.version >= 5 ? 0 : 1;
    return this.#files.flatMap((file, index) => (baseNameOf(file.name) === name ? [index + first] : []));
  }

  get sequences(): readonly LineSequence[] {
    this.#sequences ??= runProgram(this.#header, this.context.addressByteCount).filter(({ rows: [first] }) =>
      this.context.isInMemory(first!.address),
    );
    return this.#sequences;
  }

  #readHeader(reader: Reader): Header {
    const { byteCount, offsetByteCount } = reader.initialLength();
    const unit = reader.part(byteCount);
    const version = unit.u16();
    if (version < 2 || version > 5) throw new DwarfError(`a line table of version ${version}`);
    if (version >= 5) unit.skip(2);
    const headerByteCount = unit.offset(offsetByteCount);
    const header = unit.part(headerByteCount);
    const instructionByteCountMin = header.u8();
    if (version >= 4) header.skip(1);
    const isStatement = header.u8() !== 0;
    const lineBase = Number(header.signed(1));
    const lineRange = header.u8();
    const opcodeBase = header.u8();
    if (lineRange === 0 || opcodeBase === 0) throw new DwarfError('a line table that counts by nothing');
    const operandCounts = header.take(opcodeBase - 1);
    if (version >= 5) this.#readNames5(header, offsetByteCount);
    else this.#readNames4(header);
    return {
      version,
      instructionByteCountMin,
      isStatement,
      lineBase,
      lineRange,
      opcodeBase,
      operandCounts,
      program: unit,
    };
  }

  #readNames4(header: Reader): void {
    this.#folders = [''];
    for (let folder = header.text(); folder !== ''; folder = header.text()) this.#folders.push(folder);
    for (let name = header.text(); name !== ''; name = header.text()) {
      this.#files.push({ name, folder: header.uleb() });
      header.uleb();
      header.uleb();
    }
  }

  #readNames5(header: Reader, offsetByteCount: 4 | 8): void {
    this.#folders = this.#readEntries(header, offsetByteCount).map(({ name }) => name);
    this.#files = this.#readEntries(header, offsetByteCount);
  }

  /** Section 6.2.4.1. */
  #readEntries(header: Reader, offsetByteCount: 4 | 8): FileName[] {
    const format = Array.from({ length: header.u8() }, () => ({ content: header.uleb(), form: header.uleb() }));
    const count = header.uleb();
    if (format.length === 0) return [];
    const entries: FileName[] = [];
    for (let index = 0; index < count; index++) {
      let [name, folder] = ['', 0];
      for (const { content, form } of format) {
        const value = this.#readValue(header, form, offsetByteCount);
        if (content === 1 && typeof value === 'string') name = value;
        else if (content === 2 && typeof value === 'number') folder = value;
      }
      entries.push({ name, folder });
    }
    return entries;
  }

  #readValue(header: Reader, form: number, offsetByteCount: 4 | 8): string | number | undefined {
    switch (form) {
      case forms.string:
        return header.text();
      case forms.lineStrp:
        return this.context.lineText(header.offset(offsetByteCount));
      case forms.strp:
        return this.context.text(header.offset(offsetByteCount));
      case forms.udata:
        return header.uleb();
      case forms.data1:
        return header.u8();
      case forms.data2:
        return header.u16();
      case forms.data4:
        return header.u32();
      case forms.data8:
        return void header.skip(8);
      case forms.data16:
        return void header.skip(16);
      case forms.block:
        return void header.skip(header.uleb());
      default:
        throw new DwarfError(`form 0x${form.toString(16)} in a line table`);
    }
  }
}

/** Section 6.2.5. */
function runProgram(header: Header, addressByteCount: number): LineSequence[] {
  const { instructionByteCountMin, lineBase, lineRange, opcodeBase, operandCounts } = header;
  const { bytes, at, end } = header.program;
  const program = new Reader(bytes, at, end);
  const sequences: LineSequence[] = [];
  let rows: LineRow[] = [];
  const initial = { address: 0n, file: 1, line: 1, column: 0, isStatement: header.isStatement };
  let state = { ...initial };
  const advance = (operations: number): void => {
    state.address += BigInt(operations * instructionByteCountMin);
  };
  const endSequence = (): void => {
    const sequence = { rows: effectiveRows(rows), end: state.address };
    if (sequence.rows.length > 0 && sequence.end > sequence.rows[0]!.address) sequences.push(sequence);
    rows = [];
    state = { ...initial };
  };
  while (!program.isAtEnd) {
    const opcode = program.u8();
    if (opcode >= opcodeBase) {
      const special = opcode - opcodeBase;
      advance(Math.floor(special / lineRange));
      state.line += lineBase + (special % lineRange);
      rows.push({ ...state });
      continue;
    }
    switch (opcode) {
      case 0: {
        const extended = program.part(program.uleb());
        const kind = extended.u8();
        if (kind === 1) endSequence();
        else if (kind === 2) state.address = extended.unsigned(Math.min(addressByteCount, extended.end - extended.at));
        break;
      }
      case 1:
        rows.push({ ...state });
        break;
      case 2:
        advance(program.uleb());
        break;
      case 3:
        state.line += Number(program.sleb());
        break;
      case 4:
        state.file = program.uleb();
        break;
      case 5:
        state.column = program.uleb();
        break;
      case 6:
        state.isStatement = !state.isStatement;
        break;
      case 8:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case 9:
        state.address += BigInt(program.u16());
        break;
      default:
        // Of a basic block, a prologue's end, an epilogue's begin nothing is made; nor of what is not known.
        for (let count = operandCounts[opcode - 1] ?? 0; count > 0; count--) program.skipLeb();
    }
  }
  return sequences;
}

/**
 * Of the rows at one address those that count, as gdb has it: where the file changes, the last one's; a row that is no
 * place to stop at does not take it from one that is. Line 0 is nobody's: the row before goes on.
 */
function effectiveRows(rows: readonly LineRow[]): LineRow[] {
  const effective: LineRow[] = [];
  for (const row of rows) {
    const last = effective.at(-1);
    if (row.line === 0 || (last && row.address < last.address)) continue;
    if (last && last.address === row.address && last.file !== row.file) {
      const isTaken = effective.some(({ address, isStatement }) => address === row.address && isStatement);
      if (!row.isStatement && isTaken) continue;
      while (effective.at(-1)?.address === row.address) effective.pop();
    }
    effective.push(row);
  }
  return effective;
}

/** The row that an address belongs to: the last at or before it; of several at one address one to stop at, if there is. */
export function rowAt({ rows, end }: LineSequence, address: bigint): LineRow | undefined {
  if (address >= end) return undefined;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  let at = low - 1;
  if (at < 0) return undefined;
  while (!rows[at]!.isStatement && at > 0 && rows[at - 1]!.address === rows[at]!.address) at--;
  return rows[at]!.isStatement ? rows[at] : rows[low - 1];
}
