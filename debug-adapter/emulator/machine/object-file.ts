import {
  debugSections,
  hasAddress,
  readHeader,
  readSectionHeaders,
  type SectionHeader,
  sectionInMemory,
  symbolEntries,
  typeRelocatable,
} from './elf';
import type { ImageFile } from './image-file';
import { machineErrors } from './machine-errors';
import { relocate } from './relocations';
import { type ImageSymbol, isName, type SymbolizedImage } from './symbol-table';

/** An object file (ET_REL), such as a kernel module: where its sections are is decided by who loads it. */
export interface ObjectFile {
  readonly path: string;
  /** By where they are in their section. */
  readonly symbols: readonly ObjectSymbol[];
  /** @returns an image for each section that has been given an address */
  placedAt(addresses: ReadonlyMap<number, bigint>): SymbolizedImage[];
}

export interface ObjectSymbol extends ImageSymbol {
  /** Its index. */
  readonly section: number;
}

/** @throws DebuggeeError `elf-…` */
export function readObjectFile(file: ImageFile): ObjectFile {
  const headers = readSectionHeaders(file, readHeader(file, [typeRelocatable]));
  const entries = [...symbolEntries(file, headers)];
  const symbols = entries.filter(
    ({ name, kind, section }) => hasAddress(kind) && isName(name) && section > 0 && section < headers.length,
  );
  return {
    ...{ path: file.path, symbols },
    placedAt: (addresses) => {
      const placed = headers.map((header, index) => {
        const address = addresses.get(index);
        if (address !== undefined) return { ...header, address };
        return { ...header, flags: header.flags & ~sectionInMemory };
      });
      const debug = debugSections(file, placed, (index, bytes) => relocated(file, placed, index, bytes));
      return [...addresses].map(([section, start], order) => ({
        ...{ start, end: start + BigInt(headers[section]!.byteCount) },
        symbols: symbols.filter((each) => each.section === section).map((each) => at(each, start)),
        // Of all of them.
        ...(order === 0 && { debug }),
      }));
    },
  };
}

/**
 * Where an object file's sections are, by its names that an image has: of several images, the one that has the most of
 * them. Those of a module's initialization are gone when it has been loaded.
 *
 * @returns addresses by section index; empty when no image has mostly names of the object file
 * @throws DebuggeeError `other-object` when the image is of another build
 */
export function placesOf({ path, symbols }: ObjectFile, images: readonly SymbolizedImage[]): Map<number, bigint> {
  const names = new Set(symbols.map(({ name }) => name));
  let known = new Map<string, bigint>();
  for (const image of images) {
    const shared = image.symbols.filter(({ name }) => names.has(name));
    if (shared.length * 2 <= image.symbols.length || shared.length <= known.size) continue;
    known = new Map(shared.map(({ name, address }) => [name, address]));
  }
  const nameCounts = new Map<string, number>();
  for (const { name } of symbols) nameCounts.set(name, (nameCounts.get(name) ?? 0) + 1);
  const places = new Map<number, bigint>();
  for (const { name, section, address } of symbols) {
    const there = known.get(name);
    // Of two with one name, who knows which.
    if (there === undefined || nameCounts.get(name) !== 1) continue;
    const place = places.get(section) ?? there - address;
    if (place + address !== there) throw machineErrors.otherObject(path, name);
    places.set(section, place);
  }
  return places;
}

function at({ name, address, byteCount, isFunction }: ImageSymbol, start: bigint): ImageSymbol {
  return { name, address: start + address, byteCount, isFunction };
}

/** A section's bytes with what its relocations put there. */
function relocated(file: ImageFile, headers: readonly SectionHeader[], index: number, bytes: Uint8Array): Uint8Array {
  const tables = headers.filter(({ type, info }) => type === sectionRelocations && info === index);
  if (tables.length === 0) return bytes;
  const result = bytes.slice();
  const values = Array.from(
    symbolEntries(file, headers),
    ({ section, address }) => (headers[section]?.address ?? 0n) + address,
  );
  for (const { offset, byteCount } of tables) {
    const start = Math.min(offset, file.byteCount);
    const table = file.read(start, Math.min(byteCount, file.byteCount - start));
    relocate(result, headers[index]!.address, table, (symbol) => values[symbol] ?? 0n);
  }
  return result;
}

/** SHT_RELA */
const sectionRelocations = 4;
