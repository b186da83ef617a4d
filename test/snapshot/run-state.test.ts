import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { DebuggeeEvent } from '../../debug-adapter/debuggee/debuggee';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';
import { type Bench, bareMachine, bench, benchOf, restored, restoredBench, snapshotPath } from './harness';
import { assertUndisturbed, busyGuest, runToEnd, runToPhase } from './snapshot-guest';

const machine = { program: busyGuest, nsPerInstruction: 100 };

function runningVm(): Bench {
  return bench({ machine, trigger: { kind: 'instructions', count: 500 } });
}

function suspendedVm(whatIf: Partial<WhatIf> = {}): Bench {
  const capabilities = new Set<CapabilityName>(['background-snapshot', 'events']);
  const beginning = { virtualClockNs: 0, runState: 'suspended' } as const;
  return benchOf(bareMachine({ ...machine, ramByteCount: 16 << 20 }), beginning, {
    trigger: { kind: 'time', ns: 1000 },
    snapshot: { capabilities },
    whatIf,
  });
}

function runStateIn(stream: Uint8Array): string {
  const { bytes } = readSnapshot(stream).devices.find(({ name }) => name === 'globalstate')!;
  // u32 length with the final zero, then the name in an array of fixed size.
  const length = Buffer.from(bytes).readUInt32BE(0);
  return Buffer.from(bytes.subarray(4, 3 + length)).toString('latin1');
}

const statusOf = ({ debuggee }: Bench): Promise<string> => debuggee.monitor('info status');

const hartStateOf = ({ debuggee }: Bench): string | undefined =>
  debuggee.threads().find(({ id }) => id === 'hart 0')?.state;

/** Until there is nothing to do for any thread. */
async function untilIdle({ debuggee }: Bench): Promise<void> {
  const stop = debuggee.run({ kind: 'continue' });
  debuggee.pause();
  assert.equal((await stop).reason, 'pause');
}

describe('a snapshot of a paused VM', () => {
  it('says so in the file and leaves it paused; cont lets it go on', async () => {
    const run = runningVm();
    await runToPhase(run, 'setup');
    await run.debuggee.monitor('stop');
    assert.match(await runToEnd(run, 'completed'), /each page once/);
    assert.equal(runStateIn(run.files.get(snapshotPath)!), 'paused');
    assert.equal(await statusOf(run), 'VM status: paused\n');
    assert.equal(hartStateOf(run), 'waits for vm_start');
    await run.debuggee.monitor('cont');
    await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
    await assertUndisturbed(run);
  });

  it('of a running one says that it was running', async () => {
    const run = runningVm();
    await runToEnd(run, 'completed');
    assert.equal(runStateIn(run.files.get(snapshotPath)!), 'running');
  });

  it('keeps a stop that comes during the freeze', async () => {
    const run = runningVm();
    await runToPhase(run, 'state-stash');
    await run.debuggee.monitor('stop');
    await runToEnd(run, 'completed');
    assert.equal(await statusOf(run), 'VM status: paused\n');
    assert.equal(runStateIn(run.files.get(snapshotPath)!), 'running');
    assert.equal(hartStateOf(run), 'waits for vm_start');
  });
});

describe('a snapshot of a suspended VM', () => {
  it('says so in the file and leaves it suspended, whatever stop and cont say; system_wakeup lets it go on', async () => {
    const run = suspendedVm();
    assert.match(await runToEnd(run, 'completed'), /each page once/);
    assert.equal(runStateIn(run.files.get(snapshotPath)!), 'suspended');
    for (const command of ['stop', 'cont']) {
      await run.debuggee.monitor(command);
      await untilIdle(run);
      assert.equal(await statusOf(run), 'VM status: suspended\n');
      assert.equal(hartStateOf(run), 'waits for vm_start');
    }
    assert.equal(run.debuggee.status().instructions, 0);
    await run.debuggee.monitor('system_wakeup');
    await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
    assert.equal(await statusOf(run), 'VM status: running\n');
    await assertUndisturbed(run);
    await assert.rejects(run.debuggee.monitor('system_wakeup'), /Unable to wake up: guest is not in suspended state/);
  });

  it('keeps it suspended when cont comes during the freeze', async () => {
    const run = suspendedVm();
    await runToPhase(run, 'state-stash');
    await run.debuggee.monitor('cont');
    await runToEnd(run, 'completed');
    await untilIdle(run);
    assert.equal(await statusOf(run), 'VM status: suspended\n');
  });

  it('is one of a suspended VM where it is restored, in a real QEMU too', async () => {
    const run = suspendedVm();
    await runToEnd(run, 'completed');
    const stream = run.files.get(snapshotPath)!;
    assert.equal((await restored(stream)).runState, 'suspended');
    assert.equal(await statusOf(await restoredBench(stream)), 'VM status: suspended\n');
    const qemu = await Qemu.incoming(stream, ['-m', '16M', '-bios', 'none']);
    try {
      const { status } = (await qemu.execute('query-status')) as { status: string };
      assert.equal(status, 'suspended');
    } finally {
      await qemu.stop();
    }
  });

  it('wakes it as a real QEMU 7.2 does, if the run state is not restored: by the same events', async () => {
    const run = suspendedVm();
    await runToEnd(run, 'completed');
    const stream = run.files.get(snapshotPath)!;
    const qemu = await Qemu.incoming(stream, ['-m', '16M', '-bios', 'none']);
    try {
      const loading = qemu.events.length;
      const theirs = runStateIn(readFileSync(await qemu.migrate('background', ['events'])));
      const again = suspendedVm({ restoreRunState: false });
      const events: string[] = [];
      let isOver = false;
      again.debuggee.onEvent((event: DebuggeeEvent) => {
        isOver ||= event.kind === 'message';
        if (event.kind === 'qmp') events.push([event.event, ...Object.values(event.data ?? {})].join(' '));
      });
      while (!isOver || again.debuggee.isTakingSnapshot)
        await again.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
      const theirEvents = qemu.events.slice(loading);
      // QEMU's main loop tells of it when it comes to it.
      const [inOrder, theirsInOrder] = [events, theirEvents].map((all) => all.filter((event) => event !== 'WAKEUP'));
      assert.deepEqual(inOrder, theirsInOrder);
      assert.deepEqual([...events].sort(), [...theirEvents].sort());
      assert.equal(runStateIn(again.files.get(snapshotPath)!), theirs);
      assert.equal(theirs, 'running');
      assert.equal(await statusOf(again), 'VM status: running\n');
      assert.ok(await qemu.isRunning());
      await assertUndisturbed(again);
    } finally {
      await qemu.stop();
    }
  });
});
