/** Opcodes of records that are no instruction of the table. They follow those of the table without a gap. */
import { BASE_OPCODE_COUNT } from './generated/isa';

/** The block goes on in another: its length or its page has come to an end. */
export const END: u16 = BASE_OPCODE_COUNT;
/** Ends a block that was cut where the budget ends. */
export const CUT: u16 = BASE_OPCODE_COUNT + 1;
/** See EVENT_RECORD and EXIT_RECORD. */
export const EVENT_OP: u16 = BASE_OPCODE_COUNT + 2;
export const EXIT_OP: u16 = BASE_OPCODE_COUNT + 3;
/** Asks whether a breakpoint is set at the instruction that follows. */
export const BREAK: u16 = BASE_OPCODE_COUNT + 4;
export const ILLEGAL: u16 = BASE_OPCODE_COUNT + 5;
