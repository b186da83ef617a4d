import type { Image } from './machine';
import { machineErrors } from './machine-errors';
import { type DebugSections, type ImageSymbol, isName, type SymbolizedImage } from './symbol-table';

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

export function isElf({ bytes }: Image): boolean {
  return elfMagic.every((byte, index) => bytes[index] === byte);
}

/**
 * Reads an executable ELF64 file for RISC-V (System V ABI, chapters 4 and 5; RISC-V psABI). Segments are placed by
 * physical address, as QEMU's `load_elf` does.
 * @throws DebuggeeError `not-elf`, `elf-…`
 */
export function readElf(image: Image): Executable {
  const { path, bytes } = image;
  const view = readHeader(image);
  const segments = readSegmentHeaders(image, view).map(({ offset, fileByteCount, ...segment }, index) => {
    need(image, `segment ${index}`, offset + fileByteCount);
    return { ...segment, bytes: bytes.subarray(offset, offset + fileByteCount) };
  });
  const entry = view.getBigUint64(0x18, true);
  const symbols = readSymbols(image, view);
  return { path, entry, segments, symbols, sections: readSections(image, view), debug: debugSections(image, view) };
}

/**
 * Names and addresses of what is not loaded from here: an executable, or a file of its debug information, whose segments
 * are empty.
 * @throws DebuggeeError `not-elf`, `elf-…`
 */
