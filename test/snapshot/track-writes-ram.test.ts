import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { virtLayouts } from '../../debug-adapter/emulator/machine/virt-layouts';
import { promptReader } from '../../debug-adapter/migration/channel';
import { SlowFaultThrottle } from '../../debug-adapter/migration/track-writes-ram';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import { type Bench, bench, snapshotPath } from './harness';
import { randomGuest } from './random-guest';

const firstPage = 16;
const shape = { seed: 7, firstPage, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 0 };

function guestBench(instructions: number, whatIf: Partial<WhatIf> = {}, idleRounds = shape.idleRounds): Bench {
  const program = { path: 'random guest', bytes: randomGuest({ ...shape, idleRounds }) };
  const snapshot = { capabilities: new Set(['track-writes-ram'] as const) };
  const trigger = { kind: 'instructions', count: instructions } as const;
  return bench({ machine: { program }, trigger, snapshot, whatIf });
}

async function runToPhase({ debuggee }: Bench, ...wanted: Phase[]): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: wanted.map((phase, id) => ({ id, phase })) });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.ok(stop.reason === 'phase' && wanted.includes(stop.phase), JSON.stringify(stop));
}

async function runToEnd(run: Bench, ending: Phase): Promise<string> {
  await runToPhase(run, ending);
  while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return run.messages[0]!;
}

/** Pages of RAM in the stream, as far as that can be read, and how often each is there. */
function ramIn(stream: Uint8Array): { bytes: Uint8Array; timesSent: number[] } {
  const bytes = new Uint8Array(1 << 20);
  const timesSent = new Array<number>(bytes.length / 4096).fill(0);
  const layoutOf = virtLayouts(1);
  const reader = new StreamReader({
    layoutOf: ({ name }) => layoutOf(name),
    onRecord: (record) => {
      if (record.kind !== 'ramPage' && record.kind !== 'zeroPage') return;
      if (record.block !== 'riscv_virt_board.ram') return;
      timesSent[record.pageOffset / 4096]!++;
      if (record.kind === 'ramPage') bytes.set(record.bytes, record.pageOffset);
    },
  });
  reader.push(stream);
  assert.throws(() => reader.end());
  return { bytes, timesSent };
}

describe('a snapshot by track-writes-ram', () => {
  it('holds the RAM of the freeze, each page once, and lacks the device state that was not flushed', async () => {
    // Long enough for the guest to have touched all pages that it writes to.
    const truth = guestBench(60_000);
    await runToPhase(truth, 'wp-arm');
    const run = guestBench(60_000);
    const text = await runToEnd(run, 'completed');
    assert.match(text, /^Snapshot is wrong\. The stream cannot be read: .*\n.*kept as \/snapshot/);
    assert.match(text, /\(capability track-writes-ram\)\.$/);
    const { bytes, timesSent } = ramIn(run.files.get(snapshotPath)!);
    assert.ok(Buffer.from(bytes).equals(truth.machine.core.ram));
    assert.ok(timesSent.every((times) => times === 1));
  });

  it('leaks what the guest writes to pages that it had not touched before', async () => {
    // So slow that it comes to most of its pages only after the freeze.
    const text = await runToEnd(guestBench(1, {}, 400), 'completed');
    assert.match(text, /pages differ from RAM at the freeze:\n• page 0x800[12]./);
    assert.match(text, /never protected: it had no page-table entry/);
  });

  it('lets the guest go on when it is cancelled, for a failed iteration counts as the last one', async () => {
    const run = guestBench(60_000);
    await runToPhase(run, 'save');
    run.debuggee.cancelSnapshot();
    await runToPhase(run, 'wp-disarm');
    assert.equal(await runToEnd(run, 'cancelled'), 'Snapshot cancelled. No file was kept.');
    assert.ok(!run.machine.core.pages.states.some((_, page) => run.machine.core.pages.isProtected(page)));
  });

  it('leaves the guest paused when the freeze fails', async () => {
    const run = guestBench(60_000, { failAt: 'uffd-register' });
    await runToEnd(run, 'failed');
    assert.match(await run.debuggee.monitor('info status'), /paused/);
  });

  it('logs dirty pages only while it lasts', async () => {
    const run = guestBench(60_000);
    await runToEnd(run, 'completed');
    let logged = 0;
    run.machine.core.pages.syncDirtyLog(() => logged++);
    assert.equal(logged, 0);
  });
});

describe('the throttle of track-writes-ram', () => {
  it('lets 200 pages wait after a fault of more than 5 ms, counted from the last such fault', () => {
    const throttle = new SlowFaultThrottle();
    const waiting = (pages: number): number =>
      Array.from({ length: pages }, () => throttle.takePage()).filter((waits) => waits).length;
    throttle.faultServed(5_000_000);
    assert.equal(waiting(10), 0);
    throttle.faultServed(5_000_001);
    assert.equal(waiting(150), 150);
    throttle.faultServed(6_000_000);
    throttle.faultServed(1_000);
    assert.equal(waiting(300), 200);
  });

  it('serves more pages by fault than the scan comes to, when the channel makes faults slow', async () => {
    const served = async (capability: 'background-snapshot' | 'track-writes-ram'): Promise<number> => {
      // RAM that is not zero, and a channel in which a page takes 8 ms: more than a fault may.
      const bytes = new Uint8Array(1 << 20).fill(1);
      bytes.set(randomGuest({ ...shape, firstPage: 128, pageCountLog2: 6, idleRounds: 400 }));
      const run = bench({
        machine: { program: { path: 'random guest', bytes }, ramByteCount: 2 << 20 },
        trigger: { kind: 'start' },
        snapshot: { capabilities: new Set([capability]), channel: { ...promptReader, bytesPerSecond: 500_000 } },
      });
      await runToEnd(run, 'completed');
      const [migration] = run.debuggee.scopes('main loop');
      return migration!.variables.find(({ name }) => name === 'faults served')!.value as number;
    };
    const [throttled, unthrottled] = [await served('track-writes-ram'), await served('background-snapshot')];
    assert.ok(throttled > unthrottled, `${throttled} and ${unthrottled} faults`);
  });
});
