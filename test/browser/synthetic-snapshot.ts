/** Page states as a snapshot under way would leave them: made up from a seed, to look at and to measure with. */
import { PageState } from '../../debug-adapter/protocol/page-states';

/** Mulberry32: the same seed gives the same numbers. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** States when the linear scan has reached `scanned`, with write faults here and there and one that waits. */
export function snapshotAt(pageCount: number, scanned: number, seed = 1): Uint8Array {
  const random = randomNumbers(seed);
  const states = new Uint8Array(pageCount).fill(PageState.Protected);
  for (let page = 0; page < scanned; page++) {
    states[page] = page % 1024 < 320 ? PageState.CopiedScan : PageState.Zero;
    if (random() < 0.02) states[page] = PageState.Dirty;
  }
  for (let fault = 0; fault < pageCount / 200; fault++) {
    states[Math.floor(pageCount * 0.3 + random() * pageCount * 0.05)] =
      random() < 0.5 ? PageState.CopiedFault : PageState.Dirty;
  }
  states[Math.floor(pageCount * 0.72)] = PageState.Faulting;
  states.fill(PageState.Untracked, pageCount - Math.floor(pageCount / 50));
  return states;
}
