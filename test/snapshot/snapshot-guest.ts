import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import type { Bench } from './harness';
import { randomGuest } from './random-guest';

/** Writes all over 32 pages, a word every so many instructions. */
export const busyGuest = {
  path: 'random guest',
  bytes: randomGuest({ seed: 7, firstPage: 16, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 0 }),
};

/** Runs to the entry of the first of these phases that comes. */
export async function runToPhase({ debuggee }: Bench, ...wanted: Phase[]): Promise<Phase> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: wanted.map((phase, id) => ({ id, phase })) });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.ok(stop.reason === 'phase' && wanted.includes(stop.phase), JSON.stringify(stop));
  return stop.phase;
}

/** Until the main loop has cleaned up after the snapshot; answers with what is said of it. */
export async function runToEnd(run: Bench, ending: Phase): Promise<string> {
  const already = run.messages.length;
  await runToPhase(run, ending);
  while (run.messages.length === already || run.debuggee.isTakingSnapshot) {
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  }
  return run.messages[already]!;
}

/** After any ending: the guest runs, nothing is protected, nobody waits for what never comes. */
export async function assertUndisturbed({ debuggee, machine }: Bench): Promise<void> {
  const protectedCount = machine.core.pages.states.filter((_, page) => machine.core.pages.isProtected(page)).length;
  assert.equal(protectedCount, 0);
  assert.deepEqual(
    debuggee.threads().filter(({ state }) => state !== 'running' && state !== 'waits for events'),
    [],
  );
  const before = debuggee.status().instructions;
  for (let step = 0; step < 100; step++) await debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
  assert.equal(debuggee.status().instructions, before + 100);
}
