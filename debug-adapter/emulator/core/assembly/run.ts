// A run of one hart, from the host's call to the stop.
import {
  ACCESS_COUNT,
  BUDGET,
  CLOCK,
  CUT_RECORD,
  DATA_TLB,
  DIRTIED,
  EVENT,
  EXIT_RECORD,
  HART,
  HART_BYTES,
  HART_COUNT,
  HART_INDEX,
  HART_INSTRUCTIONS_RETIRED,
  HART_PC,
  HART_SELECTED_TLBS,
  HARTS,
  LEAVE,
  PC,
  PC_TABLE,
  RETIRED,
  RUN_COUNT,
  STOP,
  STOP_COUNT,
  STOP_REQUESTED,
  STOP_WANTED,
  TRAP_CAUSE,
  TRAP_VALUE,
} from '../memory-map';
import { enter, exit, goOn, mend, takeUpBlocks, TRAPS_IN_A_ROW_MAX } from './blocks';
import { EVENT_STOP, EVENT_TRAP } from './events';
import { execute } from './execute';
import { forgetTranslations } from './pages';
import { forgetStretch } from './pmp';
import { currentHart } from './records';
import { selectTlbs, takeInterrupt, takeTrap, trapsInARow, updateMode } from './traps';

/** Runs a hart; answers a stop code. RETIRED says how many instructions retired. */
export function run(hart: u32, instructionCount: i32, clockNs: f64): u32 {
  beginRuns();
  const state = useHart(hart);
  if (instructionCount > 0) execute(startRun(state, instructionCount, clockNs));
  return endRuns(endRun(state));
}

/** Before the first of several runs: as long as none of them stops, nothing of this changes. */
export function beginRuns(): void {
  store<i32>(ACCESS_COUNT, 0);
  store<u32>(STOP_WANTED, 0);
  store<u32>(DIRTIED, 0);
  store<u32>(STOP, STOP_COUNT);
}

/** The first record of a run of the current hart. */
// @ts-ignore: decorator
@inline export function startRun(hart: usize, instructionCount: i32, clockNs: f64): usize {
  store<f64>(CLOCK, clockNs);
  store<i32>(RUN_COUNT, instructionCount);
  store<i32>(BUDGET, instructionCount);
  store<u32>(LEAVE, 0);
  takeInterrupt(hart);
  return goOn(hart, instructionCount);
}

/** Answers how many instructions retired. */
// @ts-ignore: decorator
@inline export function endRun(hart: usize): i32 {
  const retired = load<i32>(RUN_COUNT) - load<i32>(BUDGET);
  store<u64>(hart, load<u64>(hart, HART_INSTRUCTIONS_RETIRED) + <u64>retired, HART_INSTRUCTIONS_RETIRED);
  return retired;
}

/** From now on the harts' own counts are all there is. @returns how the last run stopped */
export function endRuns(retired: i32): u32 {
  store<i32>(RETIRED, retired);
  store<i32>(RUN_COUNT, 0);
  store<i32>(BUDGET, 0);
  store<i32>(ACCESS_COUNT, 0);
  return load<u32>(STOP);
}

/** What follows the instruction that noted an event: the next record to execute. */
export function afterEvent(): usize {
  if (load<u32>(CUT_RECORD) != 0) mend();
  const event = load<u32>(EVENT);
  if (event == EVENT_STOP) return EXIT_RECORD;
  if (event == EVENT_TRAP) {
    takeTrap(load<u32>(TRAP_CAUSE), load<u64>(TRAP_VALUE), false);
    if (trapsInARow() % TRAPS_IN_A_ROW_MAX == 0) return exit(STOP_REQUESTED);
  }
  store<u32>(LEAVE, 0);
  if (load<u32>(STOP_WANTED) != 0) return exit(STOP_REQUESTED);
  if (load<i32>(BUDGET) > 0) takeInterrupt(currentHart());
  return enter();
}

/** Makes a hart the current one: its pc stands at PC, the others' in their own blocks. */
// @ts-ignore: decorator
@inline export function useHart(index: u32): usize {
  const before = <usize>load<u32>(HART);
  const hart = HARTS + <usize>index * HART_BYTES;
  store<u64>(before, load<u64>(PC), HART_PC);
  store<u32>(HART_INDEX, index);
  store<u32>(HART, <u32>hart);
  store<u64>(PC, load<u64>(hart, HART_PC));
  store<u32>(PC_TABLE, 0);
  store<u64>(DATA_TLB, load<u64>(hart, HART_SELECTED_TLBS));
  return hart;
}

/** The harts' blocks and the pages' flags are others than they were: takes up the current one's, and forgets translations. */
export function takeUpHarts(): void {
  const hart = <usize>load<u32>(HART);
  store<u64>(PC, load<u64>(hart, HART_PC));
  for (let index: u32 = 0; index < load<u32>(HART_COUNT); index++) {
    const each = HARTS + <usize>index * HART_BYTES;
    selectTlbs(each);
    forgetStretch(each);
  }
  updateMode();
  takeUpBlocks();
  forgetTranslations();
}

/** Brings the current hart's block up to date. */
export function saveHart(): void {
  const hart = <usize>load<u32>(HART);
  store<u64>(hart, load<u64>(PC), HART_PC);
}
