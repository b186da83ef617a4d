// RAM's pages: protection, states, and what must happen before one changes.
import {
  ACCESS_COUNT, BLOCK_TABLE_BYTES, BLOCK_TABLE_HEADER, CLOCK, COMPARED, DIRTIED, EXECUTED, EXECUTED_COUNT, FLAG_CLEAN,
  FLAG_CODE, FLAG_PRESERVE, FLAG_PROTECTED, FLAG_TOUCHED, FLAG_WATCHED_READS, FLAG_WATCHED_WRITES, FLAG_WRITE_TLB,
  HART_INDEX, LEAVE, NS_PER_INSTRUCTION, PAGES_PER_VERSION, PAGE_ACTORS, PAGE_BYTES, PAGE_FLAGS,
  PAGE_STATES, PAGE_TABLES, PAGE_WALKS, PC_TABLE, RAM, RAM_PAGE_COUNT, RECORDS_VERSIONS,
  STOP_WANTED, TABLE_WRITES, TIMES_BEGIN, WALKED_ABOVE, WALKS_EPOCH, WATCHED_READ, WATCHED_WRITE,
} from '../memory-map';
import { noteWriteFault } from './events';
import { beginHolding, hold, isHeld, isPristine } from './held-pages';
import { preserve, watched } from './host';
import { ALL_ACCESSES, dropFromTlbs, dropTranslation, emptyAllTlbs, FETCHES, forgetNextRecords, READS, WRITES } from './tlb';

/** `PageState` of protocol/page-states.ts. */
const COPIED_SCAN: u32 = 3;
const ZERO: u32 = 5;
const DIRTY: u32 = 6;

const PTE_V: u32 = 1;
/**
 * Stores to a page that holds a table take the slow path, also when it holds something else by now: after so many of them
 * that has cost as much as to translate everything anew.
 */
const TABLE_WRITES_MAX: u32 = 512;

/** That a TLB or decoded code has the page, which comes and goes, is no change of the records. */
const FLAGS_OF_CACHES: u32 = FLAG_WRITE_TLB | FLAG_CODE;

// @ts-ignore: decorator
@inline export function flagsOf(page: u32): u32 { return load<u8>(PAGE_FLAGS + page); }
// @ts-ignore: decorator
@inline export function setFlags(page: u32, flags: u32): void {
  if (((flagsOf(page) ^ flags) & ~FLAGS_OF_CACHES) != 0) noteRecords(page);
  store<u8>(PAGE_FLAGS + page, flags);
}
// @ts-ignore: decorator
@inline function noteRecords(page: u32): void { noteGroup(RECORDS_VERSIONS + (page / PAGES_PER_VERSION << 2)); }
// @ts-ignore: decorator
@inline function noteGroup(version: usize): void { store<u32>(version, load<u32>(version) + 1); }
// @ts-ignore: decorator
@inline export function pageAddress(page: u32): usize { return RAM + (<usize>page << 12); }
// @ts-ignore: decorator
@inline function awaitsDirty(page: u32): bool { const state = <u32>load<u8>(PAGE_STATES + page); return state == COPIED_SCAN || state == ZERO; }

/**
 * Called by every writer before it changes bytes of a page. False: the page is protected, and nothing may be written;
 * the fault is noted.
 */
export function preparePageWrite(page: u32, offset: u32, size: u32): bool {
  if ((flagsOf(page) & FLAG_PROTECTED) != 0) {
    noteWriteFault(page, offset);
    return false;
  }
  const timeNs = load<f64>(CLOCK) + <f64>load<i32>(ACCESS_COUNT) * load<f64>(NS_PER_INSTRUCTION);
  notePageWrite(page, offset, size, load<u32>(HART_INDEX), timeNs);
  return true;
}

/**
 * The same for a store. If it is the first to a page since the dirty log was cleared, the run ends behind it: what such a
 * store costs is the caller's to say.
 */
export function prepareStore(page: u32, offset: u32, size: u32): bool {
  const isClean = (flagsOf(page) & FLAG_CLEAN) != 0;
  if (!preparePageWrite(page, offset, size)) return false;
  noteTableWrite(page, offset, size);
  if (isClean) {
    store<u32>(DIRTIED, load<u32>(DIRTIED) + 1);
    store<u32>(STOP_WANTED, 1);
    store<u32>(LEAVE, 1);
  }
  return true;
}

export function notePageWrite(page: u32, offset: u32, size: u32, actor: u32, timeNs: f64): void {
  const flags = flagsOf(page);
  if ((flags & FLAG_WATCHED_WRITES) != 0) watched(page, offset, size, WATCHED_WRITE, actor);
  if ((flags & FLAG_PRESERVE) != 0) {
    preserve(page, actor, timeNs);
    setFlags(page, flagsOf(page) & ~FLAG_PRESERVE);
  }
  if (!isHeld(page)) hold(page);
  if ((flags & FLAG_CLEAN) != 0) setFlags(page, flagsOf(page) & ~FLAG_CLEAN);
  if (awaitsDirty(page)) setPageState(page, DIRTY, actor, timeNs);
  if ((flags & FLAG_CODE) != 0) dropCode(page, offset, size);
}

