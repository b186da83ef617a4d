// The TLBs of all harts: what may stand in them, and how they are emptied. A TLB that nothing was put into since it was
// last emptied is passed over.
import {
  HART_BYTES, HART_COUNT, HART_NEXT, HART_TLBS, HARTS, TLB_DATA_ENTRIES, TLB_ENTRY_BYTES, TLB_FETCH, TLB_FETCH_ENTRIES, TLB_GROUP_BYTES, TLB_GROUP_COUNT,
  TLB_READ, TLB_USED, TLB_WRITE,
} from '../memory-map';

/** Bits of TLB_USED. */
export const READS: u32 = 1;
export const WRITES: u32 = 2;
export const FETCHES: u32 = 4;
export const ALL_ACCESSES: u32 = READS | WRITES | FETCHES;

const DATA_BYTES: usize = TLB_DATA_ENTRIES * TLB_ENTRY_BYTES;
const FETCH_BYTES: usize = TLB_FETCH_ENTRIES * TLB_ENTRY_BYTES;

/** Something is about to stand in one of the group's TLBs. */
// @ts-ignore: decorator
@inline export function noteUse(group: usize, accesses: u32): void { store<u32>(group, load<u32>(group, TLB_USED) | accesses, TLB_USED); }

/** A hart's, of `accesses`. */
export function emptyTlbs(hart: usize, accesses: u32): void {
  if ((accesses & FETCHES) != 0) store<u32>(hart, 0, HART_NEXT);
  for (let index: usize = 0; index < TLB_GROUP_COUNT; index++) {
    const group = groupOf(hart, index);
    const used = load<u32>(group, TLB_USED);
    if ((used & accesses & READS) != 0) memory.fill(group + TLB_READ, 0xff, DATA_BYTES);
    if ((used & accesses & WRITES) != 0) memory.fill(group + TLB_WRITE, 0xff, DATA_BYTES);
    if ((used & accesses & FETCHES) != 0) memory.fill(group + TLB_FETCH, 0xff, FETCH_BYTES);
    store<u32>(group, used & ~accesses, TLB_USED);
  }
}

/** Every hart's, of `accesses`. */
export function emptyAllTlbs(accesses: u32): void {
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) emptyTlbs(HARTS + hart * HART_BYTES, accesses);
}

/** Takes what comes from an entry of last-level page tables, whichever the table is, out of every hart's TLBs. */
export function dropTranslation(index: usize): void {
  // The bits of an address that choose the entry there choose it here, too.
  const data = (index & (TLB_DATA_ENTRIES - 1)) * TLB_ENTRY_BYTES;
  const fetch = (index & (TLB_FETCH_ENTRIES - 1)) * TLB_ENTRY_BYTES;
  forgetNextRecords();
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    for (let index: usize = 0; index < TLB_GROUP_COUNT; index++) {
      const group = groupOf(HARTS + hart * HART_BYTES, index);
      store<u64>(group + data, u64.MAX_VALUE, TLB_READ);
      store<u64>(group + data, u64.MAX_VALUE, TLB_WRITE);
      store<u64>(group + fetch, u64.MAX_VALUE, TLB_FETCH);
    }
  }
}

/** Each hart looks its next instruction up afresh. */
export function forgetNextRecords(): void {
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) store<u32>(HARTS + hart * HART_BYTES, 0, HART_NEXT);
}

/** Before anything stands in them. */
export function initializeTlbs(): void {
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    for (let index: usize = 0; index < TLB_GROUP_COUNT; index++) {
      const group = groupOf(HARTS + hart * HART_BYTES, index);
      memory.fill(group, 0xff, TLB_USED);
      store<u32>(group, 0, TLB_USED);
    }
  }
}

/** Takes what maps to the page at `address` of the memory out of every hart's TLBs of `accesses`, reads or writes. */
export function dropFromTlbs(address: u32, accesses: u32): void {
  const tlb = accesses == READS ? TLB_READ : TLB_WRITE;
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    for (let index: usize = 0; index < TLB_GROUP_COUNT; index++) {
      const group = groupOf(HARTS + hart * HART_BYTES, index);
      if ((load<u32>(group, TLB_USED) & accesses) == 0) continue;
      const end = group + tlb + DATA_BYTES;
      for (let entry = group + tlb; entry < end; entry += TLB_ENTRY_BYTES) {
        if (<u32>load<u64>(entry) + load<u32>(entry, 8) == address) store<u64>(entry, u64.MAX_VALUE);
      }
    }
  }
}

// @ts-ignore: decorator
@inline function groupOf(hart: usize, index: usize): usize { return hart + HART_TLBS + index * TLB_GROUP_BYTES; }
