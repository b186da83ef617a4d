// A 64-bit hash of the guest's state. Multiplication by an odd constant and a rotation a word, four lanes side by side.
import {
  HART, HART_BYTES, HART_COUNT, HART_HPM_COUNTERS, HART_HPM_EVENTS, HART_INSTRUCTIONS_RETIRED, HART_MINSTRET, HART_RESERVATION,
  HART_RESERVED_VALUE, HART_STATE_BYTES, HARTS, PAGE_BYTES,
} from '../memory-map';
import { COUNTER_COUNT, isCounter, readCounter } from './counters';
import { isZero, pageAddress } from './pages';
import { saveHart } from './run';

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** Of some pages, behind those that `hash` is of. */
export function hashPages(hash: u64, first: u32, end: u32): u64 {
  for (let page: u32 = first; page < end; page++) {
    if (!isZero(page)) hash = mix(mix(hash, page), hashWords(pageAddress(page), PAGE_BYTES));
  }
  return hash;
}

/** Of all harts, behind what `hash` is of. */
export function hashHarts(hash: u64): u64 {
  saveHart();
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    hash = mix(hash, hashHart(HARTS + hart * HART_BYTES));
  }
  return hash;
}

/** Counters by what the guest reads in them: a restored hart has retired fewer instructions and keeps larger distances. */
function hashHart(state: usize): u64 {
  let hash: u64 = 0;
  const current = load<u32>(HART);
  store<u32>(HART, <u32>state);
  for (let counter: u32 = 0; counter < COUNTER_COUNT; counter++) {
    if (isCounter(counter)) hash = mix(hash, readCounter(counter));
  }
  store<u32>(HART, current);
  for (let at: usize = 0; at < HART_STATE_BYTES; at += 8) {
    if (!isCounting(at) && !isDead(state, at)) hash = mix(hash, load<u64>(state + at));
  }
  return hash;
}

/** The value that LR read means nothing without its address. */
function isDead(state: usize, at: usize): bool {
  return at == HART_RESERVED_VALUE && load<u64>(state + HART_RESERVATION) == u64.MAX_VALUE;
}

function isCounting(at: usize): bool {
  return (at >= HART_INSTRUCTIONS_RETIRED && at <= HART_MINSTRET) || (at >= HART_HPM_COUNTERS && at < HART_HPM_EVENTS);
}

/** `byteCount` is a multiple of 32. */
function hashWords(start: usize, byteCount: usize): u64 {
  let a: u64 = 1;
  let b: u64 = 2;
  let c: u64 = 3;
  let d: u64 = 4;
  const end = start + byteCount;
  for (let at = start; at < end; at += 32) {
    a = mix(a, load<u64>(at));
    b = mix(b, load<u64>(at, 8));
    c = mix(c, load<u64>(at, 16));
    d = mix(d, load<u64>(at, 24));
  }
  return mix(mix(mix(a, b), c), d);
}

// @ts-ignore: decorator
@inline function mix(hash: u64, word: u64): u64 { return rotl<u64>((hash ^ word) * MULTIPLIER, 29); }
