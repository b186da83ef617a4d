import { isElf, readElfSymbols } from './elf';
import type { Image } from './machine';
import { machineErrors } from './machine-errors';
import { type ImageSymbol, isName, type SymbolizedImage } from './symbol-table';

/**
 * Names for code that is in RAM without them, such as a kernel's `Image`: an ELF file, or what `nm` prints of one
 * (`System.map`).
 * @throws DebuggeeError `no-symbols`, `elf-…`
 */
export function readSymbolFile(image: Image): SymbolizedImage {
  const symbolized = isElf(image) ? readElfSymbols(image) : readNames(image);
  if (symbolized.symbols.length === 0) throw machineErrors.noSymbols(image.path);
  return symbolized;
}

/** Address, kind, name; `A` is a number and no address. */
const line = /^([0-9a-fA-F]{8,16}) ([b-zB-Z]) (\S+)$/gm;

function readNames({ bytes }: Image): SymbolizedImage {
  const symbols: ImageSymbol[] = [];
  let [start, end] = [0n, 0n];
  for (const [, digits, kind, name] of new TextDecoder().decode(bytes).matchAll(line)) {
    const address = BigInt(`0x${digits}`);
    if (!isName(name!)) continue;
    symbols.push({ name: name!, address, byteCount: 0n, isFunction: /[tTwW]/.test(kind!) });
    if (symbols.length === 1 || address < start) start = address;
    if (address > end) end = address;
  }
  return { start, end, symbols };
}
