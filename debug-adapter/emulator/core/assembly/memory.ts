// Slow paths of loads and stores: TLB misses, devices, misaligned accesses, pages that something guards.
import {
  BUS_FAULT, BUS_OK, BUS_STATUS, BUS_WRITE_FAULT, DATA_TLB, FLAG_WRITE_TLB, HART_INDEX, HART_MSTATUS, LEAVE, PAGE_BYTES, PHYSICAL, RAM, RAM_BASE, STOP_BUS_RETRY,
  STOP_WRITE_FAULT, TLB_DATA_ENTRIES, TLB_ENTRY_BYTES, TLB_READ, TLB_WRITE,
} from '../memory-map';
import { begin, next, noteWriteFault, refuse, stopBefore, trap } from './events';
import { busRead, busWrite } from './host';
import { ALLOWED, READ, ramOffset, translate, WRITE } from './mmu';
import { flagsOf, mayReadFreely, mayWriteFreely, notePageRead, notePageWrite, noteTableWrite, prepareStore, setFlags, touch } from './pages';
import { pmpIsUniform } from './pmp';
import { isFloatRd, s2, set } from './records';
import { noteUse, READS, WRITES } from './tlb';
import { CAUSE_BREAKPOINT, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, FS, hartState, setHartState } from './traps';
import { isTriggerPage, TRIGGER_LOAD, TRIGGER_STORE, triggersOnAccess } from './triggers';

/** Width and sign of a load as funct3 has them: log2 of the bytes, 4 for zero extension; NAN_BOXED for `flw`. */
export type Width = u32;
export const NAN_BOXED: Width = 10;

// @ts-ignore: decorator
@inline export function tlbEntry(tlb: usize, address: u64): usize {
  return tlb + ((<usize>(address >> 12) & (TLB_DATA_ENTRIES - 1)) * TLB_ENTRY_BYTES);
}

/** Performs the load of `record` and answers the next record. */
export function loadSlow(record: usize, address: u64, width: Width): usize {
  begin(record);
  const size: u32 = 1 << (width & 3);
  const offset = <u32>address & (PAGE_BYTES - 1);
  if (offset + size > PAGE_BYTES) return loadAcross(record, address, width);
  const refusal = translate(address, READ, size, true);
  if (refusal != ALLOWED) return refuse(record, refusal, address);
  if (triggersOnAccess(address, size, TRIGGER_LOAD)) return trap(record, CAUSE_BREAKPOINT, 0);
  const physical = load<u64>(PHYSICAL);
  const ram = ramOffset(physical);
  let bits: u64;
  if (ram != u32.MAX_VALUE) {
    notePageRead(ram >>> 12, offset, size);
    bits = load<u64>(RAM + ram);
    // The last bytes of RAM: the access must not reach past the memory's end.
    if (mayReadFreely(ram >>> 12)) fillTlb(TLB_READ, address, physical);
  } else {
    bits = busRead(load<u32>(HART_INDEX), <f64>physical, size);
    const status = load<u32>(BUS_STATUS);
    if (status == BUS_FAULT) return trap(record, CAUSE_LOAD_ACCESS, address);
    if (status != BUS_OK) return stopBefore(record, STOP_BUS_RETRY);
  }
  setDestination(record, bits, width);
  return next(record);
}

/** A load from two pages, both in RAM. */
function loadAcross(record: usize, address: u64, width: Width): usize {
  const size: u32 = 1 << (width & 3);
  const second = (address | 0xfff) + 1;
  const firstSize = <u32>(second - address);
  let refusal = translate(address, READ, firstSize, true);
  if (refusal != ALLOWED) return refuse(record, refusal, address);
  const low = ramOffset(load<u64>(PHYSICAL));
  refusal = translate(second, READ, size - firstSize, true);
  if (refusal != ALLOWED) return refuse(record, refusal, second);
  const high = ramOffset(load<u64>(PHYSICAL));
  if (triggersOnAccess(address, size, TRIGGER_LOAD)) return trap(record, CAUSE_BREAKPOINT, 0);
  if (low == u32.MAX_VALUE) return trap(record, CAUSE_LOAD_ACCESS, address);
  if (high == u32.MAX_VALUE) return trap(record, CAUSE_LOAD_ACCESS, second);
  notePageRead(low >>> 12, low & 0xfff, firstSize);
  notePageRead(high >>> 12, high & 0xfff, size - firstSize);
  let bits: u64 = 0;
  for (let index: u32 = 0; index < size; index++) {
    const at = index < firstSize ? low + index : high + index - firstSize;
    bits |= <u64>load<u8>(RAM + at) << (index << 3);
  }
  setDestination(record, bits, width);
  return next(record);
}

function setDestination(record: usize, bits: u64, width: Width): void {
  let value = bits;
  switch (width) {
    case 0: value = <u64>(<i64>(<i8>bits)); break;
    case 1: value = <u64>(<i64>(<i16>bits)); break;
    case 2: value = <u64>(<i64>(<i32>bits)); break;
    case 4: value = bits & 0xff; break;
    case 5: value = bits & 0xffff; break;
    case 6: value = bits & 0xffffffff; break;
    case NAN_BOXED: value = bits | 0xffffffff00000000; break;
  }
  set(record, value);
  if (isFloatRd(record)) setHartState(HART_MSTATUS, hartState(HART_MSTATUS) | FS);
}

