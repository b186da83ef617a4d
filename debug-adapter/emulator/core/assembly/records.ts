// A decoded instruction as the interpreter sees it: opcode, operands, and where it stands. See RECORD_RD and the others.
import {
  F_BYTES, HART, HART_F, PC_PAGE, RECORD_BYTES, RECORD_IMMEDIATE, RECORD_LEFT, RECORD_OFFSET, RECORD_RD, RECORD_RS1, RECORD_RS2,
} from '../memory-map';

// @ts-ignore: decorator
@inline export function opcodeOf(record: usize): u16 { return load<u16>(record); }
/** Offset of the destination in the hart's block, or of what a branch that is not taken goes to. */
// @ts-ignore: decorator
@inline export function rdOf(record: usize): u16 { return load<u16>(record, RECORD_RD); }
// @ts-ignore: decorator
@inline export function rs1Of(record: usize): u16 { return load<u16>(record, RECORD_RS1); }
// @ts-ignore: decorator
@inline export function rs2Of(record: usize): u16 { return load<u16>(record, RECORD_RS2); }
/** The instruction's whole word, where a record keeps that in place of the immediate. */
// @ts-ignore: decorator
@inline export function wordOf(record: usize): u32 { return load<u32>(record, RECORD_IMMEDIATE); }
// @ts-ignore: decorator
@inline export function offsetOf(record: usize): u64 { return load<u16>(record, RECORD_OFFSET); }
// @ts-ignore: decorator
@inline export function leftOf(record: usize): i32 { return load<u16>(record, RECORD_LEFT); }

/** The current hart's block. */
// @ts-ignore: decorator
@inline export function currentHart(): usize { return <usize>load<u32>(HART); }
/** Operands, given the hart's block. */
// @ts-ignore: decorator
@inline export function rs1(hart: usize, record: usize): u64 { return load<u64>(hart + <usize>rs1Of(record)); }
// @ts-ignore: decorator
@inline export function rs2(hart: usize, record: usize): u64 { return load<u64>(hart + <usize>rs2Of(record)); }
// @ts-ignore: decorator
@inline export function setRd(hart: usize, record: usize, value: u64): void { store<u64>(hart + <usize>rdOf(record), value); }
/** The same where speed is not all. */
// @ts-ignore: decorator
@inline export function s1(record: usize): u64 { return rs1(currentHart(), record); }
// @ts-ignore: decorator
@inline export function s2(record: usize): u64 { return rs2(currentHart(), record); }
// @ts-ignore: decorator
@inline export function immediate(record: usize): u64 { return <u64>(<i64>load<i32>(record, RECORD_IMMEDIATE)); }
// @ts-ignore: decorator
@inline export function set(record: usize, value: u64): void { setRd(currentHart(), record, value); }
/** The destination is an f register. */
// @ts-ignore: decorator
@inline export function isFloatRd(record: usize): bool { return <u32>rdOf(record) - <u32>HART_F < <u32>F_BYTES; }
/** The instruction's address. */
// @ts-ignore: decorator
@inline export function pcOf(record: usize): u64 { return load<u64>(PC_PAGE) + offsetOf(record); }
// @ts-ignore: decorator
@inline export function following(record: usize): usize { return record + RECORD_BYTES; }
