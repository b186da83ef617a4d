import { type GuestCore, pageByteCount } from '../emulator/core/guest-core';
import { PageStore } from './page-store';

const zeroPage = new Uint8Array(pageByteCount);

/** What pages held. */
type Contents = Map<number, Uint8Array>;

/**
 * What guest RAM held at each of several instants, by its changes: between two of them, what every page that changed had
 * held at the first.
 *
 * ```
 * instants     0         1         2  (the last one)
 * chunks       ├── 0 ────┼── 1 ────┼── 2 ──►  present
 * ```
 * A page at instant k is in the first chunk from k on that has it; in none: it is as it is now. Someone who goes back
 * puts into the last chunk what that instant held. So every instant can be gone to from every other, and a stretch that is
 * run through again adds nothing.
 */
export class KeptPages {
  readonly #chunks: Contents[] = [];
  readonly #store = new PageStore();
  /** A page of zeros takes no place: most of RAM is so when it is first written to. */
  #copiedCount = 0;
  #copiedCountAtLast = 0;

  constructor(private readonly core: GuestCore) {}

  get byteCount(): number {
    return this.#copiedCount * pageByteCount;
  }

  /** Pages that have had to be copied since the last instant. */
  get copiedCount(): number {
    return this.#copiedCount - this.#copiedCountAtLast;
  }

  /** Another instant, this one. @param index its place; behind it are those that the present has gone back before */
  add(index: number): void {
    const chunk: Contents = new Map();
    if (index < this.#chunks.length) {
      for (const page of this.#chunks[index - 1]!.keys()) this.#put(chunk, page);
      this.#chunks.splice(index, 0, chunk);
    } else {
      this.#chunks.push(chunk);
      this.#copiedCountAtLast = this.#copiedCount;
      this.#keepFrom(index);
    }
  }

  /** RAM as at an instant. */
  goTo(index: number): void {
    const last = this.#chunks[this.#chunks.length - 1]!;
    for (const [page, bytes] of this.#changesSince(index)) {
      if (!last.has(page)) this.#put(last, page);
      this.core.ram.set(bytes, page * pageByteCount);
    }
    this.#keepFrom(index);
  }

  /** Not the first. */
  forget(index: number): void {
    const [chunk] = this.#chunks.splice(index, 1);
    const before = this.#chunks[index - 1]!;
    for (const [page, bytes] of chunk!) {
      if (!before.has(page)) before.set(page, bytes);
      else if (bytes !== zeroPage) {
        this.#store.release(bytes);
        this.#copiedCount--;
      }
    }
  }

  /** What the pages held at an instant that are known to have changed from then on. */
  #changesSince(index: number): Contents {
    const contents: Contents = new Map();
    for (let chunk = this.#chunks.length - 1; chunk >= index; chunk--) {
      for (const [page, bytes] of this.#chunks[chunk]!) contents.set(page, bytes);
    }
    return contents;
  }

  /** Of a page that is known to have changed from an instant on all is known already. */
  #keepFrom(index: number): void {
    this.core.beginKeeping((page) => {
      const last = this.#chunks[this.#chunks.length - 1]!;
      if (!last.has(page)) this.#put(last, page);
    });
    for (let chunk = index; chunk < this.#chunks.length; chunk++) {
      for (const page of this.#chunks[chunk]!.keys()) this.core.markKept(page);
    }
  }

  /** As it is now. */
  #put(chunk: Contents, page: number): void {
    if (this.core.isZero(page)) {
      chunk.set(page, zeroPage);
      return;
    }
    chunk.set(page, this.#store.copy(this.core.ram, page));
    this.#copiedCount++;
  }
}
