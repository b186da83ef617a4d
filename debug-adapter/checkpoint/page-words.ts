import type { Pieces } from '../debuggee/pieces';
import { pageByteCount } from '../emulator/core/guest-core';
import { type PageWords, wereZeros } from '../emulator/core/held-pages';

const int32sPerPage = pageByteCount / Int32Array.BYTES_PER_ELEMENT;
/** Of an entry of `PageWords`, in 32 bits each: where its length is, its mask, its words. */
const lengthAt = 1;
export const maskAt = 2;
export const maskLength = 16;
const wordsAt = maskAt + maskLength;
const bitsPerMaskWord = 32;
const entryLengthMax = wordsAt + int32sPerPage;
/** So much is copied at once. */
const copiedLengthMax = 64 * entryLengthMax;
/** So many entries are looked at in one piece of work: that is a megabyte at most, and takes about a millisecond. */
export const entriesPerPiece = 256;
/** So large a part of what entries take may lie idle behind them. */
const wasteMax = 1 / 16;

/** Entries of `PageWords` by their pages, one for each. */
export class Entries {
  /** In ascending order. */
  readonly pages: Int32Array;
  /** Where the entry of each begins: to look for pages does not read what lies between. */
  readonly starts: Int32Array;

  constructor(readonly words: PageWords) {
    let count = 0;
    let isSorted = true;
    for (let at = 0, last = -1; at < words.length; at += lengthOf(words, at)) {
      if (words[at]! < last) isSorted = false;
      last = words[at]!;
      count++;
    }
    this.pages = new Int32Array(count);
    this.starts = new Int32Array(count);
    let index = 0;
    for (let at = 0; at < words.length; at += lengthOf(words, at)) {
      this.pages[index] = words[at]!;
      this.starts[index++] = at;
    }
    if (!isSorted) this.#sort();
  }

  #sort(): void {
    const { pages, starts } = this;
    // One number for both.
    const places = new Float64Array(this.count);
    for (let index = 0; index < this.count; index++) places[index] = pages[index]! * placeFactor + starts[index]!;
    places.sort();
    for (let index = 0; index < this.count; index++) {
      pages[index] = Math.floor(places[index]! / placeFactor);
      starts[index] = places[index]! - pages[index]! * placeFactor;
    }
  }

  get count(): number {
    return this.pages.length;
  }

  get byteCount(): number {
    return this.words.buffer.byteLength + this.pages.byteLength + this.starts.byteLength;
  }

  /** Where a page's entry begins; -1: it has none. */
  find(page: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.pages[middle]! < page) low = middle + 1;
      else high = middle;
    }
    return this.pages[low] === page ? this.starts[low]! : -1;
  }
}

const placeFactor = 2 ** 32;

const noWords: PageWords = new Int32Array(0);
export const noEntries = new Entries(noWords);

/** The words of both, those of the first where both have one. */
export function* merged(first: Entries, second: Entries): Pieces<Entries> {
  if (first.count === 0) return second;
  if (second.count === 0) return first;
  if (yield* coversAll(first, second)) return first;
  const writer = new EntryWriter(yield* lengthOfMerged(first, second));
  for (const pairs = new Pairs(first, second); pairs.next(); ) {
    if (pairs.other < 0) writer.copy(first.words, pairs.one);
    else if (pairs.one < 0) writer.copy(second.words, pairs.other);
    else writer.unite(first.words, pairs.one, second.words, pairs.other);
    if (pairs.count % entriesPerPiece === 1) yield;
  }
  return writer.entries;
}

function* coversAll(first: Entries, second: Entries): Pieces<boolean> {
  for (const pairs = new Pairs(first, second); pairs.next(); ) {
    if (pairs.other < 0) continue;
    if (pairs.one < 0 || !addsNothing(first.words, pairs.one, second.words, pairs.other)) return false;
    if (pairs.count % entriesPerPiece === 1) yield;
  }
  return true;
}

function* lengthOfMerged(first: Entries, second: Entries): Pieces<number> {
  let length = 0;
  for (const pairs = new Pairs(first, second); pairs.next(); ) {
    if (pairs.other < 0) length += lengthOf(first.words, pairs.one);
    else if (pairs.one < 0) length += lengthOf(second.words, pairs.other);
    else length += lengthOfUnion(first.words, pairs.one, second.words, pairs.other);
    if (pairs.count % entriesPerPiece === 1) yield;
  }
  return length;
}

/** All pages of two, in ascending order. */
class Pairs {
  /** Where the entries of the present page are; -1 where there is none. */
  one = -1;
  other = -1;
  /** Pages so far. */
  count = 0;
  #inFirst = 0;
  #inSecond = 0;

