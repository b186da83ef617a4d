// What pages of RAM held before they were written to: entries, one behind the other, as the memory map has them.
import {
  HELD_BEGIN, HELD_COPY_COUNT, HELD_COUNT, HELD_END, HELD_LENGTH, HELD_LIMIT, HELD_MASK, HELD_READ_BYTES,
  HELD_READ_END, HELD_WORDS, HELD_ZEROS, KEEP_EPOCH, PAGE_BYTES, PAGE_KEPT, RAM_PAGE_COUNT, WRITTEN,
} from '../memory-map';
import { makeRoom } from './host';
import { dropCode, isZero, pageAddress } from './pages';

const LINE_BYTES: usize = 64;
const UNCHANGED_BYTES: usize = 8;

// @ts-ignore: decorator
@inline export function isHeld(page: u32): bool { return <u32>load<u8>(PAGE_KEPT + page) == load<u32>(KEEP_EPOCH); }

/** Nobody has ever written to the page. */
// @ts-ignore: decorator
@inline export function isPristine(page: u32): bool { return load<u8>(PAGE_KEPT + page) == 0; }

/** Before the first change of a page. Zeros take no place; until any page is to be held, none does. */
export function hold(page: u32): void {
  if (load<u32>(KEEP_EPOCH) == WRITTEN) {
    store<u8>(PAGE_KEPT + page, <u8>WRITTEN);
    return;
  }
  const isCopied = !isZero(page);
  const byteCount: usize = isCopied ? HELD_WORDS + PAGE_BYTES : HELD_WORDS;
  if (<usize>load<u32>(HELD_END) + byteCount > <usize>load<u32>(HELD_LIMIT)) makeRoom();
  const entry = <usize>load<u32>(HELD_END);
  store<u32>(entry, page);
  store<u32>(entry, (<u32>byteCount >> 3) | (isCopied ? 0 : HELD_ZEROS), HELD_LENGTH);
  if (isCopied) {
    memory.copy(entry + HELD_WORDS, pageAddress(page), PAGE_BYTES);
    store<u32>(HELD_COPY_COUNT, load<u32>(HELD_COPY_COUNT) + 1);
  }
  store<u32>(HELD_END, <u32>(entry + byteCount));
  store<u32>(HELD_COUNT, load<u32>(HELD_COUNT) + 1);
  store<u8>(PAGE_KEPT + page, <u8>load<u32>(KEEP_EPOCH));
}

/** The host is about to change a page. */
export function holdUnlessHeld(page: u32): void {
  if (!isHeld(page)) hold(page);
}

/** From now on each page is to be held before its next change. */
export function beginHolding(): void {
  const epoch = load<u32>(KEEP_EPOCH);
  if (epoch + 1 == WRITTEN) {
    for (let page: u32 = 0; page < load<u32>(RAM_PAGE_COUNT); page++) {
      if (!isPristine(page)) store<u8>(PAGE_KEPT + page, <u8>WRITTEN);
    }
  }
  store<u32>(KEEP_EPOCH, epoch + 1 >= WRITTEN ? 1 : epoch + 1);
  store<u32>(HELD_END, load<u32>(HELD_BEGIN));
  store<u32>(HELD_COPY_COUNT, 0);
  store<u32>(HELD_COUNT, 0);
}

/** RAM is as it was when the pages were held. */
export function putBackHeld(): void {
  const end = <usize>load<u32>(HELD_END);
  for (let entry = <usize>load<u32>(HELD_BEGIN); entry < end; entry += byteCountOf(entry)) {
    const address = pageAddress(load<u32>(entry));
    if (wereZeros(entry)) memory.fill(address, 0, PAGE_BYTES);
    else memory.copy(address, entry + HELD_WORDS, PAGE_BYTES);
    noteChange(load<u32>(entry));
  }
}

/** What a page held is put back: no code that was decoded of it stays. */
export function noteChange(page: u32): void {
  dropCode(page, 0, <u32>PAGE_BYTES);
}

/**
 * Leaves of some of the pages that are held what has changed, from an entry on. An entry never gets longer: each is written
 * behind what is left of those before, which goes up to HELD_READ_END, and at last to HELD_END.
 * @returns the entry that comes next, or the end
 */
export function keepChanges(from: usize, countMax: u32): usize {
  const end = <usize>load<u32>(HELD_END);
  let to: usize = from == <usize>load<u32>(HELD_BEGIN) ? from : <usize>load<u32>(HELD_READ_END);
  let entry = from;
  for (let count: u32 = 0; entry < end && count < countMax; count++) {
    const next = entry + byteCountOf(entry);
    to = writeChange(entry, to, false);
    entry = next;
  }
  store<u32>(entry < end ? HELD_READ_END : HELD_END, <u32>to);
  return entry;
}

