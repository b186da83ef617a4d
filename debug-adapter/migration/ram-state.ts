import { pageByteCount } from '../emulator/core/guest-core';
import type { RamBlock } from '../emulator/machine/machine';

/** A page of a RAM block. */
export interface PageAddress {
  readonly block: number;
  readonly page: number;
}

/**
 * Which pages are still to be sent, and where the linear scan stands (QEMU: RAMState and each block's bitmap). All bits
 * are set at the start; a write-tracking snapshot never sets one again, a dirty-logging migration does.
 */
export class RamState {
  readonly #bitmaps: Uint8Array[];
  #scanBlock = 0;
  #scanPage = 0;
  #remaining: number;

  constructor(readonly blocks: readonly RamBlock[]) {
    this.#bitmaps = blocks.map(({ bytes }) => new Uint8Array(bytes.length / pageByteCount).fill(1));
    this.#remaining = this.pageCount;
  }

  get pageCount(): number {
    return this.#bitmaps.reduce((sum, bitmap) => sum + bitmap.length, 0);
  }

  /** Of the blocks that are write-protected: ROM and flash are not. */
  get writablePageCount(): number {
    const writable = this.blocks.filter((block) => block.writable);
    return writable.reduce((sum, { bytes }) => sum + bytes.length / pageByteCount, 0);
  }

  get remaining(): number {
    return this.#remaining;
  }

  get scanPosition(): PageAddress {
    return { block: this.#scanBlock, page: this.#scanPage };
  }

  isDirty({ block, page }: PageAddress): boolean {
    return this.#bitmaps[block]![page] === 1;
  }

  /** True when the page was still to be sent. */
  clearDirty({ block, page }: PageAddress): boolean {
    const bitmap = this.#bitmaps[block]!;
    if (bitmap[page] === 0) return false;
    bitmap[page] = 0;
    this.#remaining--;
    return true;
  }

  /** True when the page did not have to be sent any more. */
  setDirty({ block, page }: PageAddress): boolean {
    const bitmap = this.#bitmaps[block]!;
    if (bitmap[page] === 1) return false;
    bitmap[page] = 1;
    this.#remaining++;
    return true;
  }

  setAllDirty(): void {
    for (const bitmap of this.#bitmaps) bitmap.fill(1);
    this.#remaining = this.pageCount;
  }

  /** The next page to be sent at or after the scan position, going round once; moves the position there. */
  findDirty(): PageAddress | undefined {
    if (this.#remaining === 0) return undefined;
    for (let round = 0; round <= this.#bitmaps.length; round++) {
      const page = this.#bitmaps[this.#scanBlock]!.indexOf(1, this.#scanPage);
      if (page >= 0) {
        this.#scanPage = page;
        return { block: this.#scanBlock, page };
      }
      this.#scanBlock = (this.#scanBlock + 1) % this.#bitmaps.length;
      this.#scanPage = 0;
    }
    return undefined;
  }

  /** The scan goes on from here: a write fault pulls it to its page. */
  moveScanTo({ block, page }: PageAddress): void {
    this.#scanBlock = block;
    this.#scanPage = page;
  }

  pageBytes({ block, page }: PageAddress): Uint8Array {
    const start = page * pageByteCount;
    return this.blocks[block]!.bytes.subarray(start, start + pageByteCount);
  }
}
