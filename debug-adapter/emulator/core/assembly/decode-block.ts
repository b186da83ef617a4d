// Makes the records of a basic block: from a page's bytes, or of one instruction that is not to be kept.
import {
  BLOCK_BREAKS, BLOCK_COPY, BLOCK_END_OFFSET, BLOCK_ENTRY, BLOCK_FLAGS, BLOCK_HEADER_BYTES,
  BLOCK_INSTRUCTION_COUNT_MAX, BLOCK_IS_OPEN, BREAKPOINT_COUNT, BREAKPOINTS, HART_DISCARD, HART_F, PC_PAGE, PC_TABLE,
  RECORD_BYTES, RECORD_IMMEDIATE, RECORD_LEFT, RECORD_RD, RECORD_RS1, RECORD_RS2, TRANSIENT_BLOCK, TRAP_VALUE,
} from '../memory-map';
import { fetched, fetchHalf } from './fetch';
import {
  BEQ, BGE, BGEU, BLT, BLTU, BNE, CSRRC, CSRRCI, CSRRS, CSRRSI, CSRRW, CSRRWI, decode, EBREAK, ECALL, floats, imm, JAL,
  JALR, keepsWord, MRET, operation, rd, rs1, rs2, SFENCE_VMA, SRET, WFI,
} from './generated/isa';
import { ALLOWED } from './mmu';
import { BREAK, END, ILLEGAL } from './opcodes';
import { mayTriggerAt } from './triggers';

/** Decodes from an offset in a page to the block's end and answers where its records end. */
export function decodeBlock(block: usize, bytes: usize, start: u32): usize {
  let record = block + BLOCK_HEADER_BYTES;
  let offset = start;
  let count: i32 = 0;
  let isOpen = true;
  const breaks = hasBreakpoint(start);
  if (breaks) {
    writeRecord(record, BREAK, start);
    record += RECORD_BYTES;
  }
  while (isOpen && count < BLOCK_INSTRUCTION_COUNT_MAX && offset < 4096) {
    if (count > 0 && hasBreakpoint(offset)) break;
    let word: u32 = load<u16>(bytes + offset);
    if ((word & 3) == 3) {
      if (offset == 4094) break;
      word = load<u32>(bytes + offset);
    }
    const size: u32 = (word & 3) == 3 ? 4 : 2;
    isOpen = writeInstruction(record, word, offset, size);
    record += RECORD_BYTES;
    offset += size;
    count++;
  }
  return finishBlock(block, offset, count, isOpen, breaks);
}

/** Numbers the instructions and writes what stands behind them: END if the block goes on, and the links. */
function finishBlock(block: usize, offset: u32, count: i32, isOpen: bool, breaks: bool): usize {
  store<i32>(block, count);
  store<u16>(block, <u16>((breaks ? BLOCK_BREAKS : 0) | (isOpen ? BLOCK_IS_OPEN : 0)), BLOCK_FLAGS);
  store<u16>(block, 0, BLOCK_ENTRY);
  store<u32>(block, offset, BLOCK_END_OFFSET);
  store<u32>(block, 0, BLOCK_COPY);
  let record = block + BLOCK_HEADER_BYTES;
  if (breaks) {
    store<u16>(record, <u16>count, RECORD_LEFT);
    record += RECORD_BYTES;
  }
  for (let left = count; left > 0; left--) {
    store<u16>(record, <u16>left, RECORD_LEFT);
    record += RECORD_BYTES;
  }
  if (isOpen) {
    writeRecord(record, END, offset);
    record += RECORD_BYTES;
  }
  writeRecord(record, 0, 0);
  return record + RECORD_BYTES;
}

function writeRecord(record: usize, opcode: u16, offset: u32): void {
  store<u64>(record, opcode);
  store<u64>(record, (<u64>offset) << 32, RECORD_IMMEDIATE);
}

