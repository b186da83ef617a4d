import { DebuggeeError } from '../../debuggee/debuggee';
import { pageByteCount } from './guest-core';
import * as map from './memory-map';

const wasmPageByteCount = 0x10000;
/** Pages that can be held at a time; of more, those that are have to make room. As long as nobody does, they take no memory. */
const heldPageCountMax = 16384;
const heldPageByteCount = map.HELD_WORDS + map.PAGE_BYTES;

/** One spare page follows RAM, so that the core may read eight bytes from any address of it. */
export function heldBegin(ramByteCount: number): number {
  return (Math.ceil((map.RAM + ramByteCount) / wasmPageByteCount) + 1) * wasmPageByteCount;
}

/** @throws DebuggeeError when the host has no memory for so much RAM */
export function allocate(ramByteCount: number): WebAssembly.Memory {
  const heldPageCount = Math.min(ramByteCount / pageByteCount, heldPageCountMax);
  const byteCount = heldBegin(ramByteCount) + heldPageCount * heldPageByteCount + map.HELD_READ_BYTES;
  // Of 4 GiB the last page is left out, so that the address of the memory's end is one of 32 bits.
  const pageCount = Math.min(Math.ceil(byteCount / wasmPageByteCount), 0xffff);
  try {
    return new WebAssembly.Memory({ initial: pageCount, maximum: pageCount });
  } catch {
    const mib = Math.round(ramByteCount / 2 ** 20);
    throw new DebuggeeError('ram-size', `The host has no memory for ${mib} MiB of guest RAM: give the guest less.`);
  }
}
