// What the core exports; wasm-guest-core.ts is the only caller.
import {
  EMPTY_BLOCK_INSTRUCTION_COUNT, EVENT_RECORD, EXIT_RECORD, FLAG_CLEAN, FLAG_PRESERVE, FLAG_PROTECTED, FLAG_TOUCHED, HART, HART_BYTES, HART_COUNT, HART_MENVCFG, HART_MIP_LINES, HART_STIMECMP, HART_NEXT, HART_PC, HART_PRIVILEGE, HART_REPORTED_BREAKPOINT, HART_RESERVATION, HART_RESERVED_VALUE,
  HART_TLBS, 
  HARTS, KEEP_EPOCH, LATEST_CLOCK, LEAVE, NS_PER_INSTRUCTION, PC, PHYSICAL, RAM_PAGE_COUNT, TIME_DELTA, WALKS_EPOCH, WRITTEN,
} from '../memory-map';
import { emptyBlockMemory } from './blocks';
import * as csr from './csr';
import * as mmu from './mmu';
import { EVENT_OP, EXIT_OP } from './opcodes';
import * as pages from './pages';
import { useHart } from './run';
import { initializeTlbs } from './tlb';
import { pendingInterrupts, STCE, setHartState, setPrivilege, trapsInARow, updateMode } from './traps';
import { resetTriggers } from './triggers';

export { dropAllBlocks, dropBlocksAt } from './blocks';
export { fusedFast } from './float/fast';
export { hashHarts, hashPages } from './hash';
export { holdUnlessHeld, keepChanges, noteChange, putBackHeld, readChanges } from './held-pages';
export { externalWrite } from './memory';
export { beginKeeping, changeAllFlags, discard, dropFromDataTlbs, firstDifference, isZero, protectTouched, setAllPageStates, setPageState } from './pages';
export { run, saveHart, takeUpHarts } from './run';
export { takeTurns } from './turns';

/** Of `time`, which counts at 10 MHz on the `virt` board. */
const NS_PER_TICK: f64 = 100;
/** Ticks that no run comes to, and whose nanoseconds a number could not count. */
const NEVER: u64 = (<u64>1) << 46;

export function initialize(hartCount: u32, ramPageCount: u32, nsPerInstruction: f64): void {
  store<u32>(0, EMPTY_BLOCK_INSTRUCTION_COUNT);
  store<u16>(EVENT_RECORD, EVENT_OP);
  store<u16>(EXIT_RECORD, EXIT_OP);
  store<u32>(HART_COUNT, hartCount);
  store<u32>(RAM_PAGE_COUNT, ramPageCount);
  store<f64>(NS_PER_INSTRUCTION, nsPerInstruction);
  emptyBlockMemory();
  store<u32>(WALKS_EPOCH, 1);
  store<u32>(KEEP_EPOCH, WRITTEN);
  store<u32>(HART, HARTS);
  initializeTlbs();
  for (let hart: u32 = 0; hart < hartCount; hart++) reset(hart, 0);
  useHart(0);
}

/** Registers as they come out of reset (privileged manual, section 3.4); those that it leaves open are 0. */
export function reset(hart: u32, pc: u64): void {
  useHart(hart);
  memory.fill(<usize>load<u32>(HART), 0, HART_TLBS);
  setPrivilege(3);
  setHartState(HART_REPORTED_BREAKPOINT, 1);
  resetTriggers();
  store<u64>(PC, pc);
  mmu.flushTlbs();
}

export function readPc(hart: u32): u64 {
  return isCurrent(hart) ? load<u64>(PC) : load<u64>(stateOf(hart), HART_PC);
}

export function writePc(hart: u32, pc: u64): void {
  if (isCurrent(hart)) store<u64>(PC, pc & ~<u64>1);
  else store<u64>(stateOf(hart), pc & ~<u64>1, HART_PC);
  store<u64>(stateOf(hart), 1, HART_REPORTED_BREAKPOINT);
  store<u32>(stateOf(hart), 0, HART_NEXT);
}

export function privilege(hart: u32): u32 {
  return load<u32>(stateOf(hart), HART_PRIVILEGE);
}