/** Performs the store of `record` and answers the next record. */
export function storeSlow(record: usize, address: u64, width: Width): usize {
  begin(record);
  const size: u32 = 1 << width;
  const value = s2(record);
  const offset = <u32>address & (PAGE_BYTES - 1);
  if (offset + size > PAGE_BYTES) return storeAcross(record, address, size, value);
  const refusal = translate(address, WRITE, size, true);
  if (refusal != ALLOWED) return refuse(record, refusal, address);
  if (triggersOnAccess(address, size, TRIGGER_STORE)) return trap(record, CAUSE_BREAKPOINT, 0);
  const physical = load<u64>(PHYSICAL);
  const ram = ramOffset(physical);
  if (ram != u32.MAX_VALUE) {
    if (!prepareStore(ram >>> 12, offset, size)) return stopBefore(record, STOP_WRITE_FAULT);
    switch (width) {
      case 0: store<u8>(RAM + ram, value); break;
      case 1: store<u16>(RAM + ram, value); break;
      case 2: store<u32>(RAM + ram, value); break;
      default: store<u64>(RAM + ram, value);
    }
    fillWriteTlb(address, physical);
  } else {
    busWrite(load<u32>(HART_INDEX), <f64>physical, size, value);
    const status = load<u32>(BUS_STATUS);
    if (status == BUS_WRITE_FAULT) return stopBefore(record, STOP_WRITE_FAULT);
    if (status == BUS_FAULT) return trap(record, CAUSE_STORE_ACCESS, address);
    if (status != BUS_OK) return stopBefore(record, STOP_BUS_RETRY);
  }
  return next(record);
}

/** A store to two pages, both in RAM; neither changes unless both may. */
function storeAcross(record: usize, address: u64, size: u32, value: u64): usize {
  const second = (address | 0xfff) + 1;
  const firstSize = <u32>(second - address);
  let refusal = translate(address, WRITE, firstSize, true);
  if (refusal != ALLOWED) return refuse(record, refusal, address);
  const low = ramOffset(load<u64>(PHYSICAL));
  refusal = translate(second, WRITE, size - firstSize, true);
  if (refusal != ALLOWED) return refuse(record, refusal, second);
  const high = ramOffset(load<u64>(PHYSICAL));
  if (triggersOnAccess(address, size, TRIGGER_STORE)) return trap(record, CAUSE_BREAKPOINT, 0);
  if (low == u32.MAX_VALUE) return trap(record, CAUSE_STORE_ACCESS, address);
  if (high == u32.MAX_VALUE) return trap(record, CAUSE_STORE_ACCESS, second);
  if (isProtected(low >>> 12)) return writeFault(record, low);
  if (isProtected(high >>> 12)) return writeFault(record, high);
  prepareStore(low >>> 12, low & 0xfff, firstSize);
  prepareStore(high >>> 12, high & 0xfff, size - firstSize);
  for (let index: u32 = 0; index < size; index++) {
    const at = index < firstSize ? low + index : high + index - firstSize;
    store<u8>(RAM + at, value >> (index << 3));
  }
  return next(record);
}

function isProtected(page: u32): bool {
  return (flagsOf(page) & 1) != 0;
}

function writeFault(record: usize, offset: u32): usize {
  noteWriteFault(offset >>> 12, offset & 0xfff);
  return stopBefore(record, STOP_WRITE_FAULT);
}

/** Memory address to change for an atomic instruction at an aligned address, or 0 with `refusedAs` set. */
export let refusedAs: usize = 0;
export function atomicAddress(record: usize, address: u64, size: u32): usize {
  const entry = tlbEntry(<usize>load<u32>(DATA_TLB), address);
  if (load<u64>(entry, TLB_WRITE) == (address & ~<u64>0xfff)) return <usize>(<u32>address + load<u32>(entry, TLB_WRITE + 8));
  const refusal = translate(address, WRITE, size, true);
  if (refusal != ALLOWED) {
    refusedAs = refuse(record, refusal, address);
    return 0;
  }
  if (triggersOnAccess(address, size, TRIGGER_LOAD | TRIGGER_STORE)) {
    refusedAs = trap(record, CAUSE_BREAKPOINT, 0);
    return 0;
  }
  const physical = load<u64>(PHYSICAL);
  const ram = ramOffset(physical);
  if (ram == u32.MAX_VALUE) {
    refusedAs = trap(record, CAUSE_STORE_ACCESS, address);
    return 0;
  }
  if (!prepareStore(ram >>> 12, ram & 0xfff, size)) {
    refusedAs = stopBefore(record, STOP_WRITE_FAULT);
    return 0;
  }
  notePageRead(ram >>> 12, ram & 0xfff, size);
  fillWriteTlb(address, physical);
  return RAM + ram;
}

function fillWriteTlb(address: u64, physical: u64): void {
  const page = <u32>((physical - <u64>RAM_BASE) >> 12);
  // The store may have changed the page table that it was translated by.
  if (load<u32>(LEAVE) != 0 || !mayWriteFreely(page)) return;
  if (fillTlb(TLB_WRITE, address, physical)) setFlags(page, flagsOf(page) | FLAG_WRITE_TLB);
}

export function fillTlb(tlb: usize, address: u64, physical: u64): bool {
  if (!pmpIsUniform(physical & ~<u64>0xfff) || isTriggerPage(address & ~<u64>0xfff)) return false;
  const group = <usize>load<u32>(DATA_TLB);
  noteUse(group, tlb == TLB_READ ? READS : WRITES);
  const entry = tlbEntry(group, address) + tlb;
  store<u64>(entry, address & ~<u64>0xfff);
  store<u32>(entry, <u32>RAM + <u32>(physical - <u64>RAM_BASE) - <u32>address, 8);
  return true;
}

/** A writer outside the harts (the loader, DMA, a debugger) changes bytes of one page. */
export function externalWrite(page: u32, offset: u32, size: u32, actor: u32, timeNs: f64): void {
  touch(page);
  notePageWrite(page, offset, size, actor, timeNs);
  noteTableWrite(page, offset, size);
}
