// A decoded instruction as the interpreter sees it: opcode, operands, and where it stands. See RECORD_RD and the others.
import {
  PC_PAGE, RECORD_BYTES, RECORD_IMMEDIATE, RECORD_LEFT, RECORD_OFFSET, RECORD_RD, RECORD_RS1, RECORD_RS2, X,
} from '../memory-map';

// @ts-ignore: decorator
@inline export function opcodeOf(record: usize): u16 { return load<u16>(record); }
/** Offset of the destination from X, or of what a branch that is not taken goes to. */
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

// @ts-ignore: decorator
@inline export function s1(record: usize): u64 { return load<u64>(<usize>rs1Of(record), X); }
// @ts-ignore: decorator
@inline export function s2(record: usize): u64 { return load<u64>(<usize>rs2Of(record), X); }
// @ts-ignore: decorator
@inline export function immediate(record: usize): u64 { return <u64>(<i64>load<i32>(record, RECORD_IMMEDIATE)); }
// @ts-ignore: decorator
@inline export function set(record: usize, value: u64): void { store<u64>(<usize>rdOf(record), value, X); }
/** The instruction's address. */
// @ts-ignore: decorator
@inline export function pcOf(record: usize): u64 { return load<u64>(PC_PAGE) + offsetOf(record); }
// @ts-ignore: decorator
@inline export function following(record: usize): usize { return record + RECORD_BYTES; }
