import { pageByteCount } from './guest-core';
import type { WatchedRange, WatchHit } from './guest-ram';
import * as map from './memory-map';

interface Harts {
  dropFromDataTlbs(page: number): void;
  /** Of the one that runs. */
  pc(): bigint;
}

/** Bytes of RAM that a debugger watches. The core tells of accesses to their pages. */
export class WatchedBytes {
  readonly hits: WatchHit[] = [];
  readonly #ram: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #harts: Harts;
  #ranges = new Map<number, WatchedRange[]>();

  constructor(ram: Uint8Array, flags: Uint8Array, harts: Harts) {
    this.#ram = ram;
    this.#flags = flags;
    this.#harts = harts;
  }

  watch(ranges: readonly WatchedRange[]): void {
    for (const page of this.#ranges.keys()) {
      this.#flags[page]! &= ~(map.FLAG_WATCHED_WRITES | map.FLAG_WATCHED_READS);
    }
    this.#ranges = new Map();
    for (const range of ranges) {
      const { offset, byteCount, reads, writes } = range;
      const flags = (reads ? map.FLAG_WATCHED_READS : 0) | (writes ? map.FLAG_WATCHED_WRITES : 0);
      const last = Math.floor((offset + byteCount - 1) / pageByteCount);
      for (let page = Math.floor(offset / pageByteCount); page <= last; page++) {
        this.#harts.dropFromDataTlbs(page);
        this.#flags[page]! |= flags;
        const inPage = this.#ranges.get(page);
        if (inPage) inPage.push(range);
        else this.#ranges.set(page, [range]);
      }
    }
  }

  /** The pages' flags have been put back: what a debugger watches is its own affair. */
  watchAgain(): void {
    this.watch([...new Set([...this.#ranges.values()].flat())]);
  }

  /** An access to a page with watched bytes: many of them hit none, and are quick. True: to some of them. */
  note(kind: WatchHit['kind'], offset: number, byteCount: number, actor: number): boolean {
    const ranges = this.#ranges.get(Math.floor(offset / pageByteCount));
    if (!ranges) return false;
    let isHit = false;
    for (const range of ranges) {
      if (!(kind === 'read' ? range.reads : range.writes)) continue;
      if (offset + byteCount <= range.offset || offset >= range.offset + range.byteCount) continue;
      const before = this.#ram.slice(range.offset, range.offset + range.byteCount);
      this.hits.push({ range, kind, offset, byteCount, actor, pc: this.#harts.pc(), before });
      isHit = true;
    }
    return isHit;
  }
}
