import { type ImageFile, inMemory } from './image-file';
import type { Image } from './machine';
import { machineErrors } from './machine-errors';
import { type DebugSection, type DebugSections, type ImageSymbol, isName, type SymbolizedImage } from './symbol-table';

/** What a machine needs of an executable: bytes for physical addresses, where to begin, and names. */
export interface Executable {
  readonly path: string;
  readonly entry: bigint;
  readonly segments: readonly Segment[];
  readonly symbols: readonly ImageSymbol[];
  /** That take room in memory. */
  readonly sections: readonly Section[];
  readonly debug: DebugSections;
}

export interface Section {
  readonly name: string;
  readonly virtualAddress: bigint;
  readonly byteCount: number;
}

export interface Segment {
  /** Guest physical address (`p_paddr`). */
  readonly address: bigint;
  /** Where the code expects it (`p_vaddr`); symbols are there. */
  readonly virtualAddress: bigint;
  /** What the file holds; the rest of `byteCount` is zero. */
  readonly bytes: Uint8Array;
  readonly byteCount: number;
}

/** Of the first bytes of an ELF file: an object file, which nobody has linked. */
export function isObjectFile({ bytes }: Pick<Image, 'bytes'>): boolean {
  return bytes[0x10] === typeRelocatable && bytes[0x11] === 0;
}

export function isElf({ bytes }: Pick<Image, 'bytes'>): boolean {
  return elfMagic.every((byte, index) => bytes[index] === byte);
}

/**
 * Reads an executable ELF64 file for RISC-V (System V ABI, chapters 4 and 5; RISC-V psABI). Segments are placed by
 * physical address, as QEMU's `load_elf` does.
 * @throws DebuggeeError `not-elf`, `elf-…`
 */
export function readElf(image: Image): Executable {
  const file = inMemory(image);
  const { path } = file;
  const view = readHeader(file);
  const segments = readSegmentHeaders(file, view).map(({ offset, fileByteCount, ...segment }, index) => {
    need(file, `segment ${index}`, offset + fileByteCount);
    return { ...segment, bytes: file.read(offset, fileByteCount) };
  });
  const entry = view.getBigUint64(0x18, true);
  const headers = readSectionHeaders(file, view);
  const symbols = readSymbols(file, headers);
  const sections = sectionsInMemory(headers);
  return { path, entry, segments, symbols, sections, debug: debugSections(file, headers) };
}

/**
 * Names and addresses of what is not loaded from here: an executable, or a file of its debug information, whose segments
 * are empty.
 * @throws DebuggeeError `not-elf`, `elf-…`
 */
export function readElfSymbols(file: ImageFile): SymbolizedImage {
  const view = readHeader(file);
  const headers = readSectionHeaders(file, view);
  const symbols = readSymbols(file, headers);
  return { ...extent(readSegmentHeaders(file, view)), symbols, debug: debugSections(file, headers) };
}

/** Virtual addresses from the first segment to the last. */
export function extent(
  segments: readonly Pick<Segment, 'virtualAddress' | 'byteCount'>[],
): Pick<SymbolizedImage, 'start' | 'end'> {
  const bounds = segments.flatMap(({ virtualAddress, byteCount }) => [
    virtualAddress,
    virtualAddress + BigInt(byteCount),
  ]);
  bounds.sort((a, b) => (a < b ? -1 : 1));
  return { start: bounds.at(0)!, end: bounds.at(-1)! };
}

/** @param types that the file may be of */
export function readHeader(file: ImageFile, types: readonly number[] = [typeExecutable, typeShared]): DataView {
  const { path, byteCount } = file;
  const bytes = file.read(0, Math.min(byteCount, headerByteCount));
  if (!isElf({ bytes })) throw machineErrors.notElf(path);
  need(file, 'the ELF header', identByteCount);
  if (bytes[4] !== class64) throw machineErrors.not64Bit(path);
  if (bytes[5] !== littleEndian) throw machineErrors.bigEndian(path);
  need(file, 'the ELF header', headerByteCount);
  const view = viewOf(bytes);
  const machine = view.getUint16(0x12, true);
  if (machine !== machineRiscV) throw machineErrors.otherMachine(path, machineNames[machine] ?? `e_machine ${machine}`);
  const type = view.getUint16(0x10, true);
  if (!types.includes(type)) {
    throw machineErrors.notExecutable(
      path,
      type === typeRelocatable ? 'an object file' : `an ELF file of type ${type}`,
    );
  }
  return view;
}

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];
const identByteCount = 16;
const headerByteCount = 64;
const class64 = 2;
const littleEndian = 1;
export const typeRelocatable = 1;
const typeExecutable = 2;
const typeShared = 3;
const machineRiscV = 243;
const machineNames: Record<number, string> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  40: 'Arm',
  62: 'x86-64',
  183: 'AArch64',
};