  constructor(
    readonly first: Entries,
    readonly second: Entries,
  ) {}

  /** False: there are no more. */
  next(): boolean {
    const { first, second } = this;
    if (this.#inFirst === first.count && this.#inSecond === second.count) return false;
    const page = first.pages[this.#inFirst] ?? Infinity;
    const otherPage = second.pages[this.#inSecond] ?? Infinity;
    this.one = page <= otherPage ? first.starts[this.#inFirst++]! : -1;
    this.other = otherPage <= page ? second.starts[this.#inSecond++]! : -1;
    this.count++;
    return true;
  }
}

/** Of the words that entries have, what they hold now. */
export function readAgain({ pages, starts, words }: Entries, ram: Int32Array): Entries {
  const writer = new EntryWriter(words.length);
  for (const [index, page] of pages.entries()) {
    const mask = starts[index]! + maskAt;
    if (!isUnchanged(words, starts[index]!)) writer.read(page, words.subarray(mask, mask + maskLength), ram);
  }
  return writer.entries;
}

/** Puts an entry's words into RAM. */
export function apply(words: PageWords, at: number, ram: Int32Array): void {
  if (isUnchanged(words, at)) return;
  const page = words[at]! * int32sPerPage;
  const zeros = hasZeros(words, at);
  let from = at + wordsAt;
  for (let index = 0; index < maskLength; index++) {
    const mask = words[at + maskAt + index]!;
    const begin = page + index * 2 * bitsPerMaskWord;
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const to = begin + 2 * lowestBit(rest);
      if (zeros) {
        ram[to] = 0;
        ram[to + 1] = 0;
      } else {
        ram[to] = words[from++]!;
        ram[to + 1] = words[from++]!;
      }
    }
  }
}

/**
 * Puts those of an entry's words into RAM that are wanted: whose bits are set in the mask at `wantedAt`, and clears these.
 *
 * @returns whether any others are wanted
 */
export function applyWanted(
  words: PageWords,
  at: number,
  wanted: Int32Array,
  wantedAt: number,
  ram: Int32Array,
): boolean {
  const page = words[at]! * int32sPerPage;
  const zeros = hasZeros(words, at);
  let from = at + wordsAt;
  let left = 0;
  for (let index = 0; index < maskLength; index++) {
    const mask = words[at + maskAt + index]!;
    const taken = mask & wanted[wantedAt + index]!;
    if (taken !== 0) {
      wanted[wantedAt + index]! ^= taken;
      const begin = page + index * 2 * bitsPerMaskWord;
      let source = from;
      for (let rest = mask; rest !== 0; rest &= rest - 1, source += 2) {
        if ((taken & rest & -rest) === 0) continue;
        const to = begin + 2 * lowestBit(rest);
        ram[to] = zeros ? 0 : words[source]!;
        ram[to + 1] = zeros ? 0 : words[source + 1]!;
      }
    }
    left |= wanted[wantedAt + index]!;
    from += 2 * bitCount(mask);
  }
  return left !== 0;
}

export function isUnchanged(words: PageWords, at: number): boolean {
  return words[at + lengthAt] === 1;
}

/** Where the next entry begins, less where this one does. */
export function lengthOf(words: PageWords, at: number): number {
  return 2 * (words[at + lengthAt]! & ~wereZeros);
}

function hasZeros(words: PageWords, at: number): boolean {
  return (words[at + lengthAt]! & wereZeros) !== 0;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How long entries are that have the words of these masks, which lie one behind the other. */
export function lengthOfAll(masks: Int32Array): number {
  let length = 0;
  let lastPage = -1;
  for (let index = 0; index < masks.length; index++) {
    if (masks[index] === 0) continue;
    const page = Math.floor(index / maskLength);
    if (page !== lastPage) length += wordsAt;
    lastPage = page;
    length += 2 * bitCount(masks[index]!);
  }
  return length;
}

/** Writes entries one behind the other. */
export class EntryWriter {
  #words: Int32Array;
  #end = 0;
  /** Entries that are yet to be copied, which lie one behind the other: at once that takes a fraction. */
  #copied: PageWords = noWords;
  #copiedFrom = 0;
  #copiedTo = 0;

  /** @param length about as long as they will be all together */
  constructor(length: number) {
    this.#words = new Int32Array(length + entryLengthMax);
  }

  get entries(): Entries {
    this.#copyWaiting();
    // To copy once more takes as long as all the rest.
    const isTight = this.#words.length - this.#end < this.#end * wasteMax;
    return new Entries(isTight ? this.#words.subarray(0, this.#end) : this.#words.slice(0, this.#end));
  }

  copy(words: PageWords, at: number): void {
    if (words !== this.#copied || at !== this.#copiedTo) {
      this.#copyWaiting();
      this.#copied = words;
      this.#copiedFrom = at;
    }
    this.#copiedTo = at + lengthOf(words, at);
    if (this.#copiedTo - this.#copiedFrom > copiedLengthMax) this.#copyWaiting();
  }

  /** What words of a page hold now: those whose bits are set in the mask. */
  read(page: number, pageMask: Int32Array, ram: Int32Array): void {
    this.#beginEntry();
    const words = this.#words;
    let to = this.#end + wordsAt;
    for (let index = 0; index < maskLength; index++) {
      const mask = pageMask[index]!;
      words[this.#end + maskAt + index] = mask;
      const begin = page * int32sPerPage + index * 2 * bitsPerMaskWord;
      for (let rest = mask; rest !== 0; rest &= rest - 1) {
        const from = begin + 2 * lowestBit(rest);
        words[to++] = ram[from]!;
        words[to++] = ram[from + 1]!;
      }
    }
    this.#finish(page, to, 0);
  }

  /** Of two entries of a page, the words of both, those of the first where both have one. */
  unite(first: PageWords, one: number, second: PageWords, other: number): void {
    if (addsNothing(first, one, second, other)) this.copy(first, one);
    else if (isUnchanged(first, one)) this.copy(second, other);
    else this.#weave(first, one, second, other);
  }

  #weave(first: PageWords, one: number, second: PageWords, other: number): void {
    this.#beginEntry();
    const [firstZeros, secondZeros] = [hasZeros(first, one), hasZeros(second, other)];
    const words = this.#words;
    let to = this.#end + wordsAt;
    let [inFirst, inSecond] = [one + wordsAt, other + wordsAt];
    for (let index = 0; index < maskLength; index++) {
      const ofFirst = first[one + maskAt + index]!;
      const ofSecond = second[other + maskAt + index]!;
      words[this.#end + maskAt + index] = ofFirst | ofSecond;
      if (firstZeros && secondZeros) continue;
      for (let rest = ofFirst | ofSecond; rest !== 0; rest &= rest - 1) {
        const bit = rest & -rest;
        const isOfFirst = (ofFirst & bit) !== 0;
        const isZero = isOfFirst ? firstZeros : secondZeros;
        const [source, from] = isOfFirst ? [first, inFirst] : [second, inSecond];
        words[to++] = isZero ? 0 : source[from]!;
        words[to++] = isZero ? 0 : source[from + 1]!;
        if (isOfFirst) inFirst += 2;
        if ((ofSecond & bit) !== 0) inSecond += 2;
      }
    }
    this.#finish(first[one]!, to, firstZeros && secondZeros ? wereZeros : 0);
  }

  #finish(page: number, end: number, flags: number): void {
    this.#words[this.#end] = page;
    this.#words[this.#end + lengthAt] = ((end - this.#end) / 2) | flags;
    this.#end = end;
  }

  /** Those that wait come first: entries in the order of their pages need not be sorted. */
  #beginEntry(): void {
    this.#copyWaiting();
    this.#reserve(entryLengthMax);
  }

  #copyWaiting(): void {
    const length = this.#copiedTo - this.#copiedFrom;
    if (length === 0) return;
    this.#reserve(length);
    this.#words.set(this.#copied.subarray(this.#copiedFrom, this.#copiedTo), this.#end);
    this.#end += length;
    this.#copiedFrom = this.#copiedTo;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#words.length) return;
    const larger = new Int32Array(2 * (this.#end + length));
    larger.set(this.#words.subarray(0, this.#end));
    this.#words = larger;
  }
}

/** Of two entries of a page, whether the first has all the words of the second. */
function addsNothing(first: PageWords, one: number, second: PageWords, other: number): boolean {
  if (isUnchanged(second, other)) return true;
  if (isUnchanged(first, one)) return false;
  for (let index = maskAt; index < wordsAt; index++) {
    if ((second[other + index]! & ~first[one + index]!) !== 0) return false;
  }
  return true;
}

/** Of what `EntryWriter.unite` writes of them. */
function lengthOfUnion(first: PageWords, one: number, second: PageWords, other: number): number {
  if (addsNothing(first, one, second, other)) return lengthOf(first, one);
  if (isUnchanged(first, one)) return lengthOf(second, other);
  if (hasZeros(first, one) && hasZeros(second, other)) return wordsAt;
  let length = wordsAt;
  for (let index = maskAt; index < wordsAt; index++)
    length += 2 * bitCount(first[one + index]! | second[other + index]!);
  return length;
}
