import { isElf, isObjectFile, readElfSymbols } from './elf';
import type { ImageFile } from './image-file';
import type { Image } from './machine';
import { machineErrors } from './machine-errors';
import { type ObjectFile, placesOf, readObjectFile } from './object-file';
import { type ImageSymbol, isName, type SymbolizedImage } from './symbol-table';

/**
 * Names for code that is in RAM without them, such as a kernel's `Image`: ELF files, what `nm` prints of one
 * (`System.map`), or what a guest printed of its `/proc/kallsyms`, in which the kernel and each of its modules are images
 * of their own. An object file, such as a module, is where the others have its names.
 * @throws DebuggeeError `no-symbols`, `hidden-symbols`, `no-addresses`, `elf-…`
 */
export function readSymbolFiles(files: readonly ImageFile[]): SymbolizedImage[] {
  const images: SymbolizedImage[] = [];
  const objects: ObjectFile[] = [];
  for (const file of files) {
    const begins = { bytes: file.read(0, Math.min(file.byteCount, beginningByteCount)) };
    if (isElf(begins) && isObjectFile(begins)) objects.push(readObjectFile(file));
    else images.push(...readSymbolFile(file, isElf(begins)));
  }
  const placed = objects.flatMap((object) => {
    const places = placesOf(object, images);
    if (places.size === 0) throw machineErrors.notPlaced(object.path);
    return object.placedAt(places);
  });
  // They know more of their names than a list does.
  return [...placed, ...images];
}

function readSymbolFile(file: ImageFile, isElf: boolean): SymbolizedImage[] {
  const { path, byteCount } = file;
  const images = isElf ? [readElfSymbols(file)] : readNames({ path, bytes: file.read(0, byteCount) });
  if (images.every(({ symbols }) => symbols.length === 0)) throw machineErrors.noSymbols(path);
  return images;
}

/** As far as the type of an ELF file. */
const beginningByteCount = 18;

/** Address, size (of `nm -S`), kind, name, module; `A` is a number and no address. */
const line = /^([0-9a-fA-F]{8,16}) (?:([0-9a-fA-F]{8,16}) )?([b-zB-Z]) (\S+)(?:\t\[(\S+)\])?\r?$/gm;

/** How far the last symbol of an image reaches, of which a list does not tell: a page. */
const lastByteCount = 0x1000n;

function readNames({ path, bytes }: Image): SymbolizedImage[] {
  const modules = new Map<string, ImageSymbol[]>();
  let isHidden = true;
  for (const [, digits, size, kind, name, module = ''] of new TextDecoder().decode(bytes).matchAll(line)) {
    if (!isName(name!)) continue;
    const address = BigInt(`0x${digits}`);
    if (address !== 0n) isHidden = false;
    const byteCount = size === undefined ? 0n : BigInt(`0x${size}`);
    const symbol = { name: name!, address, byteCount, isFunction: /[tTwW]/.test(kind!) };
    const symbols = modules.get(module);
    if (symbols) symbols.push(symbol);
    else modules.set(module, [symbol]);
  }
  if (modules.size > 0 && isHidden) throw machineErrors.hiddenSymbols(path);
  return [...modules.values()].map(imageOf);
}

/** From the first symbol to the end of the last one. */
function imageOf(symbols: readonly ImageSymbol[]): SymbolizedImage {
  let [start, end] = [symbols[0]!.address, 0n];
  for (const { address, byteCount } of symbols) {
    if (address < start) start = address;
    const reach = address + (byteCount > 0n ? byteCount : lastByteCount);
    if (reach > end) end = reach;
  }
  return { start, end, symbols };
}
