import { pageByteCount } from '../emulator/core/guest-core';

/** Memory is asked for in pieces of so many pages: one by one takes ten times as long as the copying. */
const pagesPerSlab = 64;

/** Copies of pages. Memory that has been used once is used again, for new memory takes longer than a copy. */
export class PageStore {
  #slab = new Uint8Array(0);
  #used = 0;
  readonly #free: Uint8Array[] = [];

  copy(memory: Uint8Array, page: number): Uint8Array {
    const copy = this.#free.pop() ?? this.#newPage();
    copy.set(memory.subarray(page * pageByteCount, (page + 1) * pageByteCount));
    return copy;
  }

  /** Nobody refers to it any more. */
  release(copy: Uint8Array): void {
    this.#free.push(copy);
  }

  #newPage(): Uint8Array {
    if (this.#used === this.#slab.length) {
      this.#slab = new Uint8Array(pagesPerSlab * pageByteCount);
      this.#used = 0;
    }
    this.#used += pageByteCount;
    return this.#slab.subarray(this.#used - pageByteCount, this.#used);
  }
}
