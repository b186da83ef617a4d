import { findTokens, type TokenTable } from './tokens';

/** A kernel has some hundred thousand. */
const symbolCountMax = 2_000_000;
const symbolsPerMarker = 256;
/** With its type; the kernel's KSYM_NAME_LEN. */
const nameLengthMax = 512;
/** At most so much lies between two of the parts. */
const alignment = 8;
/** Where an image may start (Documentation/arch/riscv/boot.rst, "Kernel location"). */
const imageAlignment = 2 << 20;
/** Of its header (boot-image-header.rst). */
const headerByteCount = 64;

export interface KernelSymbol {
  readonly name: string;
  /** As `nm` has it: `T`, `t`, `D`, … */
  readonly type: string;
  /** From the start of the kernel's image. */
  readonly offset: number;
}

/**
 * The symbols of the RISC-V kernel in RAM; undefined where there is none. One behind the other, each aligned (kernel 6.4 and
 * later):
 *
 *   num_syms · names · markers · token_table · token_index · offsets · [relative_base]
 *
 * Offsets are unsigned from the image's link address (up to 6.x), or signed from the place of each itself.
 */
export function findKallsyms(ram: Uint8Array): readonly KernelSymbol[] | undefined {
  for (const image of kernelImages(ram)) {
    for (const tokens of findTokens(image)) {
      const symbols = readTables(image, tokens);
      if (symbols) return symbols;
    }
  }
  return undefined;
}

/** By their headers. A look at all of RAM would make the host's kernel allocate what the guest has never touched. */
function* kernelImages(ram: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(ram.buffer, ram.byteOffset, ram.length);
  for (let start = 0; start + headerByteCount <= ram.length; start += imageAlignment) {
    if (!isAt(ram, start + 0x30, 'RISCV\0\0\0') || !isAt(ram, start + 0x38, 'RSC\x05')) continue;
    const byteCount = Number(view.getBigUint64(start + 0x10, true));
    yield ram.subarray(start, start + byteCount);
  }
}

function readTables(image: Uint8Array, tokens: TokenTable): KernelSymbol[] | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const markers = findMarkers(view, tokens.start);
  const names = markers && findNames(view, markers, tokens);
  if (!names) return undefined;
  const offsetsAt = tokens.end;
  if (offsetsAt + 4 * names.length > image.length) return undefined;
  const isFromPlace = view.getInt32(offsetsAt, true) < 0;
  const symbols: KernelSymbol[] = [];
  let before = 0;
  for (const [index, { type, name }] of names.entries()) {
    const place = offsetsAt + 4 * index;
    const offset = isFromPlace ? place + view.getInt32(place, true) : view.getUint32(place, true);
    // They are sorted by address.
    if (offset < before) return undefined;
    before = offset;
    symbols.push({ name, type, offset });
  }
  return symbols;
}

interface Markers {
  readonly at: number;
  readonly count: number;
}

/** Where every 256th name begins: numbers that grow from 0, in front of the tokens. */
function findMarkers(view: DataView, tokensAt: number): Markers | undefined {
  let last = (tokensAt & ~3) - 4;
  while (last >= tokensAt - alignment && last >= 0 && view.getUint32(last, true) === 0) last -= 4;
  let at = last;
  while (at >= 4 && view.getUint32(at - 4, true) < view.getUint32(at, true)) at -= 4;
  const count = (last - at) / 4 + 1;
  return at >= 0 && count > 1 && view.getUint32(at, true) === 0 ? { at, count } : undefined;
}

interface Name {
  readonly type: string;
  readonly name: string;
}

/** Their number is in front of them, and they reach to the markers: there are not many places to look at. */
function findNames(view: DataView, { at: markersAt, count }: Markers, tokens: TokenTable): Name[] | undefined {
  const last = view.getUint32(markersAt + 4 * (count - 1), true);
  const highest = markersAt - last;
  const lowest = Math.max(alignment, highest - symbolsPerMarker * nameLengthMax);
  for (let at = highest & ~3; at >= lowest; at -= 4) {
    for (const gap of [4, 8]) {
      const symbolCount = view.getUint32(at - gap, true);
      if (symbolCount > symbolCountMax || Math.ceil(symbolCount / symbolsPerMarker) !== count) continue;
      const names = readNames(view, at, symbolCount, markersAt, tokens);
      if (names) return names;
    }
  }
  return undefined;
}

function readNames(
  view: DataView,
  start: number,
  symbolCount: number,
  markersAt: number,
  tokens: TokenTable,
): Name[] | undefined {
  const names: Name[] = [];
  let at = start;
  while (names.length < symbolCount) {
    const index = names.length;
    if (index % symbolsPerMarker === 0) {
      if (view.getUint32(markersAt + 4 * (index / symbolsPerMarker), true) !== at - start) return undefined;
    }
    if (at + 2 > markersAt) return undefined;
    // ULEB128, of one or two bytes.
    let length = view.getUint8(at++);
    if (length & 0x80) length = (length & 0x7f) | (view.getUint8(at++) << 7);
    if (length < 1 || length > nameLengthMax || at + length > markersAt) return undefined;
    let text = '';
    for (const end = at + length; at < end; at++) text += tokens.texts[view.getUint8(at)]!;
    if (text.length < 2 || text.length > nameLengthMax) return undefined;
    names.push({ type: text[0]!, name: text.slice(1) });
  }
  return names;
}

function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}
