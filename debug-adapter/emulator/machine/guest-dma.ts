import { type GuestCore, pageByteCount, ramBase } from '../core/guest-core';
import type { DmaFault } from '../devices/device';

/** Undefined: not all of it is RAM. */
export function readRam({ ram }: GuestCore, address: number, byteCount: number): Uint8Array | undefined {
  const offset = address - ramBase;
  return offset >= 0 && offset + byteCount <= ram.length ? ram.subarray(offset, offset + byteCount) : undefined;
}

/** The first address of them that is protected. */
export function protectedAddress(core: GuestCore, address: number, byteCount: number): DmaFault | undefined {
  if (!readRam(core, address, byteCount)) return undefined;
  for (let at = address; at < address + byteCount; at += pageByteCount - (at % pageByteCount)) {
    if (core.pages.isProtected(Math.floor((at - ramBase) / pageByteCount))) return { physicalAddress: at };
  }
  return undefined;
}
