import assert from 'node:assert/strict';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import { phaseOf } from '../../debug-adapter/qemu/places';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startWorkingSet, until } from './guest';

const ram = 'riscv_virt_board.ram';

/** It logs elsewhere. One that was built without the trace backend `log` does not know its events: the last test. */
describe('a real QEMU whose trace does not come', () => {
  let qemu: RunningQemu;
  const messages: string[] = [];
  const places: string[] = [];
  /** Of RAM, at the first page of the stream. */
  let armedCount: number | undefined;
  /** At the first page of RAM that is not zero: those that have not been sent, and those that are protected. */
  let counts: { readonly left: number; readonly protected: number } | undefined;
  let snapshot: HeldSnapshot;

  before(async () => {
    qemu = await startWorkingSet(['-D', '/dev/null'], (text) => messages.push(text));
    snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind !== 'page') places.push(`${place.kind} ${phaseOf(place)}`);
      if (places.at(-1) === 'stream setup') await isHeldBeforeItsFirstByte();
      if (places.at(-1) === 'stream save') armedCount ??= snapshot.protectedPageCount(ram);
      if (place.kind !== 'page' || place.page.block !== ram || place.page.isZero) continue;
      counts = { left: 4096 - (snapshot.sentCounts.get(ram) ?? 0), protected: snapshot.protectedPageCount(ram)! };
      snapshot.widen();
    }
    await snapshot.close();
  });
  after(() => qemu?.close());

  async function isHeldBeforeItsFirstByte(): Promise<void> {
    await until(() => qemu.facts.threads().some(({ wchan }) => /pipe_write/.test(wchan)), 'thread that writes');
    assert.equal(snapshot.counts.byteCount, 0);
    assert.equal(await qemu.runState(), 'running');
    assert.equal(qemu.facts.userfault(), undefined);
  }

  it('is said to, once', () => {
    const told = messages.filter((text) =>
      /trace does not reach Freezeframe: .*WP arm and WP disarm are not told/.test(text),
    );
    assert.equal(told.length, 1, messages.join('\n'));
  });

  it('is held where the stream holds it, and has gone on where only QMP tells a phase', () => {
    // vm_start is the main loop’s, and races the first page.
    const start = places.indexOf('told vm-start-bh');
    assert.ok(start > places.indexOf('told vm-stop'), places.join(', '));
    assert.deepEqual(
      places.filter((_, index) => index !== start),
      [
        ...['stream setup', 'told head', 'told active', 'told vm-stop'],
        ...['stream save', 'stream append-stash', 'told completed'],
      ],
    );
  });

  it('has been armed when it is held at its first page, and goes on page by page', () => {
    assert.equal(armedCount, 4096);
    assert.ok(counts);
    assert.equal(counts.protected, counts.left);
  });

  it('sends RAM as it was at the freeze, as far as it was protected at the first page', () => {
    assert.equal(snapshot.truth.comparedCount, 4096);
    assert.deepEqual(snapshot.truth.badPages, []);
  });

  it('enables no event where QEMU does not know one of them', async () => {
    const state = async () => await qemu.qmp.execute('trace-event-get-state', { name: 'runstate_set' });
    const before = await state();
    assert.equal(await qemu.trace(['runstate_set', 'no_such_event'], true), false);
    assert.deepEqual(await state(), before);
  });
});