/** Decodes one instruction; false if nothing can follow it in a block. */
function writeInstruction(record: usize, word: u32, offset: u32, size: u32): bool {
  writeRecord(record, ILLEGAL, offset);
  store<u32>(record, (word & 3) == 3 ? word : word & 0xffff, RECORD_IMMEDIATE);
  if (!decode(word)) return false;
  store<u16>(record, operation);
  store<u16>(record, (floats & 1) != 0 ? <u16>(HART_F + (rd << 3)) : rd == 0 ? HART_DISCARD : <u16>(rd << 3), RECORD_RD);
  store<u16>(record, <u16>((floats & 2) != 0 ? HART_F + (rs1 << 3) : rs1 << 3), RECORD_RS1);
  store<u16>(record, <u16>((floats & 4) != 0 ? HART_F + (rs2 << 3) : rs2 << 3), RECORD_RS2);
  // That of floating-point arithmetic holds the rounding mode, the third source, and the trap value of an illegal one.
  store<i32>(record, keepsWord ? word : imm, RECORD_IMMEDIATE);
  switch (operation) {
    case BEQ:
    case BNE:
    case BLT:
    case BGE:
    case BLTU:
    case BGEU:
      // Where the branch goes if it is not taken.
      store<u16>(record, <u16>(offset + size), RECORD_RD);
      return false;
    case JAL:
    case JALR:
      // What is linked.
      store<u16>(record, <u16>(offset + size), RECORD_RS2);
      return false;
    case CSRRW:
    case CSRRS:
    case CSRRC:
    case CSRRWI:
    case CSRRSI:
    case CSRRCI:
      // The whole word: the trap value of an illegal one.
      store<u32>(record, word, RECORD_IMMEDIATE);
      return true;
    case ECALL:
    case EBREAK:
      return false;
    case MRET:
    case SRET:
      store<u32>(record, word, RECORD_IMMEDIATE);
      return false;
    case WFI:
    case SFENCE_VMA:
      store<u32>(record, word, RECORD_IMMEDIATE);
      return true;
  }
  return true;
}

/**
 * One instruction that must not be kept: from outside RAM, from two pages, or where PMP divides the page. Answers
 * ALLOWED or why it cannot be fetched, with the address in TRAP_VALUE.
 */
export function decodeTransient(pc: u64): i32 {
  store<u64>(TRAP_VALUE, pc);
  let refusal = fetchHalf(pc);
  if (refusal != ALLOWED) return refusal;
  let word = fetched;
  if ((word & 3) == 3) {
    store<u64>(TRAP_VALUE, pc + 2);
    refusal = fetchHalf(pc + 2);
    if (refusal != ALLOWED) return refusal;
    word |= fetched << 16;
  }
  store<u64>(PC_PAGE, pc & ~(<u64>0xfff));
  store<u32>(PC_TABLE, 0);
  const offset = <u32>pc & 0xfff;
  const size: u32 = (word & 3) == 3 ? 4 : 2;
  const breaks = hasBreakpoint(offset);
  let record: usize = TRANSIENT_BLOCK + BLOCK_HEADER_BYTES;
  if (breaks) {
    writeRecord(record, BREAK, offset);
    record += RECORD_BYTES;
  }
  const isOpen = writeInstruction(record, word, offset, size);
  finishBlock(TRANSIENT_BLOCK, offset + size, 1, isOpen, breaks);
  return ALLOWED;
}

/** A debugger's, or the guest's own trigger. By the offset in the page alone; BREAK compares the whole address. */
function hasBreakpoint(offset: u32): bool {
  const end = BREAKPOINTS + ((<usize>load<u32>(BREAKPOINT_COUNT)) << 3);
  for (let at: usize = BREAKPOINTS; at < end; at += 8) {
    if ((load<u32>(at) & 0xfff) == offset) return true;
  }
  return mayTriggerAt(offset);
}

export function isBreakpoint(pc: u64): bool {
  const end = BREAKPOINTS + ((<usize>load<u32>(BREAKPOINT_COUNT)) << 3);
  for (let at: usize = BREAKPOINTS; at < end; at += 8) {
    if (load<u64>(at) == pc) return true;
  }
  return false;
}
