// Turns of harts between two events of the simulation, in the order of simulation/scheduler.ts: the hart acts whose quantum
// began first, of equals the first one, up to the quantum's end. That depends on nothing but the time, so it is planned
// ahead, round by round: the turns of all harts in their quanta of one number, which all begin before any of the next.
import {
  BUDGET,
  HART_BYTES,
  HART_COUNT,
  HART_COUNT_MAX,
  HART_INSTRUCTIONS_RETIRED,
  HARTS,
  NS_PER_INSTRUCTION,
  PLAN,
  PLAN_AT,
  PLAN_BORDERS,
  PLAN_END,
  PLAN_END_NS,
  PLAN_ENTRY_BYTES,
  PLAN_HART,
  PLAN_INDEX,
  PLAN_ROUND_BYTES,
  PLAN_ROUND_COUNT,
  PLAN_ROUND_COUNT_MAX,
  QUANTUM_NS,
  RUN_COUNT,
  STOP,
  STOP_COUNT,
  STOP_WANTED,
  TURN,
  TURN_BYTES,
  TURN_CLOCK,
  TURN_LAST,
  TURN_NS,
  TURN_RETIRED,
  TURN_UNTIL,
  TURNS,
  TURNS_ABSENT,
  TURNS_LEFT,
  TURNS_SALTS,
} from '../memory-map';
import { execute } from './execute';
import { currentHart } from './records';
import { beginRuns, endRun, endRuns, startRun, useHart } from './run';

/** Of a hart that takes no turns; what is behind every time. */
const NEVER: i64 = i64.MAX_VALUE >> 1;
/** In place of where a quantum begins in its round: behind all others, whatever is joined to its bits. */
const NO_BORDER: u32 = i32.MAX_VALUE;

/**
 * Each hart's TURN_CLOCK, TURN_UNTIL and salt are set. Takes turns until one is not to be taken here: it begins at
 * or after `untilNs` or the hart's own TURN_UNTIL, or its last one ended by more than its count. Answers a stop code; in
 * TURN_LAST whose turn the last was, or all ones; in TURN_RETIRED how many instructions each has retired.
 */
export function takeTurns(untilNs: f64, instructionCountMax: i32): u32 {
  const hartCount = <usize>load<u32>(HART_COUNT);
  beginRuns();
  store<u32>(TURN_NS, <u32>load<f64>(NS_PER_INSTRUCTION));
  store<i32>(TURNS_LEFT, instructionCountMax);
  store<i32>(TURN_LAST, -1);
  for (let hart: usize = 0; hart < HART_COUNT_MAX; hart++) beginTurns(hart, untilNs);
  beginPlan();
  for (let record = startTurn(); record != 0; record = startTurn()) {
    execute(record);
    if (!endTurn()) break;
  }
  for (let hart: usize = 0; hart < hartCount; hart++) {
    const retired = load<i32>(HARTS + hart * HART_BYTES, HART_INSTRUCTIONS_RETIRED);
    const turn = TURNS + hart * TURN_BYTES;
    store<i32>(turn, retired - load<i32>(turn, TURN_RETIRED), TURN_RETIRED);
  }
  return endRuns(load<i32>(RUN_COUNT) - load<i32>(BUDGET));
}

/** TURN_CLOCK and TURN_UNTIL come as the host has them; a hart without a clock takes no turns. */
function beginTurns(hart: usize, untilNs: f64): void {
  const turn = TURNS + hart * TURN_BYTES;
  const isThere = hart < <usize>load<u32>(HART_COUNT) && load<f64>(turn, TURN_CLOCK) < Infinity;
  store<u32>(TURNS_ABSENT + (hart << 2), isThere ? 0 : NO_BORDER);
  store<i64>(turn, isThere ? <i64>load<f64>(turn, TURN_CLOCK) : NEVER, TURN_CLOCK);
  store<i64>(turn, whole(min(untilNs, load<f64>(turn, TURN_UNTIL))), TURN_UNTIL);
  store<i32>(turn, load<i32>(HARTS + hart * HART_BYTES, HART_INSTRUCTIONS_RETIRED), TURN_RETIRED);
}

