// How a run leaves the straight line of records. An instruction's slow path notes what happened and answers
// EVENT_RECORD as the next record; `execute` then comes to `afterEvent`.
import {
  ACCESS_COUNT, BUDGET, EVENT, EVENT_RECORD, FAULT_OFFSET, FAULT_PAGE, LEAVE, PC, RUN_COUNT, STOP, STOP_WRITE_FAULT,
  TRAP_CAUSE, TRAP_VALUE,
} from '../memory-map';
import { following, leftOf, pcOf } from './records';

export const EVENT_LEAVE: u32 = 0;
export const EVENT_TRAP: u32 = 1;
export const EVENT_STOP: u32 = 2;

/** Makes the program counter and the count of retired instructions exact for a slow path. */
export function begin(record: usize): void {
  store<u64>(PC, pcOf(record));
  store<i32>(ACCESS_COUNT, load<i32>(RUN_COUNT) - load<i32>(BUDGET) - leftOf(record));
}

/** The instruction retires, and the next one is looked up afresh. */
export function leave(record: usize): usize {
  return leaveTo(record, pcOf(following(record)));
}

export function leaveTo(record: usize, pc: u64): usize {
  store<i32>(BUDGET, load<i32>(BUDGET) + leftOf(record) - 1);
  store<u64>(PC, pc);
  store<u32>(EVENT, EVENT_LEAVE);
  return EVENT_RECORD;
}

/** Next record after an instruction whose access may have asked to leave the block. */
export function next(record: usize): usize {
  return load<u32>(LEAVE) != 0 ? leave(record) : following(record);
}

/** Nothing of the instruction happens; the hart takes an exception. */
export function trap(record: usize, cause: u32, value: u64): usize {
  store<u32>(EVENT, EVENT_TRAP);
  store<u32>(TRAP_CAUSE, cause);
  store<u64>(TRAP_VALUE, value);
  return back(record);
}

/** Nothing of the instruction happens; the run ends before it. */
export function stopBefore(record: usize, stop: u32): usize {
  store<u32>(EVENT, EVENT_STOP);
  store<u32>(STOP, stop);
  return back(record);
}

/** The instruction retires and the run ends behind it. */
export function stopAfter(record: usize, stop: u32): usize {
  leave(record);
  store<u32>(EVENT, EVENT_STOP);
  store<u32>(STOP, stop);
  return EVENT_RECORD;
}

/** The page is protected; who calls this ends the run with STOP_WRITE_FAULT. */
export function noteWriteFault(page: u32, offset: u32): void {
  store<u32>(FAULT_PAGE, page);
  store<u32>(FAULT_OFFSET, offset);
}

/** What a failed translation or page write asks for: an exception's cause, or below zero for a write fault. */
export function refuse(record: usize, cause: i32, address: u64): usize {
  return cause < 0 ? stopBefore(record, STOP_WRITE_FAULT) : trap(record, cause, address);
}

function back(record: usize): usize {
  store<i32>(BUDGET, load<i32>(BUDGET) + leftOf(record));
  store<u64>(PC, pcOf(record));
  return EVENT_RECORD;
}