/** From now on each page is held before its first change, and it is known in which pages code runs. */
export function beginKeeping(): void {
  beginHolding();
  flagAllPages(0);
  memory.fill(EXECUTED, 0, EXECUTED_COUNT);
  emptyAllTlbs(FETCHES);
}

/**
 * Empties TLBs before a page table that they rely on changes, as if each access walked the tables. So nobody can see
 * what a TLB holds: neither a guest that writes an entry without `sfence.vma`, nor whoever empties one to see an access.
 * The walker's own A and D bits make no translation wrong, and what is not valid translates nothing.
 */
export function noteTableWrite(page: u32, offset: u32, size: u32): void {
  if (!holdsTable(page)) return;
  const writes = load<u32>(TABLE_WRITES) + 1;
  store<u32>(TABLE_WRITES, writes);
  if (writes == TABLE_WRITES_MAX) return forgetTranslations();
  const isAbove = (<u32>load<u8>(PAGE_WALKS + page) & WALKED_ABOVE) != 0;
  for (let entry = offset >>> 3; entry <= (offset + size - 1) >>> 3; entry++) {
    if ((load<u8>(pageAddress(page) + (<usize>entry << 3)) & PTE_V) == 0) continue;
    if (isAbove) return forgetTranslations();
    dropTranslation(entry);
    store<u32>(LEAVE, 1);
  }
}

// @ts-ignore: decorator
@inline function holdsTable(page: u32): bool { return (<u32>load<u8>(PAGE_WALKS + page) & ~WALKED_ABOVE) == load<u32>(WALKS_EPOCH); }

/** A walk reads a page table in the page. */
export function noteWalk(page: u32, isAbove: bool): void {
  const holds = holdsTable(page);
  const before = holds ? <u32>load<u8>(PAGE_WALKS + page) : load<u32>(WALKS_EPOCH);
  store<u8>(PAGE_WALKS + page, <u8>(before | (isAbove ? WALKED_ABOVE : 0)));
  if (!holds) dropFromWriteTlbs(page);
}

/** The running block is left after its instruction, and whatever that has translated is not kept. */
export function forgetTranslations(): void {
  emptyAllTlbs(ALL_ACCESSES);
  store<u32>(LEAVE, 1);
  store<u32>(TABLE_WRITES, 0);
  const epoch = load<u32>(WALKS_EPOCH);
  const isLast = epoch == WALKED_ABOVE - 1;
  if (isLast) memory.fill(PAGE_WALKS, 0, load<u32>(RAM_PAGE_COUNT));
  store<u32>(WALKS_EPOCH, isLast ? 1 : epoch + 1);
}

/** Called before a hart reads bytes of a page. */
export function notePageRead(page: u32, offset: u32, size: u32): void {
  if ((flagsOf(page) & FLAG_WATCHED_READS) != 0) watched(page, offset, size, WATCHED_READ, load<u32>(HART_INDEX));
}

/** A load that nobody watches may go on through the read TLB. */
export function mayReadFreely(page: u32): bool {
  return (flagsOf(page) & FLAG_WATCHED_READS) == 0;
}

/** Every access to RAM that no TLB answers comes by here: from now on the host's page table has an entry. */
export function touch(page: u32): void {
  setFlags(page, flagsOf(page) | FLAG_TOUCHED);
}

/**
 * The host takes the page away: it holds zeros, and the page-table entry is gone, its protection with it. An access must
 * be seen again, so every TLB forgets the page; all of them, for this is rare.
 */
export function discard(page: u32, actor: u32, timeNs: f64): void {
  notePageWrite(page, 0, PAGE_BYTES, actor, timeNs);
  memory.fill(pageAddress(page), 0, PAGE_BYTES);
  setFlags(page, flagsOf(page) & ~(FLAG_PROTECTED | FLAG_TOUCHED));
  forgetTranslations();
}

/** Protects the pages that the host's page table has an entry for. */
export function protectTouched(): void {
  flagAllPages(0);
  const count = load<u32>(RAM_PAGE_COUNT);
  for (let page: u32 = 0; page < count; page++) {
    const flags = flagsOf(page);
    if ((flags & FLAG_TOUCHED) != 0) setFlags(page, flags | FLAG_PROTECTED);
  }
}

/** A store that hits nothing of what the flags guard may go on through the write TLB. */
export function mayWriteFreely(page: u32): bool {
  // An atomic instruction reads through the write TLB, too.
  const guards = FLAG_PROTECTED | FLAG_CODE | FLAG_PRESERVE | FLAG_CLEAN | FLAG_WATCHED_WRITES | FLAG_WATCHED_READS;
  return (flagsOf(page) & guards) == 0 && !awaitsDirty(page) && !holdsTable(page) && isHeld(page);
}

