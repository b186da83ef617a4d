// Decoded basic blocks: made from a page's instructions, found by physical address, linked within their page. A jump
// into another page always goes through the fetch TLB, so a link never outlives the translation that it relied on.
import {
  ACCESS_COUNT, BLOCK_BREAKS, BLOCK_COPY, BLOCK_END_OFFSET, BLOCK_ENTRY, BLOCK_FLAGS, BLOCK_HEADER_BYTES,
  BLOCK_INSTRUCTION_COUNT_MAX, BLOCK_TABLE_BYTES, BLOCK_TABLE_HEADER, BLOCKS_BEGIN, BLOCKS_END, BLOCKS_EPOCH,
  BLOCKS_LIMIT, BUDGET, CUT_OPCODE, CUT_RECORD, EXIT_RECORD, EXECUTED, EXECUTED_FACTOR, EXECUTED_SHIFT,
  FETCH_TLB, HART_NEXT, HART_NEXT_TABLE, LEAVE, MISSED_ENTRY_COUNT, MISSED_ENTRY_OFFSET, MISSED_ENTRY_TABLE, PAGE_TABLES, PC, PC_PAGE, PC_TABLE, PHYSICAL, RECORD_BYTES, RUN_COUNT, STOP, STOP_COUNT,
  STOP_REQUESTED, STOP_WRITE_FAULT, TABLE_PAGE, TABLES_BEGIN, TABLES_END, TLB_ENTRY_BYTES, TLB_FETCH, TLB_FETCH_ENTRIES,
  TRANSIENT_BLOCK, TRAP_VALUE,
} from '../memory-map';
import { decodeBlock, decodeTransient } from './decode-block';
import { ALLOWED, EXECUTE, ramOffset, translate, WRITE_FAULT } from './mmu';
import { CUT } from './opcodes';
import { dropCode, lineMask, markCode, pageAddress, unmarkCode } from './pages';
import { pmpIsUniform } from './pmp';
import { leftOf, opcodeOf } from './records';
import { emptyAllTlbs, FETCHES, noteUse } from './tlb';
import { CAUSE_BREAKPOINT, takeTrap, trapsInARow } from './traps';
import { triggersOnExecute } from './triggers';

/** A hart that takes so many traps without retiring an instruction is given back to the host. */
export const TRAPS_IN_A_ROW_MAX: u64 = 256;
const BLOCK_BYTES_MAX: usize = BLOCK_HEADER_BYTES + (<usize>BLOCK_INSTRUCTION_COUNT_MAX + 3) * RECORD_BYTES;
const NO_TABLE: usize = 0;
/** A run of more is quicker from a block of its own, which generated code may be entered at. */
const FEW_INSTRUCTIONS: i32 = 32;

/** The first record to execute at PC; takes the trap if it cannot be fetched. */
export function enter(): usize {
  while (true) {
    if (load<i32>(BUDGET) <= 0) return exit(STOP_COUNT);
    const pc = load<u64>(PC);
    const table = tableFor(pc);
    if (table == NO_TABLE) {
      const refusal = decodeTransient(pc);
      if (refusal == ALLOWED) return charge(TRANSIENT_BLOCK);
      if (refusal == WRITE_FAULT) return exit(STOP_WRITE_FAULT);
      if (triggersOnExecute(pc)) takeTrap(CAUSE_BREAKPOINT, 0, false);
      else takeTrap(refusal, load<u64>(TRAP_VALUE), false);
      if (trapsInARow() % TRAPS_IN_A_ROW_MAX == 0) return exit(STOP_REQUESTED);
      continue;
    }
    store<u64>(PC_PAGE, pc & ~(<u64>0xfff));
    store<u32>(PC_TABLE, <u32>table);
    const block = blockAt(table, <u32>pc & 0xffe);
    if (block != 0) return charge(block);
  }
}

/** `enter` at the beginning of a run: the last one may have been cut, and nothing has changed since. */
// @ts-ignore: decorator
@inline export function goOn(hart: usize, remaining: i32): usize {
  const record = <usize>load<u32>(hart, HART_NEXT);
  store<u32>(hart, 0, HART_NEXT);
  if (record == 0 || remaining >= FEW_INSTRUCTIONS) return enter();
  store<u64>(PC_PAGE, load<u64>(PC) & ~(<u64>0xfff));
  store<u32>(PC_TABLE, load<u32>(hart, HART_NEXT_TABLE));
  const count = leftOf(record);
  store<i32>(BUDGET, remaining - count);
  return count <= remaining ? record : cut(record, remaining);
}