/** False if it was the last one here. */
// @ts-ignore: decorator
@inline function endTurn(): bool {
  const turn = <usize>load<u32>(TURN);
  const retired = endRun(currentHart());
  store<i32>(TURNS_LEFT, load<i32>(TURNS_LEFT) - retired);
  const now = load<i64>(turn, TURN_CLOCK) + <i64>retired * load<u32>(TURN_NS);
  store<i64>(turn, now, TURN_CLOCK);
  if (load<u32>(STOP) != STOP_COUNT || load<u32>(STOP_WANTED) != 0) return false;
  return now >= load<i64>(<usize>load<u32>(PLAN_AT) - PLAN_ENTRY_BYTES, PLAN_END_NS);
}

/** The first record of the next turn, 0 if there is none here. */
// @ts-ignore: decorator
@inline function startTurn(): usize {
  const left = load<i32>(TURNS_LEFT);
  if (left <= 0) return 0;
  let at = <usize>load<u32>(PLAN_AT);
  let turn: usize;
  let clock: i64;
  let end: i64;
  do {
    if (at == <usize>load<u32>(PLAN_END)) {
      planOn();
      at = PLAN;
    }
    turn = <usize>load<u32>(at);
    clock = load<i64>(turn, TURN_CLOCK);
    end = load<i64>(at, PLAN_END_NS);
    at += PLAN_ENTRY_BYTES;
    // It has run past this quantum.
  } while (clock >= end);
  const ns = min(load<i64>(turn, TURN_UNTIL), end) - clock;
  if (ns <= 0) return 0;
  const hart = load<u32>(at - PLAN_ENTRY_BYTES, PLAN_HART);
  store<u32>(PLAN_AT, <u32>at);
  store<u32>(TURN, <u32>turn);
  store<u32>(TURN_LAST, hart);
  const nsPerInstruction = load<u32>(TURN_NS);
  const count = min(<i32>((<u32>min(ns, i32.MAX_VALUE) + nsPerInstruction - 1) / nsPerInstruction), left);
  return startRun(useHart(hart), count, <f64>clock);
}

/** From the first round on that a hart has a turn in. */
function beginPlan(): void {
  let index = NEVER;
  let entryBytes: usize = 0;
  for (let hart: usize = 0; hart < HART_COUNT_MAX; hart++) {
    const clock = load<i64>(TURNS + hart * TURN_BYTES, TURN_CLOCK);
    if (clock == NEVER) continue;
    index = min(index, indexAt(hart, clock));
    entryBytes += PLAN_ENTRY_BYTES;
  }
  store<i64>(PLAN_INDEX, index);
  store<u32>(PLAN_ROUND_BYTES, <u32>entryBytes);
  // Many a call takes few turns.
  store<u32>(PLAN_ROUND_COUNT, 1);
  store<u32>(PLAN_AT, <u32>PLAN);
  store<u32>(PLAN_END, <u32>PLAN);
  if (entryBytes == 0) store<i32>(TURNS_LEFT, 0);
}

/** The rounds that follow, in place of those that are over. */
function planOn(): void {
  const hartCount = <usize>load<u32>(HART_COUNT);
  const roundCount = load<u32>(PLAN_ROUND_COUNT);
  const roundBytes = <usize>load<u32>(PLAN_ROUND_BYTES);
  const first = load<i64>(PLAN_INDEX);
  const end = first + roundCount;
  const quantumNs = <i64>load<u32>(QUANTUM_NS);
  let plan = PLAN;
  for (let harts: usize = 0; harts < hartCount << 2; harts += 16) {
    let border = PLAN_BORDERS + harts;
    let high = highOf(harts, first);
    for (let index = first; index <= end; index++) {
      if (<i32>index == 0) high = highOf(harts, index);
      v128.store(border, bordersOf(harts, high, index));
      border += 32;
    }
    if (first < 0) joinBeginnings(harts);
  }
  let borders = PLAN_BORDERS;
  for (let index = first; index < end; index++) {
    planRound(plan, borders, (index + 1) * quantumNs);
    plan += roundBytes;
    borders += 32;
  }
  store<i64>(PLAN_INDEX, end);
  store<u32>(PLAN_ROUND_COUNT, min(2 * roundCount, PLAN_ROUND_COUNT_MAX));
  store<u32>(PLAN_END, <u32>plan);
}