/** Drops the page's decoded blocks if the bytes belong to any. The running block is left after its instruction. */
export function dropCode(page: u32, offset: u32, size: u32): void {
  const table = <usize>load<u32>(PAGE_TABLES + (<usize>page << 2));
  if (table == 0) return;
  const lines = load<u64>(table - BLOCK_TABLE_HEADER);
  if ((lines & lineMask(offset, size)) == 0) return;
  memory.fill(table, 0, BLOCK_TABLE_BYTES - BLOCK_TABLE_HEADER);
  store<u64>(table - BLOCK_TABLE_HEADER, 0);
  unmarkCode(page);
  forgetNextRecords();
  if (<usize>load<u32>(PC_TABLE) == table) store<u32>(LEAVE, 1);
}

/** Bits of the 64-byte lines that the bytes touch. */
export function lineMask(offset: u32, size: u32): u64 {
  const first = offset >>> 6;
  const last = (offset + size - 1) >>> 6;
  return (u64.MAX_VALUE << first) & (u64.MAX_VALUE >> (63 - last));
}

/** The page holds decoded code from now on. */
export function markCode(page: u32): void {
  if ((flagsOf(page) & FLAG_CODE) != 0) return;
  dropFromWriteTlbs(page);
  setFlags(page, flagsOf(page) | FLAG_CODE);
}

/** The page holds none any more. */
export function unmarkCode(page: u32): void {
  setFlags(page, flagsOf(page) & ~FLAG_CODE);
}

/** Takes one page out of every hart's write TLBs. */
export function dropFromWriteTlbs(page: u32): void {
  if ((flagsOf(page) & FLAG_WRITE_TLB) == 0) return;
  setFlags(page, flagsOf(page) & ~FLAG_WRITE_TLB);
  dropFromTlbs(<u32>pageAddress(page), WRITES);
}

/** Takes one page out of every hart's read and write TLBs: each access to it is seen. */
export function dropFromDataTlbs(page: u32): void {
  dropFromWriteTlbs(page);
  dropFromTlbs(<u32>pageAddress(page), READS);
}

/** Empties every hart's write TLBs and ORs `set` into all pages' flags. */
export function flagAllPages(set: u32): void {
  emptyAllTlbs(WRITES);
  changeAllFlags(~FLAG_WRITE_TLB, set);
}

/** `keep`: of what stays. */
export function changeAllFlags(keep: u32, set: u32): void {
  if (set != 0 || (~keep & 0xff & ~FLAGS_OF_CACHES) != 0) noteAllRecords();
  const keepAll = i8x16.splat(<i8>keep);
  const setAll = i8x16.splat(<i8>set);
  const end = PAGE_FLAGS + <usize>((load<u32>(RAM_PAGE_COUNT) + 15) & ~15);
  for (let at: usize = PAGE_FLAGS; at < end; at += 16) {
    v128.store(at, v128.or(v128.and(v128.load(at), keepAll), setAll));
  }
}

function noteAllRecords(): void {
  for (let page: u32 = 0; page < load<u32>(RAM_PAGE_COUNT); page += PAGES_PER_VERSION) noteRecords(page);
}

export function setPageState(page: u32, state: u32, actor: u32, timeNs: f64): void {
  store<u8>(PAGE_STATES + page, state);
  store<u8>(PAGE_ACTORS + page, actor);
  store<f64>(<usize>load<u32>(TIMES_BEGIN) + (<usize>page << 3), timeNs);
  noteRecords(page);
  if (awaitsDirty(page)) dropFromWriteTlbs(page);
}

export function setAllPageStates(state: u32, actor: u32, timeNs: f64): void {
  const count = load<u32>(RAM_PAGE_COUNT);
  const times = <usize>load<u32>(TIMES_BEGIN);
  memory.fill(PAGE_STATES, <u8>state, count);
  memory.fill(PAGE_ACTORS, <u8>actor, count);
  for (let page: usize = 0; page < count; page++) store<f64>(times + (page << 3), timeNs);
  noteAllRecords();
  if (awaitsDirty(0)) flagAllPages(0);
}

/** What nobody has ever written to is not read: the host would take memory for it, which takes longer than all else. */
export function isZero(page: u32): bool {
  if (isPristine(page)) return true;
  const start = pageAddress(page);
  for (let at: usize = 0; at < PAGE_BYTES; at += 64) {
    const a = v128.or(v128.load(start + at), v128.load(start + at, 16));
    const b = v128.or(v128.load(start + at, 32), v128.load(start + at, 48));
    if (v128.any_true(v128.or(a, b))) return false;
  }
  return true;
}

/** Of the page and COMPARED; -1 if there is none. */
export function firstDifference(page: u32): i32 {
  const start = pageAddress(page);
  for (let at: usize = 0; at < PAGE_BYTES; at += 64) {
    const a = v128.or(differing(start + at, at), differing(start + at + 16, at + 16));
    const b = v128.or(differing(start + at + 32, at + 32), differing(start + at + 48, at + 48));
    if (!v128.any_true(v128.or(a, b))) continue;
    for (let byte = at; ; byte++) if (load<u8>(start + byte) != load<u8>(COMPARED + byte)) return <i32>byte;
  }
  return -1;
}

// @ts-ignore: decorator
@inline function differing(address: usize, at: usize): v128 { return v128.xor(v128.load(address), v128.load(COMPARED + at)); }
