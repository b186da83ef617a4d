// mcycle, minstret and the performance counters (privileged manual, sections 3.1.10 to 3.1.12), as QEMU 7.2 has them:
// sixteen mhpmcounters, which count cycles or instructions if their event says so. A cycle is an instruction here. Other
// events are kept and never happen.
import {
  ACCESS_COUNT, HART_HPM_COUNTERS, HART_HPM_EVENTS, HART_INSTRUCTIONS_RETIRED, HART_MCOUNTINHIBIT, HART_MCYCLE,
  HART_MINSTRET,
} from '../memory-map';
import { hartState, setHartState } from './traps';

const CYCLE: u32 = 0;
const INSTRET: u32 = 2;
const FIRST_HPM: u32 = 3;
const LAST_HPM: u32 = 18;
export const COUNTER_COUNT: u32 = LAST_HPM + 1;
/** mhpmevent: what QEMU calls SBI's hardware events 1 and 2. The bits above are flags of extensions that are not here. */
const EVENT_MASK: u64 = 0xfffff;
const EVENT_CYCLES: u64 = 1;
const EVENT_INSTRUCTIONS: u64 = 2;

export function isCounter(index: u32): bool {
  return index == CYCLE || index == INSTRET || (index >= FIRST_HPM && index <= LAST_HPM);
}

export function readCounter(index: u32): u64 {
  return countOf(index, retired());
}

/** @param soon instructions that retire before the value is first read: 1 for a write by the guest, 0 by a debugger */
export function writeCounter(index: u32, value: u64, soon: u64): void {
  setHartState(fieldOf(index), counts(index) ? value - retired() - soon : value);
}

export function readEvent(index: u32): u64 {
  return hartState(eventOf(index));
}

export function writeEvent(index: u32, value: u64): void {
  const now = retired() + 1;
  const isPresent = isCounter(index);
  const count = isPresent ? countOf(index, now) : 0;
  setHartState(eventOf(index), value);
  if (isPresent) keep(index, count, now);
}

/** Counters that stop keep their values, and those that start go on from them. */
export function writeInhibit(value: u64): void {
  const now = retired() + 1;
  const before = hartState(HART_MCOUNTINHIBIT);
  for (let index: u32 = 0; index < COUNTER_COUNT; index++) {
    if (!isCounter(index)) continue;
    setHartState(HART_MCOUNTINHIBIT, before);
    const count = countOf(index, now);
    setHartState(HART_MCOUNTINHIBIT, value);
    keep(index, count, now);
  }
  setHartState(HART_MCOUNTINHIBIT, value);
}

/** A counter that counts is kept as its distance from the number of retired instructions. */
function countOf(index: u32, retired: u64): u64 {
  const kept = hartState(fieldOf(index));
  return counts(index) ? kept + retired : kept;
}

function keep(index: u32, value: u64, retired: u64): void {
  setHartState(fieldOf(index), counts(index) ? value - retired : value);
}

function counts(index: u32): bool {
  if (((hartState(HART_MCOUNTINHIBIT) >> index) & 1) != 0) return false;
  if (index < FIRST_HPM) return true;
  const event = hartState(eventOf(index)) & EVENT_MASK;
  return event == EVENT_CYCLES || event == EVENT_INSTRUCTIONS;
}

function fieldOf(index: u32): usize {
  if (index == CYCLE) return HART_MCYCLE;
  if (index == INSTRET) return HART_MINSTRET;
  return HART_HPM_COUNTERS + (<usize>(index - FIRST_HPM) << 3);
}

function eventOf(index: u32): usize {
  return HART_HPM_EVENTS + (<usize>(index - FIRST_HPM) << 3);
}

function retired(): u64 {
  return hartState(HART_INSTRUCTIONS_RETIRED) + <u64>load<i32>(ACCESS_COUNT);
}