/** Given where in it each hart's quantum begins, and, behind that, in the next round, which begins at `nextNs`. */
// @ts-ignore: decorator
@inline function planRound(plan: usize, borders: usize, nextNs: i64): void {
  const hartCount = <usize>load<u32>(HART_COUNT);
  const few = v128.load(borders);
  let before = 0;
  for (let hart: usize = 0; hart < hartCount; hart++) {
    const border = v128.load_splat<u32>(borders);
    let first = i32x4.bitmask(i32x4.gt_s(border, few)) | (i32x4.bitmask(i32x4.eq(border, few)) & before);
    if (hartCount > 4) {
      const more = v128.load(borders - (hart << 2), 16);
      first |= (i32x4.bitmask(i32x4.gt_s(border, more)) << 4) | ((i32x4.bitmask(i32x4.eq(border, more)) << 4) & before);
    }
    // Who is absent comes last, behind what is planned of the round.
    const entry = plan + <usize>popcnt<i32>(first) * PLAN_ENTRY_BYTES;
    store<u32>(entry, <u32>(TURNS + hart * TURN_BYTES));
    store<u32>(entry, <u32>hart, PLAN_HART);
    store<i64>(entry, nextNs + <i64>load<u32>(borders, 32), PLAN_END_NS);
    before = (before << 1) | 1;
    borders += 4;
  }
}

/** Where in their round the quanta of four harts begin; simulation/interleaving.ts. That of number -1 begins with time itself. */
// @ts-ignore: decorator
@inline function bordersOf(harts: usize, high: v128, index: i64): v128 {
  const absent = v128.load(TURNS_ABSENT + harts);
  if (index < 0) return absent;
  const drawn = scramble(v128.xor(high, i32x4.splat(<i32>index)));
  const quantumNs = load<u32>(QUANTUM_NS);
  let borders = i32x4.splat(<u32>i32x4.extract_lane(drawn, 0) % quantumNs);
  borders = i32x4.replace_lane(borders, 1, <u32>i32x4.extract_lane(drawn, 1) % quantumNs);
  borders = i32x4.replace_lane(borders, 2, <u32>i32x4.extract_lane(drawn, 2) % quantumNs);
  borders = i32x4.replace_lane(borders, 3, <u32>i32x4.extract_lane(drawn, 3) % quantumNs);
  return v128.or(borders, absent);
}

/** What quanta of the same upper half of their number have in common. */
function highOf(harts: usize, index: i64): v128 {
  return scramble(i32x4.add(v128.load(TURNS_SALTS + harts), i32x4.splat(<i32>(index >> 32))));
}

/** Quantum 0 of who draws 0 begins with time, too, beside the others' number -1: its turn is among theirs. */
function joinBeginnings(harts: usize): void {
  const begins = v128.load(PLAN_BORDERS + harts, 32);
  const ends = i32x4.add(i32x4.splat(load<u32>(QUANTUM_NS)), bordersOf(harts, highOf(harts, 1), 1));
  v128.store(PLAN_BORDERS + harts, v128.bitselect(ends, begins, i32x4.eq(begins, i32x4.splat(0))), 32);
}

/** The number of the quantum that a time is in; -1 of the one before the first border. */
function indexAt(hart: usize, now: i64): i64 {
  const quantumNs = <i64>load<u32>(QUANTUM_NS);
  const index = now / quantumNs;
  const harts = (hart << 2) & 16;
  v128.store(PLAN_BORDERS + harts, bordersOf(harts, highOf(harts, index), index));
  return index * quantumNs + <i64>load<u32>(PLAN_BORDERS + (hart << 2)) <= now ? index : index - 1;
}

/** The finalizer of MurmurHash3. */
// @ts-ignore: decorator
@inline function scramble(words: v128): v128 {
  let hash = i32x4.mul(v128.xor(words, i32x4.shr_u(words, 16)), i32x4.splat(0x85ebca6b));
  hash = i32x4.mul(v128.xor(hash, i32x4.shr_u(hash, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(hash, i32x4.shr_u(hash, 16));
}

/** Infinity is never. */
function whole(ns: f64): i64 {
  return ns < <f64>NEVER ? <i64>ns : NEVER;
}
