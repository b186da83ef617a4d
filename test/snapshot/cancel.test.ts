import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { fallibleSteps } from '../../debug-adapter/debuggee/fallible-steps';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { SnapshotOptions } from '../../debug-adapter/migration/snapshot-options';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from './harness';
import { assertUndisturbed, busyGuest, runToEnd, runToPhase } from './snapshot-guest';

function guestBench(snapshot: Partial<SnapshotOptions> = {}, whatIf: Partial<WhatIf> = {}): Bench {
  const machine = { program: busyGuest, nsPerInstruction: 100 };
  return bench({ machine, trigger: { kind: 'instructions', count: 500 }, snapshot, whatIf });
}

const precopyPhases = ['bitmap-sync', 'last-pages', 'device-state'];

describe('a snapshot that is cancelled', () => {
  const phasesBeforeTheEnd = phases
    .map(({ id }) => id)
    .filter((id) => !['wait-unplug', ...precopyPhases, 'completed', 'failed', 'cancelling', 'cancelled'].includes(id));

  for (const phase of phasesBeforeTheEnd) {
    it(`at ${phase} leaves the guest running, nothing protected and no file, and the next one is whole`, async () => {
      const run = guestBench();
      await runToPhase(run, phase);
      run.debuggee.cancelSnapshot();
      assert.equal(await runToEnd(run, 'cancelled'), 'Snapshot cancelled. No file was kept.');
      assert.equal(run.files.size, 0);
      await assertUndisturbed(run);
      run.debuggee.takeSnapshot();
      assert.match(await runToEnd(run, 'completed'), /each page once/);
      assert.equal(run.files.size, 1);
    });
  }

  it('when it is complete already stays complete', async () => {
    const run = guestBench();
    await runToPhase(run, 'completed');
    run.debuggee.cancelSnapshot();
    while (run.messages.length === 0 || run.debuggee.isTakingSnapshot) {
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    }
    assert.match(run.messages[0]!, /each page once/);
    assert.equal(run.files.size, 1);
  });

  it('is one that is under way: with none, or after it, there is nothing to cancel', async () => {
    const run = guestBench();
    assert.throws(() => run.debuggee.cancelSnapshot(), /no snapshot under way/);
    await runToEnd(run, 'completed');
    assert.throws(() => run.debuggee.cancelSnapshot(), /no snapshot under way/);
  });
});

describe('a snapshot that fails as it begins', () => {
  for (const failAt of fallibleSteps) {
    it(`at ${failAt} says why, keeps no file, and leaves the guest running with nothing protected`, async () => {
      const run = guestBench({}, { failAt });
      assert.match(await runToEnd(run, 'failed'), /^Snapshot failed: .*(could not|cannot) .*No file was kept\.$/);
      assert.equal(run.files.size, 0);
      await assertUndisturbed(run);
    });
  }
});

describe('a snapshot of a guest with a failover NIC', () => {
  it('freezes the guest only after it has let go of the NIC', async () => {
    const run = guestBench({ unplugNs: 5_000_000 });
    await runToPhase(run, 'setup');
    const asked = run.debuggee.status().timeNs;
    await runToPhase(run, 'wait-unplug');
    const before = run.debuggee.status();
    await runToPhase(run, 'active');
    const after = run.debuggee.status();
    assert.ok(after.timeNs >= asked + 5_000_000 && after.timeNs < asked + 5_001_000, `${after.timeNs - asked}`);
    assert.ok(after.instructions > before.instructions + 10_000, 'the guest runs meanwhile');
    assert.match(await runToEnd(run, 'completed'), /each page once/);
  });

  it('waits for a guest that never lets go until it is cancelled, and half a minute more for the guest', async () => {
    const run = guestBench({ unplugNs: Infinity });
    await runToPhase(run, 'wait-unplug');
    run.debuggee.setBreakpoints(noBreakpoints);
    for (let step = 0; step < 1000; step++) await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
    const migration = run.debuggee.threads().find(({ id }) => id === 'migration');
    assert.equal(migration?.state, 'waits for the guest to unplug the failover NIC');
    const cancelled = run.debuggee.status().timeNs;
    run.debuggee.cancelSnapshot();
    assert.match(await runToEnd(run, 'cancelled'), /cancelled/);
    const waited = run.debuggee.status().timeNs - cancelled;
    assert.ok(waited >= 30e9 && waited < 30.001e9, `${waited}`);
    await assertUndisturbed(run);
  });
});
