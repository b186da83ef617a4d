import fc from 'fast-check';
import { plans } from './plan';
import { check } from './promises';

/**
 * Simulates `count` plans drawn from a seed and checks every promise.
 * @returns how many snapshots ended in which status
 * @throws with the smallest plan that still fails
 */
export function endingsOf(count: number, seed: number): Map<string, number> {
  const endings = new Map<string, number>();
  fc.assert(
    fc.property(plans, (plan) => {
      const status = check(plan);
      endings.set(status, (endings.get(status) ?? 0) + 1);
    }),
    { numRuns: count, seed },
  );
  return endings;
}
