import assert from 'node:assert/strict';
import { type Bench, bench, snapshotPath } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';
import { runToEnd } from './whole-run';

function guestBench(oracle: boolean, populate: boolean): Bench {
  const bytes = randomGuest({ seed: 3, firstPage: 16, pageCountLog2: 7, idleRounds: 40, sizeLog2: 3, misalignment: 0 });
  const machine = { program: { path: 'guest', bytes } };
  return bench({ machine, trigger: { kind: 'instructions', count: 3000 }, whatIf: { populate }, oracle });
}

describe('without the oracle', () => {
  it('the same file is written, and nobody says that it is right', async () => {
    const [checked, unchecked] = [guestBench(true, true), guestBench(false, true)];
    assert.match(await runToEnd(checked), /each page once\.$/);
    assert.match(await runToEnd(unchecked), /Not checked\.$/);
    assert.ok(Buffer.from(checked.files.get(snapshotPath)!).equals(unchecked.files.get(snapshotPath)!));
  });

  it('a leak goes unnoticed', async () => {
    assert.match(await runToEnd(guestBench(true, false)), /^Snapshot is wrong/);
    assert.match(await runToEnd(guestBench(false, false)), /^Snapshot written to .*Not checked\.$/);
  });
});
