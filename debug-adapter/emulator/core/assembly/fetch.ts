// Instructions as they stand in memory, fetched one by one where their page has no decoded blocks.
import { FETCH_BUFFER, PHYSICAL, RAM } from '../memory-map';
import { busFetch } from './host';
import { ALLOWED, EXECUTE, ramOffset, translate } from './mmu';
import { CAUSE_FETCH_ACCESS } from './traps';

export let fetched: u32 = 0;

/** The two bytes at an address: `fetched`. Answers ALLOWED or why they cannot be fetched. */
export function fetchHalf(address: u64): i32 {
  const refusal = translate(address, EXECUTE, 2, true);
  if (refusal != ALLOWED) return refusal;
  const physical = load<u64>(PHYSICAL);
  const ram = ramOffset(physical);
  if (ram != u32.MAX_VALUE) {
    fetched = load<u16>(RAM + ram);
    return ALLOWED;
  }
  if (busFetch(<f64>physical) < 2) return CAUSE_FETCH_ACCESS;
  fetched = load<u16>(FETCH_BUFFER);
  return ALLOWED;
}

/** The instruction that a hart is executing, or 0 if it can no longer be fetched. */
export function instructionAt(pc: u64): u32 {
  if (fetchHalf(pc) != ALLOWED) return 0;
  const low = fetched;
  if ((low & 3) != 3) return low;
  return fetchHalf(pc + 2) == ALLOWED ? low | (fetched << 16) : 0;
}
