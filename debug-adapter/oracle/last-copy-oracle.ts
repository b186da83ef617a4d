import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine, RamBlock } from '../emulator/machine/machine';
import { type ImageOracle, MismatchList, type Verdict } from './oracle';

/**
 * The truth for a stream that shows the machine as it is at the end and may have a page many times: the last copy of each
 * page is what RAM holds when RAM is complete. Pages are compared by a 53-bit hash, so that no second RAM is needed.
 */
export class LastCopyOracle implements ImageOracle {
  /** By block: hash of each page's last copy, NaN before the first. */
  private readonly _hashes = new Map<string, Float64Array>();
  private readonly _mismatches = new MismatchList();
  private readonly _zeroHash = hashOf(new Uint8Array(pageByteCount));
  private _pageCount = 0;

  constructor(private readonly machine: Machine) {
    for (const { name, bytes } of machine.ramBlocks) {
      this._hashes.set(name, new Float64Array(bytes.length / pageByteCount).fill(Number.NaN));
    }
  }

  /** Nothing to be kept: what counts is the end. */
  freeze(): void {}

  check(block: string, page: number, bytes: Uint8Array | undefined): void {
    const hashes = this._hashes.get(block);
    if (!hashes || page >= hashes.length)
      throw new Error(`the stream names page ${page} of ${block}, which the machine has not`);
    this._pageCount++;
    hashes[page] = bytes ? hashOf(bytes) : this._zeroHash;
  }

  /** The guest stands still now. */
  finish(): Verdict {
    for (const block of this.machine.ramBlocks) {
      const hashes = this._hashes.get(block.name)!;
      for (let page = 0; page < hashes.length; page++) {
        if (Number.isNaN(hashes[page])) this._mismatches.add({ block: block.name, page, problem: 'missing' });
        else if (hashes[page] !== this.#hashOf(block, page)) {
          this._mismatches.add({ block: block.name, page, problem: 'differs' });
        }
      }
    }
    return this._mismatches.verdict(this._pageCount);
  }

  /** Zeros are not read: the host would take memory for what nobody has written. */
  #hashOf({ bytes, isZero }: RamBlock, page: number): number {
    const start = page * pageByteCount;
    return isZero(page) ? this._zeroHash : hashOf(bytes.subarray(start, start + pageByteCount));
  }

  stop(): void {
    this._hashes.clear();
  }

  atFreeze(): undefined {}
}

const scratch = new Int32Array(pageByteCount / 4);
const scratchBytes = new Uint8Array(scratch.buffer);

/** Two multiplicative hashes over 32-bit words: 32 bits of one, 21 of the other. */
function hashOf(page: Uint8Array): number {
  scratchBytes.set(page);
  let a = 0x2545f491;
  let b = 0x4f6cdd1d;
  for (let word = 0; word < scratch.length; word++) {
    const value = scratch[word]!;
    a = Math.imul(a ^ value, 0x01000193) + (a >>> 15);
    b = Math.imul(b + value, 0x9e3779b1) ^ (b >>> 13);
  }
  return (a >>> 0) + (b & 0x1fffff) * 2 ** 32;
}