export function readElfSymbols(image: Image): SymbolizedImage {
  const view = readHeader(image);
  const symbols = readSymbols(image, view);
  return { ...extent(readSegmentHeaders(image, view)), symbols, debug: debugSections(image, view) };
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

function readHeader(image: Image): DataView {
  const { path, bytes } = image;
  if (!isElf(image)) throw machineErrors.notElf(path);
  need(image, 'the ELF header', identByteCount);
  if (bytes[4] !== class64) throw machineErrors.not64Bit(path);
  if (bytes[5] !== littleEndian) throw machineErrors.bigEndian(path);
  need(image, 'the ELF header', headerByteCount);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(0x12, true);
  if (machine !== machineRiscV) throw machineErrors.otherMachine(path, machineNames[machine] ?? `e_machine ${machine}`);
  const type = view.getUint16(0x10, true);
  if (type !== typeExecutable && type !== typeShared) {
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
const typeRelocatable = 1;
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

function readSegmentHeaders(image: Image, view: DataView): SegmentHeader[] {
  const { path } = image;
  const tableOffset = offsetAt(image, view, 0x20, 'e_phoff');
  const entryByteCount = view.getUint16(0x36, true);
  const count = view.getUint16(0x38, true);
  if (count > 0 && entryByteCount < programHeaderByteCount) {
    throw machineErrors.malformed(path, `program headers of ${entryByteCount} bytes`);
  }
  need(image, 'the program header table', tableOffset + count * entryByteCount);
  const segments: SegmentHeader[] = [];
  for (let index = 0; index < count; index++) {
    const at = tableOffset + index * entryByteCount;
    if (view.getUint32(at, true) !== loadable) continue;
    const offset = offsetAt(image, view, at + 0x08, `p_offset of segment ${index}`);
    const virtualAddress = view.getBigUint64(at + 0x10, true);
    const address = view.getBigUint64(at + 0x18, true);
    const fileByteCount = offsetAt(image, view, at + 0x20, `p_filesz of segment ${index}`);
    const byteCount = offsetAt(image, view, at + 0x28, `p_memsz of segment ${index}`);
    if (byteCount === 0) continue;
    if (fileByteCount > byteCount)
      throw machineErrors.malformed(path, `segment ${index} is larger in the file than in memory`);
    segments.push({ address, virtualAddress, byteCount, offset, fileByteCount });
  }
  if (segments.length === 0) throw machineErrors.nothingToLoad(path);
  return segments;
}

/** Sections in memory (SHF_ALLOC) by their names; none when the file has lost its section headers. */
function readSections(image: Image, view: DataView): Section[] {
  const tableOffset = offsetAt(image, view, 0x28, 'e_shoff');
  const count = view.getUint16(0x3c, true);
  const namesIndex = view.getUint16(0x3e, true);
  // The symbols, which are read before, need what is checked there.
  if (tableOffset === 0 || namesIndex >= count) return [];
  const header = (index: number) => tableOffset + index * sectionHeaderByteCount;
  const namesOffset = offsetAt(image, view, header(namesIndex) + 0x18, 'sh_offset of the section names');
  const names = image.bytes.subarray(namesOffset);
  return Array.from({ length: count }, (_, index) => header(index))
    .filter((at) => (view.getBigUint64(at + 0x08, true) & sectionInMemory) !== 0n)
    .map((at) => ({
      name: stringAt(names, view.getUint32(at, true)),
      virtualAddress: view.getBigUint64(at + 0x10, true),
      byteCount: offsetAt(image, view, at + 0x20, 'sh_size'),
    }));
}

/** Sections by name, for who reads debug information. What is compressed, or not in the file, is none. */
function debugSections(image: Image, view: DataView): DebugSections {
  const { path, bytes } = image;
  const sections = new Map<string, { bytes: Uint8Array; address: bigint }>();
  const tableOffset = offsetAt(image, view, 0x28, 'e_shoff');
  const count = view.getUint16(0x3c, true);
  const namesIndex = view.getUint16(0x3e, true);
  if (tableOffset === 0 || namesIndex >= count) return { path, section: () => undefined };
  const header = (index: number) => tableOffset + index * sectionHeaderByteCount;
  const names = bytes.subarray(offsetAt(image, view, header(namesIndex) + 0x18, 'sh_offset of the section names'));
  for (let index = 0; index < count; index++) {
    const at = header(index);
    const isElsewhere = view.getUint32(at + 0x04, true) === sectionWithoutBytes;
    if (isElsewhere || (view.getBigUint64(at + 0x08, true) & sectionCompressed) !== 0n) continue;
    const offset = offsetAt(image, view, at + 0x18, `sh_offset of section ${index}`);
    const byteCount = offsetAt(image, view, at + 0x20, `sh_size of section ${index}`);
    const content = bytes.subarray(offset, offset + byteCount);
    sections.set(stringAt(names, view.getUint32(at, true)), {
      bytes: content,
      address: view.getBigUint64(at + 0x10, true),
    });
  }
  return { path, section: (name) => sections.get(name) };
}

const sectionWithoutBytes = 8;
const sectionCompressed = 0x800n;
const sectionInMemory = 2n;
const sectionHeaderByteCount = 64;
const sectionSymbols = 2;
const symbolByteCount = 24;
const symbolFunction = 2;
const symbolSection = 3;
const symbolFile = 4;
const undefinedSection = 0;

/** Names from .symtab; none when the file was stripped. */
function readSymbols(image: Image, view: DataView): ImageSymbol[] {
  const { path, bytes } = image;
  const tableOffset = offsetAt(image, view, 0x28, 'e_shoff');
  const entryByteCount = view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  if (tableOffset === 0 || count === 0) return [];
  if (entryByteCount < sectionHeaderByteCount)
    throw machineErrors.malformed(path, `section headers of ${entryByteCount} bytes`);
  need(image, 'the section header table', tableOffset + count * entryByteCount);
  const section = (index: number) => {
    const at = tableOffset + index * entryByteCount;
    const offset = offsetAt(image, view, at + 0x18, `sh_offset of section ${index}`);
    const byteCount = offsetAt(image, view, at + 0x20, `sh_size of section ${index}`);
    return { type: view.getUint32(at + 0x04, true), link: view.getUint32(at + 0x28, true), offset, byteCount };
  };
  const symbols: ImageSymbol[] = [];
  for (let index = 0; index < count; index++) {
    const table = section(index);
    if (table.type !== sectionSymbols) continue;
    if (table.link >= count)
      throw machineErrors.malformed(path, `the symbol table names section ${table.link} of ${count}`);
    const strings = section(table.link);
    need(image, 'the symbol table', table.offset + table.byteCount);
    need(image, 'the string table', strings.offset + strings.byteCount);
    const names = bytes.subarray(strings.offset, strings.offset + strings.byteCount);
    for (let at = table.offset; at + symbolByteCount <= table.offset + table.byteCount; at += symbolByteCount) {
      const kind = view.getUint8(at + 4) & 0xf;
      const name = stringAt(names, view.getUint32(at, true));
      if (!isName(name)) continue;
      if (kind === symbolSection || kind === symbolFile || view.getUint16(at + 6, true) === undefinedSection) continue;
      const [address, byteCount] = [view.getBigUint64(at + 8, true), view.getBigUint64(at + 16, true)];
      symbols.push({ name, address, byteCount, isFunction: kind === symbolFunction });
    }
  }
  return symbols;
}

function stringAt(strings: Uint8Array, offset: number): string {
  const end = strings.indexOf(0, offset);
  return new TextDecoder().decode(strings.subarray(offset, end < 0 ? strings.length : end));
}

/** A file offset or size: 64 bits of which a real file uses few. */
function offsetAt(image: Image, view: DataView, at: number, what: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) / 4n)
    throw machineErrors.malformed(image.path, `${what} is 0x${value.toString(16)}`);
  return Number(value);
}

function need({ path, bytes }: Image, what: string, byteCount: number): void {
  if (bytes.length < byteCount) throw machineErrors.truncated(path, what, byteCount, bytes.length);
}
