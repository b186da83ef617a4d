import type { SymbolTable } from './machine';

export interface ImageSymbol {
  readonly name: string;
  readonly address: bigint;
  /** 0 when the image does not say: the symbol reaches to the next one. */
  readonly byteCount: bigint;
  /** The image says that code begins here which is called; else it may be a label in its midst, or data. */
  readonly isFunction: boolean;
}

/**
 * Not a mapping symbol ($x, $d) or a local label: they mark places within what a name already covers. What a terminal
 * would obey is no part of a name.
 */
export function isName(text: string): boolean {
  return text !== '' && !text.startsWith('$') && !text.startsWith('.L') && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);
}

/** Sections of an ELF file, by name. */
export interface DebugSections {
  readonly path: string;
  section(name: string): DebugSection | undefined;
  /** Whether a section of the file is there in memory. */
  isInMemory(address: bigint): boolean;
}

/** Read when it is asked for. */
export interface DebugSection {
  readonly address: bigint;
  readonly byteCount: number;
  /** All of it, which is kept. */
  readonly bytes: Uint8Array;
  /** Some of it, which is not. */
  part(from: number, byteCount: number): Uint8Array;
}

/** One image: the virtual addresses it covers and its names. */
export interface SymbolizedImage {
  readonly start: bigint;
  readonly end: bigint;
  readonly symbols: readonly ImageSymbol[];
  /** What may say more of its code. */
  readonly debug?: DebugSections;
}

/** An image that is looked for when one of its names may be needed: it may not be there yet, or never be. */
export interface LaterImage extends Pick<SymbolizedImage, 'start' | 'end'> {
  find(): SymbolizedImage | undefined;
}

/** Looking for an image takes long. */
const searchCountMax = 8;

/** Names of all images; of two with one name the first counts. An address belongs to the image that covers it, so that no name reaches into another. */
export class ImageSymbolTable implements SymbolTable {
  private readonly _addresses = new Map<string, bigint>();
  private readonly _images: SymbolizedImage[] = [];
  readonly #debug: DebugSections[] = [];
  private _later: LaterImage | undefined;
  private _searchCount = 0;

  constructor(images: readonly SymbolizedImage[]) {
    for (const image of images) this.add(image);
  }

  get debug(): readonly DebugSections[] {
    return this.#debug;
  }

  add({ start, end, symbols, debug }: SymbolizedImage): void {
    if (debug) this.#debug.push(debug);
    this._images.push({ start, end, symbols: [...symbols].sort(byAddress) });
    for (const { name, address } of symbols) if (!this._addresses.has(name)) this._addresses.set(name, address);
  }

  addLater(image: LaterImage): void {
    this._later = image;
    this._searchCount = 0;
  }

  addressOf(name: string): bigint | undefined {
    if (!this._addresses.has(name)) this.#search();
    return this._addresses.get(name);
  }

  namesWith(prefix: string, countMax: number): readonly string[] {
    const names: string[] = [];
    for (const name of this._addresses.keys()) {
      if (names.length === countMax) break;
      if (name.startsWith(prefix)) names.push(name);
    }
    return names;
  }

  nearest(address: bigint): { readonly name: string; readonly offset: number } | undefined {
    const symbols = this.#symbolsAround(address);
    const symbol = symbols[countAtOrBelow(symbols, address) - 1];
    return symbol && { name: symbol.name, offset: Number(address - symbol.address) };
  }

  functionAt(address: bigint): bigint | undefined {
    const symbols = this.#symbolsAround(address);
    const count = countAtOrBelow(symbols, address);
    for (let at = count - 1; at >= 0 && at >= count - labelCountMax; at--) {
      const { isFunction, byteCount, address: start } = symbols[at]!;
      if (isFunction && (byteCount === 0n || address < start + byteCount)) return start;
      if (isFunction) break;
    }
    return symbols[count - 1]?.address;
  }

  #symbolsAround(address: bigint): readonly ImageSymbol[] {
    const later = this._later;
    const known = this._images.find((image) => covers(image, address));
    if (known || !later || !covers(later, address)) return known?.symbols ?? [];
    this.#search();
    return this._images.find((image) => covers(image, address))?.symbols ?? [];
  }

  #search(): void {
    if (!this._later || this._searchCount++ >= searchCountMax) return;
    const image = this._later.find();
    if (!image) return;
    this._later = undefined;
    this.add(image);
  }
}

function covers({ start, end }: Pick<SymbolizedImage, 'start' | 'end'>, address: bigint): boolean {
  return address >= start && address < end;
}

/** Within one function. */
const labelCountMax = 1000;

/**
 * Of symbols at one address the largest comes last: a function rather than a label or a linker's mark; then the one with the
 * fewest underscores in front, as Linux orders its kallsyms.
 */
function byAddress(a: ImageSymbol, b: ImageSymbol): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  if (a.byteCount !== b.byteCount) return a.byteCount < b.byteCount ? -1 : 1;
  const [underscores, othersUnderscores] = [underscoreCount(a.name), underscoreCount(b.name)];
  if (underscores !== othersUnderscores) return othersUnderscores - underscores;
  return a.name < b.name ? 1 : -1;
}

function underscoreCount(name: string): number {
  return name.length - name.replace(/^_+/, '').length;
}

function countAtOrBelow(symbols: readonly ImageSymbol[], address: bigint): number {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (symbols[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