export function changePrivilege(hart: u32, value: u32): void {
  const before = exchange(stateOf(hart));
  setPrivilege(value);
  restore(before);
}

/** Virtual address; all ones when there is none. */
export function reservation(hart: u32): u64 {
  return load<u64>(stateOf(hart), HART_RESERVATION);
}

export function reservedValue(hart: u32): u64 {
  return load<u64>(stateOf(hart), HART_RESERVED_VALUE);
}

export function reserve(hart: u32, address: u64, value: u64): void {
  store<u64>(stateOf(hart), address, HART_RESERVATION);
  store<u64>(stateOf(hart), value, HART_RESERVED_VALUE);
}

/** CSR_MISSING says whether there is one. */
export function readCsr(hart: u32, number: u32): u64 {
  const before = exchange(stateOf(hart));
  const latestNs = load<f64>(LATEST_CLOCK);
  const value = csr.readCsr(number);
  store<f64>(LATEST_CLOCK, latestNs);
  restore(before);
  return value;
}

export function writeCsr(hart: u32, number: u32, value: u64): void {
  const before = exchange(stateOf(hart));
  csr.writeRaw(number, value);
  restore(before);
}

export function setInterruptLine(hart: u32, bit: u32, level: bool): void {
  const at = stateOf(hart) + HART_MIP_LINES;
  const lines = load<u64>(at);
  const changed = level ? lines | (<u64>1 << bit) : lines & ~(<u64>1 << bit);
  if (changed == lines) return;
  store<u64>(at, changed);
  if (isCurrent(hart)) store<u32>(LEAVE, 1);
}

/** Virtual time in ns at which stimecmp raises STIP; infinite without Sstc switched on (menvcfg.STCE). */
export function supervisorTimer(hart: u32): f64 {
  const state = stateOf(hart);
  if ((load<u64>(state, HART_MENVCFG) & STCE) == 0) return Infinity;
  const ticks = load<u64>(state, HART_STIMECMP);
  return ticks < NEVER ? (<f64>ticks - <f64>load<i64>(TIME_DELTA)) * NS_PER_TICK : Infinity;
}

export function interruptPending(hart: u32): bool {
  const before = exchange(stateOf(hart));
  const isPending = pendingInterrupts() != 0;
  restore(before);
  return isPending;
}

export function countTraps(hart: u32): u32 {
  const before = exchange(stateOf(hart));
  const count = trapsInARow();
  restore(before);
  return <u32>count;
}

/** A physical address, or all ones. */
export function translate(hart: u32, address: u64, access: u32): u64 {
  const before = exchange(stateOf(hart));
  const refusal = mmu.translate(address, access, 1, false);
  restore(before);
  return refusal == mmu.ALLOWED ? load<u64>(PHYSICAL) : u64.MAX_VALUE;
}

export function protectAll(): void {
  pages.flagAllPages(FLAG_PROTECTED);
}

export function touchAll(): void {
  pages.changeAllFlags(0xff, FLAG_TOUCHED);
}

export function unprotect(page: u32): void {
  pages.setFlags(page, pages.flagsOf(page) & ~FLAG_PROTECTED);
}

export function unprotectAll(): void {
  pages.changeAllFlags(~FLAG_PROTECTED, 0);
}

export function startPreserving(): void {
  pages.flagAllPages(FLAG_PRESERVE);
}

export function stopPreserving(): void {
  pages.changeAllFlags(~FLAG_PRESERVE, 0);
}

export function clearDirtyLog(): void {
  pages.flagAllPages(FLAG_CLEAN);
}

export function stopDirtyLog(): void {
  pages.changeAllFlags(~FLAG_CLEAN, 0);
}

// @ts-ignore: decorator
@inline function stateOf(hart: u32): usize { return HARTS + <usize>hart * HART_BYTES; }
// @ts-ignore: decorator
@inline function isCurrent(hart: u32): bool { return stateOf(hart) == <usize>load<u32>(HART); }

/** Looks at another hart's CSRs without making it the current one. */
function exchange(hart: usize): usize {
  const before = <usize>load<u32>(HART);
  store<u32>(HART, <u32>hart);
  return before;
}

function restore(before: usize): void {
  store<u32>(HART, <u32>before);
  updateMode();
}
