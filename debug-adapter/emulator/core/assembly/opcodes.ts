/** Opcodes of records that are no instruction of the table. They follow those of the table without a gap. */
import {
  OPCODE_BREAK, OPCODE_CUT, OPCODE_END, OPCODE_EVENT, OPCODE_EXIT, OPCODE_GENERATED, OPCODE_ILLEGAL,
} from '../memory-map';
import { BASE_OPCODE_COUNT } from './generated/isa';

/** The block goes on in another: its length or its page has come to an end. */
export const END: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_END;
/** Ends a block that was cut where the budget ends. */
export const CUT: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_CUT;
/** See EVENT_RECORD and EXIT_RECORD. */
export const EVENT_OP: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_EVENT;
export const EXIT_OP: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_EXIT;
/** Asks whether a breakpoint is set at the instruction that follows. */
export const BREAK: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_BREAK;
export const ILLEGAL: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_ILLEGAL;
/** Generated code goes on from here: rd is the entry, rs1 what it charges again, the immediate its function. */
export const GENERATED: u16 = BASE_OPCODE_COUNT + <u16>OPCODE_GENERATED;
