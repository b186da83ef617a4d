import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mock } from 'node:test';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { readElf } from '../../debug-adapter/emulator/machine/elf';
import { HeldSnapshot, type Place } from '../../debug-adapter/qemu/held-snapshot';
import { phaseOf } from '../../debug-adapter/qemu/places';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { findingsOf } from '../../debug-adapter/snapshot-file/findings';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { restoredBench } from '../snapshot/harness';
import { surveyOf } from '../stream/in-memory';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';
import { startWorkingSet, until, workingSet } from './guest';

const ram = 'riscv_virt_board.ram';
/** So much that QEMU is not through with it before it is held again. */
const ramSize = '64M';
const now = performance.now.bind(performance);
const hourMs = 3_600_000;

describe('a real QEMU that was let run in the midst of its snapshot', () => {
  let qemu: RunningQemu;
  const chunks: Uint8Array[] = [];
  before(async () => {
    qemu = await startWorkingSet(['-m', ramSize]);
  });
  after(() => {
    mock.restoreAll();
    return qemu?.close();
  });

  it('is held at pages again, none of which is missed or wrong', async () => {
    const snapshot = await HeldSnapshot.begin(qemu, { write: (bytes) => void chunks.push(Uint8Array.from(bytes)) });
    const sentCount = () => snapshot.sentCounts.get(ram) ?? 0;
    snapshot.widen();
    let place: Place | undefined;
    const passed = new Set<Phase | undefined>();
    const comesTo = async (phase: Phase): Promise<void> => {
      while (!passed.has(phase)) {
        place = await snapshot.next();
        assert.ok(place, `no ${phase}`);
        if (place.kind !== 'page') passed.add(phaseOf(place));
      }
    };
    await comesTo('save');
    // Before it there may have been a packet full of zero pages that nobody protects.
    assert.ok(sentCount() <= 1, 'it is held at the first page all the same');
    await snapshot.narrow();
    await comesTo('vm-start-bh');
    await until(() => snapshot.faults.look().length > 0, 'vCPU in a write fault');
    mock.method(performance, 'now', () => now() + hourMs);
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
    assert.ok(
      Math.max(...snapshot.faults.waits.mostMs) > hourMs,
      'a wait that began in the hour for which it was held',
    );
    assert.ok(aheads.length >= 20);
    assert.deepEqual([...new Set(aheads)], [0]);
    assert.deepEqual(snapshot.truth.badPages, []);
    const findings = findingsOf(surveyOf(Buffer.concat(chunks)), true);
    assert.deepEqual(
      findings.filter(({ isWrong }) => isWrong),
      [],
    );
  });

  it('leaves a stream that QEMU and the embedded machine restore: in both the guest counts on and answers a key', async () => {
    const stream = Buffer.concat(chunks);
    const program = readFileSync(workingSet);
    const address = readElf({ path: workingSet, bytes: program }).symbols.find(
      ({ name }) => name === 'counter',
    )!.address;
    const offset = Number(address) - ramBase;
    const atFreeze = Buffer.from(readSnapshot(stream).blocks.get(ram)!.bytes).readBigUInt64LE(offset);
    assert.ok(atFreeze > 0n);

    const there = await Qemu.incoming(stream, ['-m', ramSize, '-bios', 'none']);
    try {
      assert.equal(await there.doubleWord(address), atFreeze);
      await there.execute('cont');
      there.type('z');
      await there.printed('z');
      await there.until(async () => (await there.doubleWord(address)) > atFreeze, 'counter beyond the freeze');
    } finally {
      await there.stop();
    }

    const { debuggee } = await restoredBench(stream);
    const counter = () => Buffer.from(debuggee.readPhysicalMemory(Number(address), 8)).readBigUInt64LE();
    assert.equal(counter(), atFreeze);
    const here = new EmbeddedGuest(debuggee);
    here.type('z');
    await here.printed('z');
    while (counter() <= atFreeze) await debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  });
});