/** `enter` for generated code, which has no entry for the block at PC: that is noted. */
export function enterFromGenerated(): usize {
  const first = enter();
  const block = first - BLOCK_HEADER_BYTES;
  // Neither the run's end, nor a block that is cut there, nor one that is not kept.
  if (block >= <usize>load<u32>(BLOCKS_BEGIN) && load<u32>(CUT_RECORD) == 0 && load<u16>(block, BLOCK_ENTRY) == 0) {
    store<u32>(MISSED_ENTRY_COUNT, load<u32>(MISSED_ENTRY_COUNT) + 1);
    store<u32>(MISSED_ENTRY_TABLE, load<u32>(PC_TABLE));
    store<u32>(MISSED_ENTRY_OFFSET, load<u32>(PC) & 0xffe);
  }
  return first;
}

/** The table of blocks of the page that `pc` is in; NO_TABLE if the instruction there has to be fetched otherwise. */
function tableFor(pc: u64): usize {
  const entry = <usize>load<u32>(FETCH_TLB) + (<usize>(pc >> 12) & (TLB_FETCH_ENTRIES - 1)) * TLB_ENTRY_BYTES;
  if (load<u64>(entry) != (pc & ~(<u64>0xfff))) {
    store<u8>(EXECUTED + (<usize>((<u32>(pc >> 12) * EXECUTED_FACTOR) >>> EXECUTED_SHIFT)), 1);
    store<i32>(ACCESS_COUNT, load<i32>(RUN_COUNT) - load<i32>(BUDGET));
    if (translate(pc, EXECUTE, 2, true) != ALLOWED) return NO_TABLE;
    const physical = load<u64>(PHYSICAL);
    const ram = ramOffset(physical);
    if (ram == u32.MAX_VALUE || !pmpIsUniform(physical & ~(<u64>0xfff))) return NO_TABLE;
    const table = tableOf(ram >>> 12);
    noteUse(<usize>load<u32>(FETCH_TLB) - TLB_FETCH, FETCHES);
    store<u64>(entry, pc & ~(<u64>0xfff));
    store<u32>(entry, <u32>table, 8);
  }
  const table = <usize>load<u32>(entry, 8);
  return crossesPage(table, <u32>pc & 0xffe) ? NO_TABLE : table;
}

function crossesPage(table: usize, offset: u32): bool {
  return offset == 4094 && (load<u16>(pageAddress(load<u32>(table - TABLE_PAGE)), 4094) & 3) == 3;
}

/** Ends the run before the next instruction. */
export function exit(stop: u32): usize {
  store<u32>(STOP, stop);
  return EXIT_RECORD;
}

/** Continues at an offset from PC_PAGE by way of `link`, which is set if the target lies in the same page. */
export function follow(link: usize, offset: i32): usize {
  const pc = load<u64>(PC_PAGE) + <u64>(<i64>offset);
  store<u64>(PC, pc);
  if (<u32>offset >= 4094 || load<i32>(BUDGET) <= 0) return enter();
  const table = <usize>load<u32>(PC_TABLE);
  if (table == 0) return enter();
  const epoch = load<u32>(BLOCKS_EPOCH);
  const block = blockAt(table, <u32>offset);
  if (block == 0 || load<u32>(BLOCKS_EPOCH) != epoch) return enter();
  store<u32>(link, <u32>block);
  return charge(block);
}

/** Takes a block's instructions from the budget; one that is too long is cut where the budget ends. */
function charge(block: usize): usize {
  const remaining = load<i32>(BUDGET);
  const count = load<i32>(block);
  store<i32>(BUDGET, remaining - count);
  if (count <= remaining) return block + BLOCK_HEADER_BYTES;
  const copy = <usize>load<u32>(block, BLOCK_COPY);
  const records = <usize>remaining + (load<u16>(block, BLOCK_FLAGS) & BLOCK_BREAKS);
  return cut((copy != 0 ? copy : block) + BLOCK_HEADER_BYTES, records);
}

/** Ends the run behind so many records, with CUT in place of the next one's opcode. Answers the first. */
// @ts-ignore: decorator
@inline function cut(first: usize, records: usize): usize {
  const record = first + records * RECORD_BYTES;
  store<u32>(CUT_RECORD, <u32>record);
  store<u16>(CUT_OPCODE, opcodeOf(record));
  store<u16>(record, CUT);
  return first;
}

/** Puts the opcode back, before anybody else can see the record. */
// @ts-ignore: decorator
@inline export function mend(): void {
  store<u16>(<usize>load<u32>(CUT_RECORD), load<u16>(CUT_OPCODE));
  store<u32>(CUT_RECORD, 0);
}

