import type { GuestCore } from '../emulator/core/guest-core';
import {
  apply,
  byteCountOf,
  differences,
  isEmpty,
  type LineMask,
  LineStore,
  noLines,
  type PageLines,
  without,
  wordsPerPage,
  zeroPage,
} from './page-lines';

/** What pages hold in lines in which they differ from what they held at an instant. */
export interface PagesDifference {
  readonly pages: ReadonlyMap<number, PageLines>;
}

/** What lines of pages held, by page. A page that has been written to is in it, whether it has changed or not. */
type Contents = Map<number, PageLines>;

/**
 * What guest RAM held at each of several instants, by its changes: between two of them, what every line of a page that
 * changed had held at the first.
 *
 * ```
 * instants     0         1         2  (the last one)
 * chunks       ├── 0 ────┼── 1 ────┼── 2 ──►
 * ```
 * RAM comes from one of the instants, `here`, and has been written to since. A line at instant k is in the first chunk
 * from k on that has it; if none has it, it is as it was here. Whoever goes back puts into the last chunk what the lines
 * held that change on the way there. So every line that is in a chunk behind `here` is in the last one, too; every instant
 * can be gone to from every other; and a stretch that is run through again adds nothing.
 */
export class KeptPages {
  readonly #chunks: Contents[] = [];
  readonly #store = new LineStore();
  readonly #ram: Int32Array;
  #here = 0;
  /** What pages held here that have been written to since. */
  readonly #held = new Map<number, Int32Array>();
  #copiedCount = 0;
  #byteCount = 0;

  constructor(private readonly core: GuestCore) {
    const { buffer, byteOffset, byteLength } = core.ram;
    this.#ram = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  /** Pages that have had to be copied since the present came from an instant. */
  get copiedCount(): number {
    return this.#copiedCount;
  }

  /** The instant that RAM comes from. */
  get here(): number {
    return this.#here;
  }

  /** Whether a page may have been written to between an instant and the next. */
  mayWrite(index: number, page: number): boolean {
    return this.#chunks[index]!.has(page);
  }

  /** Another instant, this one: the last. */
  add(): void {
    const last = this.#chunks[this.#chunks.length - 1];
    for (const [page, held] of this.#held) {
      const known = last!.get(page) ?? noLines;
      this.#put(last!, page, this.#store.pick(without(differences(held, this.#page(page)), known), held));
    }
    this.#chunks.push(new Map());
    this.#comeTo(this.#chunks.length - 1);
  }

  /** How RAM differs from the instant that it comes from. */
  get difference(): PagesDifference {
    const pages = new Map<number, PageLines>();
    for (const [page, held] of this.#held) {
      const now = this.#page(page);
      pages.set(page, this.#store.pick(differences(held, now), now));
    }
    return { pages };
  }

  /** A difference is no longer needed. */
  release({ pages }: PagesDifference): void {
    for (const { words } of pages.values()) this.#store.release(words);
  }

  /** RAM as it was when it had some difference from an instant, which still is the one with this index. */
  goToDifference(index: number, { pages }: PagesDifference): void {
    this.goTo(index);
    for (const [page, lines] of pages) {
      this.#hold(page);
      this.core.markKept(page);
      apply(lines, this.#page(page));
    }
  }

  /** RAM as at an instant. */
  goTo(index: number): void {
    for (const [page, held] of this.#held) this.#page(page).set(held);
    const contents = index < this.#here ? this.#leadingBack(index) : this.#leadingAhead(index);
    for (const [page, linesOf] of contents) {
      const now = this.#page(page);
      for (let each = linesOf.length - 1; each >= 0; each--) apply(linesOf[each]!, now);
    }
    this.#comeTo(index);
  }

  /** Not the first, nor the one that RAM comes from. */
  forget(index: number): void {
    const before = this.#chunks[index - 1]!;
    const [chunk] = this.#chunks.splice(index, 1);
    if (index < this.#here) this.#here--;
    for (const [page, lines] of chunk!) {
      this.#byteCount -= byteCountOf(lines);
      this.#put(before, page, lines);
    }
  }

  /** By page, what leads back to an earlier instant, each before those it has the last word over. What is left is kept. */
  #leadingBack(index: number): ReadonlyMap<number, readonly PageLines[]> {
    const contents = this.#contentsOf(index, this.#here);
    for (const [page, linesOf] of contents) {
      for (const lines of linesOf) this.#leave(page, lines, this.#page(page));
    }
    return contents;
  }

  /** The same to a later one, by way of what its lines are known to hold from there on. */
  #leadingAhead(index: number): ReadonlyMap<number, readonly PageLines[]> {
    const changing = this.#contentsOf(this.#here, index);
    const contents = new Map<number, PageLines[]>();
    for (const page of changing.keys()) contents.set(page, []);
    for (let at = index; at < this.#chunks.length; at++) {
      for (const [page, linesOf] of contents) {
        const lines = this.#chunks[at]!.get(page);
        if (lines) linesOf.push(lines);
      }
    }
    return contents;
  }

  #contentsOf(begin: number, end: number): Map<number, PageLines[]> {
    const contents = new Map<number, PageLines[]>();
    for (let at = begin; at < end; at++) {
      for (const [page, lines] of this.#chunks[at]!) {
        const linesOf = contents.get(page);
        if (linesOf) linesOf.push(lines);
        else contents.set(page, [lines]);
      }
    }
    return contents;
  }

  #comeTo(index: number): void {
    for (const held of this.#held.values()) this.#store.release(held);
    this.#held.clear();
    this.#here = index;
    this.#copiedCount = 0;
    this.core.beginKeeping((page) => this.#hold(page));
  }

  /** What lines hold that are about to be put back is known in the last chunk from then on. */
  #leave(page: number, lines: LineMask, now: Int32Array): void {
    const last = this.#chunks[this.#chunks.length - 1]!;
    const unknown = without(lines, last.get(page) ?? noLines);
    if (!isEmpty(unknown)) this.#put(last, page, this.#store.pick(unknown, now));
  }

  #hold(page: number): void {
    if (this.core.isZero(page)) {
      this.#held.set(page, zeroPage);
      return;
    }
    this.#held.set(page, this.#store.copy(this.#page(page)));
    this.#copiedCount++;
  }

  /** Lines beside those that a chunk has. */
  #put(chunk: Contents, page: number, lines: PageLines): void {
    const known = chunk.get(page);
    const all = known ? this.#store.merge(known, lines) : lines;
    this.#byteCount += byteCountOf(all) - (known ? byteCountOf(known) : 0);
    chunk.set(page, all);
  }

  #page(page: number): Int32Array {
    return this.#ram.subarray(page * wordsPerPage, (page + 1) * wordsPerPage);
  }
}
