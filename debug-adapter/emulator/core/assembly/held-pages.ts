// What pages of RAM held before they were written to: entries, one behind the other, as the memory map has them.
import {
  FLAG_TOUCHED, HELD_BEGIN, HELD_COPY_COUNT, HELD_END, HELD_LENGTH, HELD_LIMIT, HELD_MASK, HELD_WORDS, HELD_ZEROS, KEEP_EPOCH,
  KEPT_BEFORE, PAGE_BYTES, PAGE_FLAGS, PAGE_KEPT, RAM, RAM_PAGE_COUNT,
} from '../memory-map';
import { makeRoom } from './host';

const LINE_BYTES: usize = 64;
const UNCHANGED_BYTES: usize = 8;

// @ts-ignore: decorator
@inline export function isHeld(page: u32): bool { return <u32>load<u8>(PAGE_KEPT + page) == load<u32>(KEEP_EPOCH); }

/** Before the first change of a page. One that nobody has ever written to is not read: it holds zeros, and takes no place. */
export function hold(page: u32): void {
  const isCopied = load<u8>(PAGE_KEPT + page) != 0;
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
  store<u8>(PAGE_KEPT + page, <u8>load<u32>(KEEP_EPOCH));
}

/** The host is about to change a page. */
export function holdUnlessHeld(page: u32): void {
  if (!isHeld(page)) hold(page);
}

/** From now on each page is to be held before its next change. */
export function beginHolding(): void {
  const epoch = load<u32>(KEEP_EPOCH);
  const pageCount = load<u32>(RAM_PAGE_COUNT);
  if (epoch == 0) {
    for (let page: u32 = 0; page < pageCount; page++) {
      if ((load<u8>(PAGE_FLAGS + page) & FLAG_TOUCHED) != 0) store<u8>(PAGE_KEPT + page, <u8>KEPT_BEFORE);
    }
  } else if (epoch + 1 == KEPT_BEFORE) {
    for (let page: u32 = 0; page < pageCount; page++) {
      if (load<u8>(PAGE_KEPT + page) != 0) store<u8>(PAGE_KEPT + page, <u8>KEPT_BEFORE);
    }
  }
  store<u32>(KEEP_EPOCH, epoch + 1 == KEPT_BEFORE ? 1 : epoch + 1);
  store<u32>(HELD_END, load<u32>(HELD_BEGIN));
  store<u32>(HELD_COPY_COUNT, 0);
}

/** RAM is as it was when the pages were held. */
export function putBackHeld(): void {
  const end = <usize>load<u32>(HELD_END);
  for (let entry = <usize>load<u32>(HELD_BEGIN); entry < end; entry += byteCountOf(entry)) {
    const address = pageAddress(load<u32>(entry));
    if (wereZeros(entry)) memory.fill(address, 0, PAGE_BYTES);
    else memory.copy(address, entry + HELD_WORDS, PAGE_BYTES);
  }
}

/** Leaves of the pages that are held what has changed. An entry never gets longer: each is written where it was read. */
export function keepChanges(): void {
  const end = <usize>load<u32>(HELD_END);
  let to = <usize>load<u32>(HELD_BEGIN);
  for (let entry = to; entry < end; ) {
    const next = entry + byteCountOf(entry);
    const page = load<u32>(entry);
    const zeros = load<u32>(entry, HELD_LENGTH) & HELD_ZEROS;
    const wordsEnd = zeros != 0 ? keepNonzero(page, to) : keepChanged(page, entry + HELD_WORDS, to);
    store<u32>(to, page);
    store<u32>(to, wordsEnd == 0 ? 1 : <u32>((wordsEnd - to) >> 3) | zeros, HELD_LENGTH);
    to = wordsEnd == 0 ? to + UNCHANGED_BYTES : wordsEnd;
    entry = next;
  }
  store<u32>(HELD_END, <u32>to);
}

/** Of a page that held zeros, the mask: @returns where it ends, or 0 if the page still does */
function keepNonzero(page: u32, to: usize): usize {
  const zero = i64x2.splat(0);
  let any: u32 = 0;
  for (let line: usize = 0; line < PAGE_BYTES / LINE_BYTES; line++) {
    const now = pageAddress(page) + line * LINE_BYTES;
    const mask = maskOf(
      i64x2.ne(v128.load(now), zero),
      i64x2.ne(v128.load(now, 16), zero),
      i64x2.ne(v128.load(now, 32), zero),
      i64x2.ne(v128.load(now, 48), zero),
    );
    store<u8>(to + HELD_MASK + line, <u8>mask);
    any |= mask;
  }
  return any == 0 ? 0 : to + HELD_WORDS;
}

/** Of a page that held the bytes at `held`: @returns where its words end, or 0 if none has changed */
function keepChanged(page: u32, held: usize, to: usize): usize {
  let words = to + HELD_WORDS;
  for (let line: usize = 0; line < PAGE_BYTES / LINE_BYTES; line++) {
    const before = held + line * LINE_BYTES;
    const now = pageAddress(page) + line * LINE_BYTES;
    const a = v128.load(before);
    const b = v128.load(before, 16);
    const c = v128.load(before, 32);
    const d = v128.load(before, 48);
    let mask = maskOf(
      i64x2.ne(a, v128.load(now)),
      i64x2.ne(b, v128.load(now, 16)),
      i64x2.ne(c, v128.load(now, 32)),
      i64x2.ne(d, v128.load(now, 48)),
    );
    store<u8>(to + HELD_MASK + line, <u8>mask);
    if (mask == 0xff) {
      v128.store(words, a);
      v128.store(words, b, 16);
      v128.store(words, c, 32);
      v128.store(words, d, 48);
      words += LINE_BYTES;
      continue;
    }
    for (; mask != 0; mask &= mask - 1) {
      store<u64>(words, load<u64>(before + (<usize>ctz(mask) << 3)));
      words += 8;
    }
  }
  return words == to + HELD_WORDS ? 0 : words;
}

/** A bit for each doubleword of a line. */
// @ts-ignore: decorator
@inline function maskOf(a: v128, b: v128, c: v128, d: v128): u32 {
  return <u32>i64x2.bitmask(a) | (<u32>i64x2.bitmask(b) << 2) | (<u32>i64x2.bitmask(c) << 4) | (<u32>i64x2.bitmask(d) << 6);
}

// @ts-ignore: decorator
@inline function byteCountOf(entry: usize): usize { return <usize>(load<u32>(entry, HELD_LENGTH) & ~HELD_ZEROS) << 3; }
// @ts-ignore: decorator
@inline function wereZeros(entry: usize): bool { return (load<u32>(entry, HELD_LENGTH) & HELD_ZEROS) != 0; }
// @ts-ignore: decorator
@inline function pageAddress(page: u32): usize { return RAM + (<usize>page << 12); }