/** The block at an offset of PC_PAGE, decoded if need be; 0 if it must be looked up again. */
// @ts-ignore: decorator
@inline function blockAt(table: usize, offset: u32): usize {
  const slot = table + ((<usize>offset) << 1);
  const known = <usize>load<u32>(slot);
  return known != 0 ? known : newBlock(table, offset, slot);
}

function newBlock(table: usize, offset: u32, slot: usize): usize {
  const block = <usize>load<u32>(BLOCKS_END);
  if (block + BLOCK_BYTES_MAX > <usize>load<u32>(BLOCKS_LIMIT)) {
    dropAllBlocks();
    return 0;
  }
  const page = load<u32>(table - TABLE_PAGE);
  const end = decodeBlock(block, pageAddress(page), offset);
  store<u32>(BLOCKS_END, <u32>end);
  markCode(page);
  const lastOffset = load<u32>(block, BLOCK_END_OFFSET);
  store<u64>(table - BLOCK_TABLE_HEADER, load<u64>(table - BLOCK_TABLE_HEADER) | lineMask(offset, lastOffset - offset));
  store<u32>(slot, <u32>block);
  return block;
}

function tableOf(page: u32): usize {
  const slot = PAGE_TABLES + ((<usize>page) << 2);
  const known = <usize>load<u32>(slot);
  if (known != 0) return known;
  if (<usize>load<u32>(TABLES_END) + BLOCK_TABLE_BYTES > <usize>load<u32>(BLOCKS_BEGIN)) dropAllBlocks();
  const start = <usize>load<u32>(TABLES_END);
  store<u32>(TABLES_END, <u32>(start + BLOCK_TABLE_BYTES));
  memory.fill(start, 0, BLOCK_TABLE_BYTES);
  store<u32>(start + BLOCK_TABLE_HEADER - TABLE_PAGE, page);
  store<u32>(slot, <u32>(start + BLOCK_TABLE_HEADER));
  return start + BLOCK_TABLE_HEADER;
}

export function emptyBlockMemory(): void {
  store<u32>(BLOCKS_END, load<u32>(BLOCKS_BEGIN));
  store<u32>(TABLES_END, load<u32>(TABLES_BEGIN));
}

/** Breakpoints at this offset of some page have come or gone: drops the code of each page that has decoded an instruction there. */
export function dropBlocksAt(offset: u32): void {
  const end = <usize>load<u32>(TABLES_END);
  for (let start = <usize>load<u32>(TABLES_BEGIN); start < end; start += BLOCK_TABLE_BYTES) {
    const table = start + BLOCK_TABLE_HEADER;
    if (hasDecoded(table, offset)) dropCode(load<u32>(table - TABLE_PAGE), offset, 1);
  }
}

function hasDecoded(table: usize, offset: u32): bool {
  const first = <i32>offset - 4 * BLOCK_INSTRUCTION_COUNT_MAX;
  for (let at = <i32>offset; at >= 0 && at > first; at -= 2) {
    const block = <usize>load<u32>(table + (<usize>at << 1));
    if (block != 0 && load<u32>(block, BLOCK_END_OFFSET) > offset) return true;
  }
  return false;
}

/** What has been decoded is of these pages still; their flags may not say so. */
export function takeUpBlocks(): void {
  const end = <usize>load<u32>(TABLES_END);
  for (let start = <usize>load<u32>(TABLES_BEGIN); start < end; start += BLOCK_TABLE_BYTES) {
    if (load<u64>(start) != 0) markCode(load<u32>(start + BLOCK_TABLE_HEADER - TABLE_PAGE));
  }
}

/** When the memory for blocks is full, or many breakpoints change. An instruction that runs meanwhile is its block's last. */
export function dropAllBlocks(): void {
  store<u32>(LEAVE, 1);
  const end = <usize>load<u32>(TABLES_END);
  for (let start = <usize>load<u32>(TABLES_BEGIN); start < end; start += BLOCK_TABLE_BYTES) {
    const page = load<u32>(start + BLOCK_TABLE_HEADER - TABLE_PAGE);
    store<u32>(PAGE_TABLES + ((<usize>page) << 2), 0);
    unmarkCode(page);
  }
  emptyBlockMemory();
  store<u32>(BLOCKS_EPOCH, load<u32>(BLOCKS_EPOCH) + 1);
  store<u32>(PC_TABLE, 0);
  emptyAllTlbs(FETCHES);
}
