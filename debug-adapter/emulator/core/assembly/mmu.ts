// Address translation; privileged manual, sections 4.3 to 4.6 (Sv39, Sv48, Sv57). A and D are set by hardware, as in QEMU.
import {
  HART, HART_MSTATUS, HART_SATP, PHYSICAL, RAM, RAM_BASE, RAM_PAGE_COUNT,
} from '../memory-map';
import { noteWalk, preparePageWrite, touch } from './pages';
import { PMP_EXECUTE, PMP_READ, PMP_WRITE, pmpAllows } from './pmp';
import { ALL_ACCESSES, emptyTlbs } from './tlb';
import { dataPrivilege, hartState, MACHINE, MXR, privilege, SUM, SUPERVISOR, USER } from './traps';

export const READ: u32 = 0;
export const WRITE: u32 = 1;
export const EXECUTE: u32 = 2;

const PTE_V: u64 = 1;
const PTE_R: u64 = 2;
const PTE_W: u64 = 4;
const PTE_X: u64 = 8;
const PTE_U: u64 = 16;
const PTE_A: u64 = 64;
const PTE_D: u64 = 128;

/** Refusals besides exception causes: none, and a page table entry in a protected page. */
export const ALLOWED: i32 = 0;
export const WRITE_FAULT: i32 = -1;

/** Offset in RAM, or all ones. */
// @ts-ignore: decorator
@inline export function ramOffset(physical: u64): u32 {
  const offset = physical - <u64>RAM_BASE;
  return offset >> 12 < <u64>load<u32>(RAM_PAGE_COUNT) ? <u32>offset : u32.MAX_VALUE;
}

/**
 * Where the access of `size` bytes within one page goes: PHYSICAL. Answers ALLOWED, an exception's cause or
 * WRITE_FAULT. Without `commits` the page table stays as it is.
 */
export function translate(address: u64, access: u32, size: u32, commits: bool): i32 {
  const mode = access == EXECUTE ? privilege() : dataPrivilege();
  const satp = hartState(HART_SATP);
  let physical = address;
  if (mode != MACHINE && satp >> 60 != 0) {
    const refusal = walk(address, access, mode, satp, commits);
    if (refusal != ALLOWED) return refusal;
    physical = load<u64>(PHYSICAL);
  } else if (physical >> 56 != 0) {
    return accessFault(access);
  }
  const wanted = access == READ ? PMP_READ : access == WRITE ? PMP_WRITE : PMP_EXECUTE;
  if (!pmpAllows(physical, size, wanted, mode)) return accessFault(access);
  store<u64>(PHYSICAL, physical);
  if (commits) touchRam(physical);
  return ALLOWED;
}

function touchRam(physical: u64): void {
  const offset = ramOffset(physical);
  if (offset != u32.MAX_VALUE) touch(offset >>> 12);
}

/** The algorithm of section 4.3.2. */
function walk(address: u64, access: u32, mode: u32, satp: u64, commits: bool): i32 {
  // Sv39 is mode 8 and has three levels; Sv48 and Sv57 follow.
  let level: u64 = (satp >> 60) - 5;
  const unused: u64 = 64 - (12 + 9 * level);
  if (<u64>(<i64>(address << unused) >> unused) != address) return pageFault(access);
  let table: u64 = (satp & ((<u64>1 << 44) - 1)) << 12;
  while (level > 0) {
    level--;
    const shift: u64 = 12 + 9 * level;
    const at = table + (((address >> shift) & 511) << 3);
    const offset = ramOffset(at);
    if (offset == u32.MAX_VALUE || !pmpAllows(at, 8, PMP_READ, SUPERVISOR)) return accessFault(access);
    if (commits) {
      touch(offset >>> 12);
      noteWalk(offset >>> 12, level > 0);
    }
    const entry = load<u64>(RAM + offset);
    if ((entry & PTE_V) == 0 || (entry & (PTE_R | PTE_W)) == PTE_W || entry >> 54 != 0) return pageFault(access);
    const frame = (entry >> 10) << 12;
    if ((entry & (PTE_R | PTE_X)) == 0) {
      if ((entry & (PTE_U | PTE_A | PTE_D)) != 0) return pageFault(access);
      table = frame;
      continue;
    }
    const inside: u64 = (<u64>1 << shift) - 1;
    if ((frame & inside) != 0 || !permits(entry, access, mode)) return pageFault(access);
    const needed = access == WRITE ? PTE_A | PTE_D : PTE_A;
    if (commits && (entry & needed) != needed) {
      if (!pmpAllows(at, 8, PMP_WRITE, SUPERVISOR)) return accessFault(access);
      if (!preparePageWrite(offset >>> 12, offset & 0xfff, 8)) return WRITE_FAULT;
      store<u64>(RAM + offset, entry | needed);
    }
    store<u64>(PHYSICAL, frame | (address & inside));
    return ALLOWED;
  }
  return pageFault(access);
}

function permits(entry: u64, access: u32, mode: u32): bool {
  const mstatus = hartState(HART_MSTATUS);
  if ((entry & PTE_U) != 0) {
    if (mode == SUPERVISOR && (access == EXECUTE || (mstatus & SUM) == 0)) return false;
  } else if (mode == USER) {
    return false;
  }
  if (access == EXECUTE) return (entry & PTE_X) != 0;
  if (access == WRITE) return (entry & PTE_W) != 0;
  return (entry & PTE_R) != 0 || ((mstatus & MXR) != 0 && (entry & PTE_X) != 0);
}

function pageFault(access: u32): i32 {
  return access == READ ? 13 : access == WRITE ? 15 : 12;
}

function accessFault(access: u32): i32 {
  return access == READ ? 5 : access == WRITE ? 7 : 1;
}

/** Empties all TLBs of the current hart. */
export function flushTlbs(): void {
  emptyTlbs(<usize>load<u32>(HART), ALL_ACCESSES);
}
