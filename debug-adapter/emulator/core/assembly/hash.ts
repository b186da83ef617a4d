// A 64-bit hash of the guest's state. Multiplication by an odd constant and a rotation a word, four lanes side by side.
import {
  HART_BYTES, HART_COUNT, HART_INSTRUCTIONS_RETIRED, HART_MCYCLE_OFFSET, HART_MINSTRET_OFFSET, HART_STATE_BYTES, HARTS, PAGE_BYTES,
  RAM_PAGE_COUNT,
} from '../memory-map';
import { isZero, pageAddress } from './pages';
import { saveHart } from './run';

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

export function stateHash(): u64 {
  saveHart();
  let hash: u64 = load<u32>(RAM_PAGE_COUNT);
  for (let page: u32 = 0; page < load<u32>(RAM_PAGE_COUNT); page++) {
    if (!isZero(page)) hash = mix(mix(hash, page), hashWords(pageAddress(page), PAGE_BYTES));
  }
  for (let hart: usize = 0; hart < <usize>load<u32>(HART_COUNT); hart++) {
    hash = mix(hash, hashHart(HARTS + hart * HART_BYTES));
  }
  return hash;
}

/** Counters by what the guest reads in them: a restored hart has retired fewer instructions and has larger offsets. */
function hashHart(state: usize): u64 {
  const retired = load<u64>(state, HART_INSTRUCTIONS_RETIRED);
  let hash: u64 = mix(retired + load<u64>(state, HART_MCYCLE_OFFSET), retired + load<u64>(state, HART_MINSTRET_OFFSET));
  for (let at: usize = 0; at < HART_STATE_BYTES; at += 8) {
    if (at < HART_INSTRUCTIONS_RETIRED || at > HART_MINSTRET_OFFSET) hash = mix(hash, load<u64>(state + at));
  }
  return hash;
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
