import { pageByteCount } from '../emulator/core/guest-core';
import type { RamBlock } from '../emulator/machine/machine';
import { SharedArray } from '../vmm/shared-array';

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
  private readonly _bitmaps: SharedArray<Uint8Array>[];
  private _scanBlock = 0;
  private _scanPage = 0;
  private _remaining = 0;

  constructor(readonly blocks: readonly RamBlock[]) {
    this._bitmaps = blocks.map(({ bytes }) => new SharedArray(new Uint8Array(bytes.length / pageByteCount)));
    this.setAllDirty();
  }

  get pageCount(): number {
    return this._bitmaps.reduce((sum, { items }) => sum + items.length, 0);
  }

  /** Of the blocks that are write-protected: ROM and flash are not. */
  get writablePageCount(): number {
    const writable = this.blocks.filter((block) => block.writable);
    return writable.reduce((sum, { bytes }) => sum + bytes.length / pageByteCount, 0);
  }

  get remaining(): number {
    return this._remaining;
  }

  get scanPosition(): PageAddress {
    return { block: this._scanBlock, page: this._scanPage };
  }

  isDirty({ block, page }: PageAddress): boolean {
    return this._bitmaps[block]!.items[page] === 1;
  }

  /** True when the page was still to be sent. */
  clearDirty({ block, page }: PageAddress): boolean {
    const bitmap = this._bitmaps[block]!;
    if (bitmap.items[page] === 0) return false;
    bitmap.set(page, 0);
    this._remaining--;
    return true;
  }

  /** True when the page did not have to be sent any more. */
  setDirty({ block, page }: PageAddress): boolean {
    const bitmap = this._bitmaps[block]!;
    if (bitmap.items[page] === 1) return false;
    bitmap.set(page, 1);
    this._remaining++;
    return true;
  }

  setAllDirty(): void {
    for (const bitmap of this._bitmaps) bitmap.fill(1);
    this._remaining = this.pageCount;
  }

  /** The next page to be sent at or after the scan position, going round once; moves the position there. */
  findDirty(): PageAddress | undefined {
    if (this._remaining === 0) return undefined;
    for (let round = 0; round <= this._bitmaps.length; round++) {
      const { items } = this._bitmaps[this._scanBlock]!;
      // Nearly always it is the next one.
      let page = this._scanPage;
      while (page < items.length && items[page] === 0) page++;
      if (page < items.length) {
        this._scanPage = page;
        return { block: this._scanBlock, page };
      }
      this._scanBlock = (this._scanBlock + 1) % this._bitmaps.length;
      this._scanPage = 0;
    }
    return undefined;
  }

  /** How many pages from the scan position on are still to be sent, up to the end of their block. Counts to `countMax`. */
  dirtyAhead(countMax: number): number {
    const { items } = this._bitmaps[this._scanBlock]!;
    let count = 0;
    for (let page = this._scanPage; page < items.length && count < countMax; page++) count += items[page]!;
    return count;
  }

  /** The scan goes on from here: a write fault pulls it to its page. */
  moveScanTo({ block, page }: PageAddress): void {
    this._scanBlock = block;
    this._scanPage = page;
  }

  pageBytes({ block, page }: PageAddress): Uint8Array {
    const start = page * pageByteCount;
    return this.blocks[block]!.bytes.subarray(start, start + pageByteCount);
  }
}
