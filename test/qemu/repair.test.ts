import assert from 'node:assert/strict';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import { repairGuest } from '../../debug-adapter/qemu/repair';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startWorkingSet, until } from './guest';

describe('a guest of a real QEMU whose snapshot was cancelled', () => {
  let qemu: RunningQemu;

  before(async () => {
    qemu = await startWorkingSet();
  });

  after(() => qemu?.close());

  /** Up to a page that a vCPU waits for, and further as `then` says. */
  async function snapshotTo(then: (snapshot: HeldSnapshot) => Promise<unknown>): Promise<HeldSnapshot> {
    const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind !== 'page' || !place.fault) continue;
      await then(snapshot);
      snapshot.widen();
    }
    await snapshot.close();
    return snapshot;
  }

  it('is not repaired in the midst of a snapshot', async () => {
    const snapshot = await snapshotTo(() =>
      assert.rejects(repairGuest(qemu.pid, false), /in the midst of a snapshot: thread \d+ waits for the reader/),
    );
    assert.equal(snapshot.ending, 'completed');
    assert.deepEqual(snapshot.truth.badPages, []);
  });

  it('sleeps in a write fault until it is repaired, and can be saved again then', async () => {
    const cancelled = await snapshotTo(() => qemu.qmp.execute('migrate_cancel'));
    assert.equal(cancelled.ending, 'cancelled');
    const vcpu = qemu.vcpus[0]!.tid;
    const isFaulting = () => qemu.facts.threads().some(({ tid, isFaulting }) => tid === vcpu && isFaulting);
    await until(isFaulting, 'vCPU in a write fault');

    const { pageCount, wokenCount } = await repairGuest(qemu.pid, false);
    assert.ok(pageCount > 1000, `${pageCount} pages`);
    assert.equal(wokenCount, 1);
    const ran = qemu.facts.runTimeNs(vcpu);
    await until(() => qemu.facts.runTimeNs(vcpu) > ran + 10e6, 'guest that goes on');
    await assert.rejects(repairGuest(qemu.pid, false), /nothing in it is protected|No memory/);

    const again = await snapshotTo(async () => {});
    assert.equal(again.ending, 'completed');
    assert.deepEqual(again.truth.badPages, []);
  });
});
