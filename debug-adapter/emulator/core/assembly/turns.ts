// Turns of harts between two events of the simulation, in the order of simulation/scheduler.ts: the hart acts whose quantum
// began first, of equals the first one, up to the quantum's end.
import {
  HART_COUNT,
  HART_COUNT_MAX,
  NS_PER_INSTRUCTION,
  QUANTUM_NS,
  STOP,
  STOP_COUNT,
  STOP_WANTED,
  TURN_BYTES,
  TURN_CLOCK,
  TURN_END,
  TURN_HIGH,
  TURN_HIGH_OF,
  TURN_INDEX,
  TURN_KEY,
  TURN_LAST,
  TURN_NEXT_END,
  TURN_RETIRED,
  TURN_SALT,
  TURN_UNTIL,
  TURNS,
} from '../memory-map';
import { beginRuns, endRuns, runHart } from './run';

/** Of a hart that takes no turns; what is behind every time. */
const NEVER: i64 = i64.MAX_VALUE >> 1;
/** A key's low bits are the hart. */
const HART_BITS: i64 = 3;
const HART_MASK: i64 = HART_COUNT_MAX - 1;

/**
 * Each hart's TURN_CLOCK, TURN_UNTIL and TURN_SALT are set. Takes turns until one is not to be taken here: it begins at
 * or after `untilNs` or the hart's own TURN_UNTIL, or its last one ended by more than its count. Answers a stop code; in
 * TURN_LAST whose turn the last was, or all ones; in TURN_RETIRED how many instructions each has retired.
 */
export function takeTurns(untilNs: f64, instructionCountMax: i32): u32 {
  const hartsEnd = TURNS + <usize>load<u32>(HART_COUNT) * TURN_BYTES;
  const nsPerInstruction = <i64>load<f64>(NS_PER_INSTRUCTION);
  let left = instructionCountMax;
  let last: i32 = -1;
  let retired = 0;
  beginRuns();
  for (let turn: usize = TURNS; turn < hartsEnd; turn += TURN_BYTES) beginTurns(turn, untilNs);
  while (left > 0) {
    let first = NEVER;
    for (let turn: usize = TURNS; turn < hartsEnd; turn += TURN_BYTES) first = min(first, load<i64>(turn, TURN_KEY));
    const hart = <u32>(first & HART_MASK);
    const turn = TURNS + <usize>hart * TURN_BYTES;
    const clock = load<i64>(turn, TURN_CLOCK);
    const end = load<i64>(turn, TURN_END);
    const ns = min(load<i64>(turn, TURN_UNTIL), end) - clock;
    if (ns <= 0) break;
    let count = 1;
    if (ns > nsPerInstruction) {
      const ns32 = <u32>min(ns, i32.MAX_VALUE);
      count = min(<i32>((ns32 + <u32>nsPerInstruction - 1) / <u32>nsPerInstruction), left);
    }
    last = hart;
    retired = runHart(hart, count, <f64>clock);
    left -= retired;
    store<i32>(turn, load<i32>(turn, TURN_RETIRED) + retired, TURN_RETIRED);
    const now = clock + <i64>retired * nsPerInstruction;
    store<i64>(turn, now, TURN_CLOCK);
    if (load<u32>(STOP) != STOP_COUNT || load<u32>(STOP_WANTED) != 0) break;
    if (now >= end) goOnTo(turn, now);
  }
  store<i32>(TURN_LAST, last);
  return endRuns(retired);
}

/** TURN_CLOCK and TURN_UNTIL come as the host has them; a hart without a clock takes no turns. */
function beginTurns(turn: usize, untilNs: f64): void {
  const clockNs = load<f64>(turn, TURN_CLOCK);
  store<i32>(turn, 0, TURN_RETIRED);
  store<i64>(turn, NEVER, TURN_KEY);
  if (clockNs == Infinity) return;
  const clock = <i64>clockNs;
  store<i64>(turn, clock, TURN_CLOCK);
  store<i64>(turn, whole(min(untilNs, load<f64>(turn, TURN_UNTIL))), TURN_UNTIL);
  store<u32>(turn, u32.MAX_VALUE, TURN_HIGH_OF);
  enterQuantum(turn, clock);
}

/** The hart's quantum is over: it is in the next one, or, if it has run past that too, in the one that `now` is in. */
function goOnTo(turn: usize, now: i64): void {
  const begin = load<i64>(turn, TURN_END);
  const end = load<i64>(turn, TURN_NEXT_END);
  if (now >= end) {
    enterQuantum(turn, now);
    return;
  }
  setKey(turn, begin);
  store<i64>(turn, end, TURN_END);
  const index = load<i64>(turn, TURN_INDEX) + 1;
  store<i64>(turn, index, TURN_INDEX);
  // Ahead of its use, so that nothing waits for it.
  store<i64>(turn, beginOf(turn, index + 2), TURN_NEXT_END);
}

function enterQuantum(turn: usize, now: i64): void {
  const index = indexAt(turn, now);
  setKey(turn, beginOf(turn, index));
  store<i64>(turn, index, TURN_INDEX);
  store<i64>(turn, beginOf(turn, index + 1), TURN_END);
  store<i64>(turn, beginOf(turn, index + 2), TURN_NEXT_END);
}

function setKey(turn: usize, begin: i64): void {
  store<i64>(turn, (begin << HART_BITS) | <i64>((turn - TURNS) / TURN_BYTES), TURN_KEY);
}

/** The number of the quantum that a time is in; -1 of the one before the first border. */
function indexAt(turn: usize, now: i64): i64 {
  const index = now / <i64>load<u32>(QUANTUM_NS);
  return beginOf(turn, index) <= now ? index : index - 1;
}

/** As in simulation/interleaving.ts. */
// @ts-ignore: decorator
@inline function beginOf(turn: usize, index: i64): i64 {
  if (index < 0) return 0;
  const highOf = <u32>(index >> 32);
  if (highOf != load<u32>(turn, TURN_HIGH_OF)) {
    store<u32>(turn, highOf, TURN_HIGH_OF);
    store<u32>(turn, scramble(load<u32>(turn, TURN_SALT) + highOf), TURN_HIGH);
  }
  const quantumNs = load<u32>(QUANTUM_NS);
  return index * <i64>quantumNs + <i64>(scramble(load<u32>(turn, TURN_HIGH) ^ <u32>index) % quantumNs);
}

/** The finalizer of MurmurHash3. */
function scramble(word: u32): u32 {
  let hash = (word ^ (word >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}

/** Infinity is never. */
function whole(ns: f64): i64 {
  return ns < <f64>NEVER ? <i64>ns : NEVER;
}
