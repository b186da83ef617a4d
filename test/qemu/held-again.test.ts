import assert from 'node:assert/strict';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { findingsOf } from '../../debug-adapter/snapshot-file/findings';
import { surveyOf } from '../stream/in-memory';
import { startWorkingSet } from './guest';

const ram = 'riscv_virt_board.ram';

describe('a real QEMU that was let run in the midst of its snapshot', () => {
  let qemu: RunningQemu;
  before(async () => {
    qemu = await startWorkingSet();
  });
  after(() => qemu?.close());

  it('is held at pages again, none of which is missed or wrong', async () => {
    const chunks: Uint8Array[] = [];
    const snapshot = await HeldSnapshot.begin(qemu, { write: (bytes) => void chunks.push(Uint8Array.from(bytes)) });
    const sentCount = () => snapshot.sentCounts.get(ram) ?? 0;
    let place = await snapshot.next();
    while (place && place.kind !== 'page') place = await snapshot.next();
    snapshot.widen();
    while (place && sentCount() < 200) place = await snapshot.next(() => sentCount() >= 200);
    await snapshot.narrow();
    const aheads: (number | undefined)[] = [];
    for (place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind !== 'page') continue;
      if (!place.page.isZero && place.page.block === ram) aheads.push(snapshot.pagesAhead(place.page));
      if (aheads.length === 20) snapshot.widen();
    }
    await snapshot.close();
    assert.ok(aheads.length >= 20);
    assert.deepEqual([...new Set(aheads)], [0]);
    assert.deepEqual(snapshot.truth.badPages, []);
    const findings = findingsOf(surveyOf(Buffer.concat(chunks)), true);
    assert.deepEqual(
      findings.filter(({ isWrong }) => isWrong),
      [],
    );
  });
});
