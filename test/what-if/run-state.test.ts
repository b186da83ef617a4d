import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { FallibleStep } from '../../debug-adapter/debuggee/fallible-steps';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';

/** Loops in place. */
const program = { path: 'loop', bytes: new Uint8Array(Uint32Array.of(0x0000006f).buffer) };

function loopingGuest(whatIf: Partial<WhatIf>): Bench {
  return bench({ machine: { program }, trigger: { kind: 'instructions', count: 500 }, whatIf });
}

async function runToPhase({ debuggee }: Bench, phase: Phase): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase }] });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: stop.thread, phase });
}

async function messageAfter(run: Bench, phase: Phase): Promise<string> {
  await runToPhase(run, phase);
  while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return run.messages[0]!;
}

async function isRunning({ debuggee }: Bench): Promise<boolean> {
  return (await debuggee.monitor('info status')) === 'VM status: running\n';
}

describe('a snapshot that does not restore the run state', () => {
  it('starts a guest that was paused', async () => {
    const run = loopingGuest({ restoreRunState: false });
    await runToPhase(run, 'setup');
    await run.debuggee.monitor('stop');
    await runToPhase(run, 'vm-start-bh');
    const before = run.debuggee.status().instructions;
    await messageAfter(run, 'completed');
    assert.ok(await isRunning(run));
    assert.ok(run.debuggee.status().instructions > before + 100, 'it has run meanwhile');
  });
});

describe('a freeze that fails and does not let the guest go on', () => {
  for (const failAt of ['vm-stop', 'stash', 'uffd-open', 'uffd-register', 'uffd-protect'] satisfies FallibleStep[]) {
    it(`at ${failAt} leaves it paused, until somebody says cont`, async () => {
      const run = loopingGuest({ resumeAfterFailedFreeze: false, failAt });
      await runToPhase(run, 'vm-stop');
      assert.match(await messageAfter(run, 'failed'), /^Snapshot failed/);
      assert.ok(!(await isRunning(run)));
      const hart = run.debuggee.threads().find(({ id }) => id === 'hart 0');
      assert.equal(hart?.state, 'waits for vm_start');
      const answer = run.debuggee.monitor('cont');
      await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
      await answer;
      assert.ok(await isRunning(run));
    });
  }
});

describe('a downtime of less than a millisecond', () => {
  const reported = (message: string): { downtimeMs: number; totalMs: number } => {
    const [, downtime, total] = /downtime ([\d.]+) ms, total ([\d.]+) ms/.exec(message)!;
    return { downtimeMs: Number(downtime), totalMs: Number(total) };
  };

  it('is reported as it is', async () => {
    const { downtimeMs } = reported(await messageAfter(loopingGuest({}), 'completed'));
    assert.ok(downtimeMs > 0 && downtimeMs < 1, `${downtimeMs}`);
  });

  it('taken for one never measured turns all the rest of the snapshot into downtime', async () => {
    const message = await messageAfter(loopingGuest({ zeroDowntimeMeansUnset: true }), 'completed');
    const { downtimeMs, totalMs } = reported(message);
    assert.ok(downtimeMs > 1 && downtimeMs > 0.9 * totalMs, message);
  });
});
