import { DebuggeeError } from '../../debuggee/debuggee';
import { pageByteCount } from './guest-core';
import * as map from './memory-map';

const wasmPageByteCount = 0x10000;
/** Pages that can be held at a time; of more, those that are have to make room. As long as nobody does, they take no memory. */
const heldPageCountMax = 16384;
const heldPageByteCount = map.HELD_WORDS + map.PAGE_BYTES;

/** As many tables of decoded blocks as a busy Linux has use for, and so much for the blocks. */
const blockTableCountMax = 2500;
const blocksByteCountMax = 25 * 2 ** 20;

/** Where each begins of what stands behind RAM, in bytes of the memory. */
export interface BehindRam {
  readonly times: number;
  readonly blockTables: number;
  readonly blocks: number;
  readonly held: number;
}

/** One spare page follows RAM, so that the core may read eight bytes from any address of it. */
export function behindRam(ramByteCount: number): BehindRam {
  const pageCount = ramByteCount / pageByteCount;
  const times = wholePages(map.RAM + ramByteCount) + wasmPageByteCount;
  const blockTables = wholePages(times + pageCount * Float64Array.BYTES_PER_ELEMENT);
  const blocks = wholePages(blockTables + Math.min(pageCount, blockTableCountMax) * map.BLOCK_TABLE_BYTES);
  // A record has four times the bytes of most instructions.
  const blocksByteCount = Math.min(Math.max(4 * ramByteCount, 2 ** 20), blocksByteCountMax);
  return { times, blockTables, blocks, held: wholePages(blocks + blocksByteCount) };
}

function wholePages(byteCount: number): number {
  return Math.ceil(byteCount / wasmPageByteCount) * wasmPageByteCount;
}

/** @throws DebuggeeError when the host has no memory for so much RAM */
export function allocate(ramByteCount: number): WebAssembly.Memory {
  const heldPageCount = Math.min(ramByteCount / pageByteCount, heldPageCountMax);
  const byteCount = behindRam(ramByteCount).held + heldPageCount * heldPageByteCount + map.HELD_READ_BYTES;
  // Of 4 GiB the last page is left out, so that the address of the memory's end is one of 32 bits.
  const pageCount = Math.min(Math.ceil(byteCount / wasmPageByteCount), 0xffff);
  try {
    return new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
  } catch {
    const mib = Math.round(ramByteCount / 2 ** 20);
    throw new DebuggeeError('ram-size', `The host has no memory for ${mib} MiB of guest RAM: give the guest less.`);
  }
}
