// Physical memory protection; privileged manual, section 3.7. What no entry matches is M mode's alone.
import {
  HART, HART_PMP_ACTIVE, HART_PMP_FOUND, HART_PMP_RANGES, HART_PMP_STRETCH, HART_PMPADDR, HART_PMPCFG,
} from '../memory-map';
import { MACHINE } from './traps';

export const PMP_COUNT: u32 = 16;
export const PMP_READ: u32 = 1;
export const PMP_WRITE: u32 = 2;
export const PMP_EXECUTE: u32 = 4;
/** Bits 55 to 2 of an address. QEMU keeps more, which mean nothing. */
export const PMP_ADDRESS_MASK: u64 = ((<u64>1) << 54) - 1;
const LOCKED: u32 = 0x80;
const TOR: u32 = 1;
const NA4: u32 = 2;

// @ts-ignore: decorator
@inline export function pmpConfig(entry: u32): u32 { return load<u8>(<usize>load<u32>(HART) + HART_PMPCFG + entry); }
// @ts-ignore: decorator
@inline export function pmpAddress(entry: u32): u64 { return load<u64>(<usize>load<u32>(HART) + HART_PMPADDR + (<usize>entry << 3)); }
// @ts-ignore: decorator
@inline function range(entry: u32): usize { return <usize>load<u32>(HART) + HART_PMP_RANGES + (<usize>entry << 4); }
// @ts-ignore: decorator
@inline function mode(config: u32): u32 { return (config >> 3) & 3; }

/** `wanted` is one of PMP_READ and so on. */
export function pmpAllows(address: u64, size: u32, wanted: u32, privilege: u32): bool {
  if (load<u32>(<usize>load<u32>(HART) + HART_PMP_ACTIVE) == 0) return privilege == MACHINE;
  lookUp(address);
  // Another entry begins within the access, or this one ends there.
  if (address + size - 1 > lastOfStretch()) return false;
  const found = load<u32>(<usize>load<u32>(HART) + HART_PMP_FOUND);
  if (found == 0) return privilege == MACHINE;
  const config = pmpConfig(found - 1);
  return (config & wanted) != 0 || (privilege == MACHINE && (config & LOCKED) == 0);
}

/** Every byte of the page is under the same entry, so that a TLB may hold it. */
export function pmpIsUniform(page: u64): bool {
  if (load<u32>(<usize>load<u32>(HART) + HART_PMP_ACTIVE) == 0) return true;
  lookUp(page);
  return page + 4095 <= lastOfStretch();
}

/** Finds the entry that decides about an address, unless that lies in the stretch found last, as it nearly always does. */
// @ts-ignore: decorator
@inline function lookUp(address: u64): void {
  if (address < load<u64>(stretch()) || address > lastOfStretch()) findEntry(address);
}

function findEntry(address: u64): void {
  let first: u64 = 0;
  let last: u64 = u64.MAX_VALUE;
  let found: u32 = 0;
  for (let entry: u32 = 0; entry < PMP_COUNT && found == 0; entry++) {
    if (mode(pmpConfig(entry)) == 0) continue;
    const from = load<u64>(range(entry));
    const to = load<u64>(range(entry), 8);
    if (address < from) {
      last = min(last, from - 1);
    } else if (address > to) {
      first = max(first, to + 1);
    } else {
      first = max(first, from);
      last = min(last, to);
      found = entry + 1;
    }
  }
  store<u64>(stretch(), first);
  store<u64>(stretch(), last, 8);
  store<u32>(<usize>load<u32>(HART) + HART_PMP_FOUND, found);
}

// @ts-ignore: decorator
@inline function stretch(): usize { return <usize>load<u32>(HART) + HART_PMP_STRETCH; }
// @ts-ignore: decorator
@inline function lastOfStretch(): u64 { return load<u64>(stretch(), 8); }

/** A hart's entries may have changed: no address lies in its stretch. */
export function forgetStretch(hart: usize): void {
  store<u64>(hart, u64.MAX_VALUE, HART_PMP_STRETCH);
  store<u64>(hart, 0, HART_PMP_STRETCH + 8);
}

/** Eight entries' configurations; those that are locked keep theirs. */
export function writePmpConfig(first: u32, value: u64): void {
  for (let index: u32 = 0; index < 8; index++) {
    const entry = first + index;
    if ((pmpConfig(entry) & LOCKED) != 0) continue;
    store<u8>(<usize>load<u32>(HART) + HART_PMPCFG + entry, <u8>(value >> (index << 3)) & 0x9f);
  }
  updatePmp();
}

export function writePmpAddress(entry: u32, value: u64): void {
  if ((pmpConfig(entry) & LOCKED) != 0) return;
  if (entry + 1 < PMP_COUNT) {
    const above = pmpConfig(entry + 1);
    if ((above & LOCKED) != 0 && mode(above) == TOR) return;
  }
  store<u64>(<usize>load<u32>(HART) + HART_PMPADDR + (<usize>entry << 3), value & PMP_ADDRESS_MASK);
  updatePmp();
}

/** Derives the ranges from the registers. */
export function updatePmp(): void {
  let active: u32 = 0;
  for (let entry: u32 = 0; entry < PMP_COUNT; entry++) {
    const config = pmpConfig(entry);
    const address = pmpAddress(entry);
    let from: u64 = 0;
    let to: u64 = 0;
    if (mode(config) == 0) continue;
    active++;
    if (mode(config) == TOR) {
      from = entry == 0 ? 0 : pmpAddress(entry - 1) << 2;
      to = (address << 2) - 1;
      // An empty range matches nothing.
      if (from >= address << 2) {
        from = u64.MAX_VALUE;
        to = 0;
      }
    } else if (mode(config) == NA4) {
      from = address << 2;
      to = from + 3;
    } else {
      const ones = ctz(~address);
      from = (address & ~((<u64>1 << ones) - 1)) << 2;
      to = from + ((<u64>8 << ones) - 1);
    }
    store<u64>(range(entry), from);
    store<u64>(range(entry), to, 8);
  }
  store<u32>(<usize>load<u32>(HART) + HART_PMP_ACTIVE, active);
  forgetStretch(<usize>load<u32>(HART));
}