const programHeaderByteCount = 56;
const loadable = 1;

interface SegmentHeader extends Omit<Segment, 'bytes'> {
  /** In the file. */
  readonly offset: number;
  readonly fileByteCount: number;
}

function readSegmentHeaders(file: ImageFile, header: DataView): SegmentHeader[] {
  const { path } = file;
  const tableOffset = offsetAt(file, header, 0x20, 'e_phoff');
  const entryByteCount = header.getUint16(0x36, true);
  const count = header.getUint16(0x38, true);
  if (count > 0 && entryByteCount < programHeaderByteCount) {
    throw machineErrors.malformed(path, `program headers of ${entryByteCount} bytes`);
  }
  need(file, 'the program header table', tableOffset + count * entryByteCount);
  const view = viewOf(file.read(tableOffset, count * entryByteCount));
  const segments: SegmentHeader[] = [];
  for (let index = 0; index < count; index++) {
    const at = index * entryByteCount;
    if (view.getUint32(at, true) !== loadable) continue;
    const offset = offsetAt(file, view, at + 0x08, `p_offset of segment ${index}`);
    const virtualAddress = view.getBigUint64(at + 0x10, true);
    const address = view.getBigUint64(at + 0x18, true);
    const fileByteCount = offsetAt(file, view, at + 0x20, `p_filesz of segment ${index}`);
    const byteCount = offsetAt(file, view, at + 0x28, `p_memsz of segment ${index}`);
    if (byteCount === 0) continue;
    if (fileByteCount > byteCount)
      throw machineErrors.malformed(path, `segment ${index} is larger in the file than in memory`);
    segments.push({ address, virtualAddress, byteCount, offset, fileByteCount });
  }
  if (segments.length === 0) throw machineErrors.nothingToLoad(path);
  return segments;
}

export interface SectionHeader {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  /** In the file. */
  readonly offset: number;
  readonly byteCount: number;
  /** Another section's index, or none: of the strings, the symbols; of what relocations are for. */
  readonly link: number;
  readonly info: number;
}

/** None when the file has lost them. */
export function readSectionHeaders(file: ImageFile, header: DataView): SectionHeader[] {
  const { path } = file;
  const tableOffset = offsetAt(file, header, 0x28, 'e_shoff');
  const entryByteCount = header.getUint16(0x3a, true);
  const count = header.getUint16(0x3c, true);
  const namesIndex = header.getUint16(0x3e, true);
  if (tableOffset === 0 || count === 0) return [];
  if (entryByteCount < sectionHeaderByteCount)
    throw machineErrors.malformed(path, `section headers of ${entryByteCount} bytes`);
  need(file, 'the section header table', tableOffset + count * entryByteCount);
  const view = viewOf(file.read(tableOffset, count * entryByteCount));
  const place = (at: number, what: string) => ({
    offset: offsetAt(file, view, at + 0x18, `sh_offset of ${what}`),
    byteCount: offsetAt(file, view, at + 0x20, `sh_size of ${what}`),
  });
  const named = namesIndex < count ? place(namesIndex * entryByteCount, 'the section names') : undefined;
  const names = named ? contentOf(file, named) : new Uint8Array(0);
  return Array.from({ length: count }, (_, index) => {
    const at = index * entryByteCount;
    return {
      name: stringAt(names, view.getUint32(at, true)),
      type: view.getUint32(at + 0x04, true),
      flags: view.getBigUint64(at + 0x08, true),
      address: view.getBigUint64(at + 0x10, true),
      ...place(at, `section ${index}`),
      link: view.getUint32(at + 0x28, true),
      info: view.getUint32(at + 0x2c, true),
    };
  });
}

/** As much of it as the file has. */
function contentOf(file: ImageFile, { offset, byteCount }: Pick<SectionHeader, 'offset' | 'byteCount'>): Uint8Array {
  const start = Math.min(offset, file.byteCount);
  return file.read(start, Math.min(byteCount, file.byteCount - start));
}

/** Sections in memory (SHF_ALLOC) by their names. */
function sectionsInMemory(headers: readonly SectionHeader[]): Section[] {
  return headers
    .filter(({ name, flags }) => name !== '' && (flags & sectionInMemory) !== 0n)
    .map(({ name, address, byteCount }) => ({ name, virtualAddress: address, byteCount }));
}