/**
 * What the words hold now that have changed of the pages that are held, from an entry on: from HELD_LIMIT to HELD_READ_END.
 * @returns the first entry that there was no room for, or the end
 */
export function readChanges(from: usize): usize {
  const end = <usize>load<u32>(HELD_END);
  let to = <usize>load<u32>(HELD_LIMIT);
  const toMax = to + HELD_READ_BYTES - (HELD_WORDS + PAGE_BYTES);
  let entry = from;
  for (; entry < end && to <= toMax; entry += byteCountOf(entry)) to = writeChange(entry, to, true);
  store<u32>(HELD_READ_END, <u32>to);
  return entry;
}

/** @param isOfNow whether the words are to be those of now, not those that were held. @returns the new entry's end */
function writeChange(entry: usize, to: usize, isOfNow: bool): usize {
  const page = load<u32>(entry);
  const zeros = load<u32>(entry, HELD_LENGTH) & HELD_ZEROS;
  const held = entry + HELD_WORDS;
  const hasChanged = zeros != 0 ? markNonzero(page, to + HELD_MASK) : markChanged(page, held, to + HELD_MASK);
  store<u32>(to, page);
  if (!hasChanged) {
    store<u32>(to, UNCHANGED_BYTES >> 3, HELD_LENGTH);
    return to + UNCHANGED_BYTES;
  }
  let end = to + HELD_WORDS;
  if (isOfNow) end = writeWords(pageAddress(page), to);
  else if (zeros == 0) end = writeWords(held, to);
  store<u32>(to, <u32>((end - to) >> 3) | (isOfNow ? 0 : zeros), HELD_LENGTH);
  return end;
}

function markNonzero(page: u32, mask: usize): bool {
  const zero = i64x2.splat(0);
  let any: u32 = 0;
  for (let line: usize = 0; line < PAGE_BYTES / LINE_BYTES; line++) {
    const now = pageAddress(page) + line * LINE_BYTES;
    const bits = bitsOf(
      i64x2.ne(v128.load(now), zero),
      i64x2.ne(v128.load(now, 16), zero),
      i64x2.ne(v128.load(now, 32), zero),
      i64x2.ne(v128.load(now, 48), zero),
    );
    store<u8>(mask + line, <u8>bits);
    any |= bits;
  }
  return any != 0;
}

function markChanged(page: u32, held: usize, mask: usize): bool {
  let any: u32 = 0;
  for (let line: usize = 0; line < PAGE_BYTES / LINE_BYTES; line++) {
    const before = held + line * LINE_BYTES;
    const now = pageAddress(page) + line * LINE_BYTES;
    const bits = bitsOf(
      i64x2.ne(v128.load(before), v128.load(now)),
      i64x2.ne(v128.load(before, 16), v128.load(now, 16)),
      i64x2.ne(v128.load(before, 32), v128.load(now, 32)),
      i64x2.ne(v128.load(before, 48), v128.load(now, 48)),
    );
    store<u8>(mask + line, <u8>bits);
    any |= bits;
  }
  return any != 0;
}

/** Of the page's bytes at `source`, those that the entry's mask says. No word is written behind where it is read. */
function writeWords(source: usize, entry: usize): usize {
  let to = entry + HELD_WORDS;
  for (let line: usize = 0; line < PAGE_BYTES / LINE_BYTES; line++) {
    const from = source + line * LINE_BYTES;
    for (let bits: u32 = load<u8>(entry + HELD_MASK + line); bits != 0; bits &= bits - 1) {
      store<u64>(to, load<u64>(from + (<usize>ctz(bits) << 3)));
      to += 8;
    }
  }
  return to;
}

/** A bit for each doubleword of a line. */
// @ts-ignore: decorator
@inline function bitsOf(a: v128, b: v128, c: v128, d: v128): u32 {
  return <u32>i64x2.bitmask(a) | (<u32>i64x2.bitmask(b) << 2) | (<u32>i64x2.bitmask(c) << 4) | (<u32>i64x2.bitmask(d) << 6);
}

// @ts-ignore: decorator
@inline function byteCountOf(entry: usize): usize { return <usize>(load<u32>(entry, HELD_LENGTH) & ~HELD_ZEROS) << 3; }
// @ts-ignore: decorator
@inline function wereZeros(entry: usize): bool { return (load<u32>(entry, HELD_LENGTH) & HELD_ZEROS) != 0; }
