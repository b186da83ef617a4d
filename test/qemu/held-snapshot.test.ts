import assert from 'node:assert/strict';
import { HeldSnapshot, type Place } from '../../debug-adapter/qemu/held-snapshot';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { findingsOf } from '../../debug-adapter/snapshot-file/findings';
import { surveyOf } from '../stream/in-memory';
import { startWorkingSet } from './guest';

const ram = 'riscv_virt_board.ram';
const steppedCount = 200;

describe('a real QEMU held in its background snapshot', () => {
  let qemu: RunningQemu;
  let snapshot: HeldSnapshot;
  const chunks: Uint8Array[] = [];
  const places: string[] = [];
  /** At each page of RAM held: how many had been sent before it, and how many were protected. */
  const steps: { isZero: boolean; isFault: boolean; sent: number; protected: number; ahead: number | undefined }[] = [];
  let armedCount = 0;
  let answersAtArming: string | undefined;
  let isCopyEqual = false;

  before(async () => {
    qemu = await startWorkingSet();
    const write = (bytes: Uint8Array): undefined => void chunks.push(Uint8Array.from(bytes));
    snapshot = await HeldSnapshot.begin(qemu, { write });
    for (let place = await snapshot.next(); place; place = await snapshot.next()) await look(place);
    await snapshot.close();
  });

  after(() => qemu?.close());

  async function look(place: Place): Promise<void> {
    if (place.kind !== 'page') places.push(nameOf(place));
    if (place.kind === 'trace' && place.passing.kind === 'armed') {
      armedCount = snapshot.protectedPageCount(ram)!;
      const range = qemu.hostRangeOf(ram)!;
      const copy = Buffer.alloc(range.byteCount);
      await qemu.facts.copyMemory(range, copy);
      isCopyEqual = copy.equals(qemu.facts.readMemory(range));
      answersAtArming = await qemu.runState();
    }
    if (place.kind !== 'page' || place.page.block !== ram) return;
    const { isZero } = place.page;
    const sent = snapshot.sentCounts.get(ram) ?? 0;
    const ahead = snapshot.pagesAhead(place.page);
    steps.push({ isZero, isFault: !!place.fault, sent, protected: snapshot.protectedPageCount(ram)!, ahead });
    // On a busy machine the guest may come late to its first write.
    const hasSeenEnough = steps.some(({ isFault }) => isFault) && steps.filter((step) => !step.isZero).length > 20;
    if (steps.length >= steppedCount && hasSeenEnough) snapshot.widen();
  }

  it('is copied as it is, though what nobody has written to is not read', () => {
    assert.ok(isCopyEqual);
  });

  it('is held behind each phase and each stash, in their order', () => {
    const stashes = places.filter((name) => name.startsWith('stash of '));
    assert.ok(stashes.includes('stash of cpu') && stashes.at(-1) === 'stash of globalstate', stashes.join(', '));
    const [first, last] = [places.indexOf(stashes[0]!), places.indexOf(stashes.at(-1)!)];
    assert.equal(last - first + 1, stashes.length);
    // vm_start is the main loop's, and races the first page.
    const race = places.slice(last + 2, last + 4).sort();
    assert.deepEqual(
      [...places.slice(0, first), places[last + 1], ...race, ...places.slice(last + 4)],
      [
        ...['setup', 'head', 'active', 'vm-stop', 'state-stash', `armed ${ram}`, 'save', 'vm-start-bh'],
        ...[`disarmed ${ram}`, 'append-stash', 'completed'],
      ],
    );
  });

  it('has all of RAM protected at the arming, where its main loop does not answer', () => {
    assert.equal(armedCount, 4096);
    assert.equal(answersAtArming, undefined);
  });

  it('goes page by page: whatever has not been sent is protected', () => {
    assert.ok(steps.length >= steppedCount);
    // A zero page is written at once; QEMU may or may not have lifted its protection when it is seen.
    const held = steps.filter(({ isZero }) => !isZero);
    assert.ok(held.length > 20);
    for (const step of held) assert.deepEqual([step.protected, step.ahead], [armedCount - step.sent, 0]);
    for (const { ahead } of steps) assert.ok(ahead === 0 || ahead === 1, `${ahead} ahead`);
  });

  it('tells which pages are sent for a write fault', () => {
    assert.ok(steps.some(({ isFault }) => isFault));
    assert.ok(steps.some(({ isFault, isZero }) => !isFault && !isZero));
  });

  it('sends RAM as it was at the freeze, of every block', () => {
    const pageCount = qemu.blocks.reduce((sum, { byteCount }) => sum + byteCount / 4096, 0);
    assert.equal(snapshot.truth.comparedCount, pageCount);
    assert.deepEqual(snapshot.truth.badPages, []);
    assert.equal(snapshot.counts.pages, pageCount);
  });

  it('leaves a stream that is whole', () => {
    const findings = findingsOf(surveyOf(Buffer.concat(chunks)), true);
    assert.deepEqual(
      findings.filter(({ isWrong }) => isWrong),
      [],
    );
  });

  it('leaves a guest that runs, with nothing protected and the capability as it was', async () => {
    assert.deepEqual(await qemu.qmp.execute('query-status'), { running: true, singlestep: false, status: 'running' });
    assert.equal(qemu.facts.userfault(), undefined);
    assert.deepEqual(qemu.facts.registeredRanges(), []);
    const capabilities = (await qemu.qmp.execute('query-migrate-capabilities')) as {
      capability: string;
      state: boolean;
    }[];
    assert.deepEqual(
      capabilities.filter(({ state }) => state),
      [],
    );
  });
});

function nameOf(place: Exclude<Place, { kind: 'page' }>): string {
  if (place.kind !== 'trace') return place.phase;
  const { passing } = place;
  switch (passing.kind) {
    case 'phase':
      return passing.phase;
    case 'device':
      return `stash of ${passing.section}`;
    default:
      return `${passing.kind} ${passing.block}`;
  }
}