/** Few, since sections lie one behind the other. */
function extentsInMemory(headers: readonly SectionHeader[]): { start: bigint; end: bigint }[] {
  const extents: { start: bigint; end: bigint }[] = [];
  const sorted = headers.filter(({ flags }) => (flags & sectionInMemory) !== 0n);
  sorted.sort((a, b) => (a.address < b.address ? -1 : 1));
  for (const { address: start, byteCount } of sorted) {
    const end = start + BigInt(byteCount);
    const last = extents.at(-1);
    if (last && start <= last.end) last.end = end > last.end ? end : last.end;
    else extents.push({ start, end });
  }
  return extents;
}

/**
 * Sections by name, for who reads debug information. What is compressed, or not in the file, is none.
 *
 * @param relocated a section's bytes, by its index, as they are read
 */
export function debugSections(
  file: ImageFile,
  headers: readonly SectionHeader[],
  relocated?: (index: number, bytes: Uint8Array) => Uint8Array,
): DebugSections {
  const sections = new Map<string, DebugSection>();
  for (const [index, header] of headers.entries()) {
    const { name, type, flags, address } = header;
    if (type === sectionWithoutBytes || (flags & sectionCompressed) !== 0n) continue;
    const start = Math.min(header.offset, file.byteCount);
    const byteCount = Math.min(header.byteCount, file.byteCount - start);
    let all: Uint8Array | undefined;
    const section: DebugSection = {
      address,
      byteCount,
      get bytes() {
        all ??= relocated ? relocated(index, file.read(start, byteCount)) : file.read(start, byteCount);
        return all;
      },
      part: relocated
        ? (from, length) => section.bytes.subarray(from, from + length)
        : (from, length) => file.read(start + from, length),
    };
    sections.set(name, section);
  }
  const inMemory = extentsInMemory(headers);
  return {
    path: file.path,
    section: (name) => sections.get(name),
    isInMemory: (address) => inMemory.some(({ start, end }) => address >= start && address < end),
  };
}

const sectionWithoutBytes = 8;
const sectionCompressed = 0x800n;
export const sectionInMemory = 2n;
const sectionHeaderByteCount = 64;
const sectionSymbols = 2;
const symbolByteCount = 24;
const symbolFunction = 2;
const symbolSection = 3;
const symbolFile = 4;
const symbolThreadLocal = 6;
const undefinedSection = 0;

interface SymbolEntry extends ImageSymbol {
  readonly kind: number;
  readonly section: number;
}

/** Names from .symtab; none when the file was stripped. */
function readSymbols(file: ImageFile, headers: readonly SectionHeader[]): ImageSymbol[] {
  const symbols: ImageSymbol[] = [];
  for (const { kind, section, ...symbol } of symbolEntries(file, headers)) {
    if (section !== undefinedSection && hasAddress(kind) && isName(symbol.name)) symbols.push(symbol);
  }
  return symbols;
}

/** What is in thread-local storage has an offset there. */
export function hasAddress(kind: number): boolean {
  return kind !== symbolSection && kind !== symbolFile && kind !== symbolThreadLocal;
}

/** All of .symtab, in its order. */
export function* symbolEntries(file: ImageFile, headers: readonly SectionHeader[]): Generator<SymbolEntry> {
  const { path } = file;
  for (const table of headers) {
    if (table.type !== sectionSymbols) continue;
    const strings = headers[table.link];
    if (!strings)
      throw machineErrors.malformed(path, `the symbol table names section ${table.link} of ${headers.length}`);
    need(file, 'the symbol table', table.offset + table.byteCount);
    need(file, 'the string table', strings.offset + strings.byteCount);
    const names = contentOf(file, strings);
    const view = viewOf(contentOf(file, table));
    for (let at = 0; at + symbolByteCount <= view.byteLength; at += symbolByteCount) {
      const kind = view.getUint8(at + 4) & 0xf;
      yield {
        name: stringAt(names, view.getUint32(at, true)),
        address: view.getBigUint64(at + 8, true),
        byteCount: view.getBigUint64(at + 16, true),
        isFunction: kind === symbolFunction,
        kind,
        section: view.getUint16(at + 6, true),
      };
    }
  }
}

const utf8 = new TextDecoder();

function stringAt(strings: Uint8Array, offset: number): string {
  const end = strings.indexOf(0, offset);
  return utf8.decode(strings.subarray(offset, end < 0 ? strings.length : end));
}

/** A file offset or size: 64 bits of which a real file uses few. */
function offsetAt({ path }: ImageFile, view: DataView, at: number, what: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) / 4n)
    throw machineErrors.malformed(path, `${what} is 0x${value.toString(16)}`);
  return Number(value);
}

function need({ path, byteCount: has }: ImageFile, what: string, byteCount: number): void {
  if (has < byteCount) throw machineErrors.truncated(path, what, byteCount, has);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
