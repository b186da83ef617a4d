import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import { type Bench, bench, snapshotPath } from '../snapshot/harness';
import { assertUndisturbed, busyGuest, runToEnd, runToPhase } from '../snapshot/snapshot-guest';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';

/** A machine that is told to save itself while it runs. */
async function saving(capability: CapabilityName, savevmHeedsCapability: boolean): Promise<Bench> {
  const capabilities = new Set<CapabilityName>([capability, 'events']);
  const run = bench({ machine: { program: busyGuest }, snapshot: { capabilities }, whatIf: { savevmHeedsCapability } });
  for (let step = 0; step < 1000; step++) await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
  await run.debuggee.monitor('savevm');
  return run;
}

/** How often each page is in the file, if all of them are there as often as the first. */
function timesSent({ files, machine }: Bench): number {
  const { blocks } = readSnapshot(files.get(snapshotPath)!);
  const times = machine.ramBlocks.flatMap(({ name }) => [...blocks.get(name)!.timesSent]);
  assert.ok(times.every((each) => each === times[0]));
  return times[0]!;
}

/** Pages that a real QEMU writes for `savevm`, and the events meanwhile. */
async function savedByQemu(capabilities: readonly CapabilityName[]): Promise<{ pages: number; events: string[] }> {
  const qemu = await Qemu.start(['-m', '16M', '-bios', 'none']);
  try {
    const filename = join(qemu.directory, 'disk.qcow2');
    await writeFile(filename, '');
    const file = { driver: 'file', filename, 'node-name': 'file' };
    const size = 256 << 20;
    await qemu.execute('blockdev-add', file);
    await qemu.execute('blockdev-create', { 'job-id': 'create', options: { driver: 'qcow2', file: 'file', size } });
    const hasConcluded = async (): Promise<boolean> => {
      const [job] = (await qemu.execute('query-jobs')) as { status: string }[];
      return job!.status === 'concluded';
    };
    await qemu.until(hasConcluded, 'disk');
    await qemu.execute('blockdev-add', { driver: 'qcow2', file: 'file', 'node-name': 'disk' });
    await qemu.enable([...capabilities, 'events']);
    const already = qemu.events.length;
    assert.equal(await qemu.execute('human-monitor-command', { 'command-line': 'savevm here' }), '');
    const { ram } = (await qemu.execute('query-migrate')) as { ram: { duplicate: number; normal: number } };
    return { pages: ram.duplicate + ram.normal, events: qemu.events.slice(already) };
  } finally {
    await qemu.stop();
  }
}

describe('savevm', () => {
  it('saves each page once, of a VM that stands still and then goes on, whatever the capability', async () => {
    for (const capability of ['background-snapshot', 'events'] as const) {
      const run = await saving(capability, false);
      await runToPhase(run, 'setup');
      const instructions = run.debuggee.status().instructions;
      await runToPhase(run, 'device-state');
      assert.equal(run.debuggee.status().instructions, instructions);
      assert.match(await runToEnd(run, 'completed'), / 0 of them sent again.*RAM in the file is RAM at the end/);
      assert.equal(timesSent(run), 1);
      await assertUndisturbed(run);
    }
  });

  it('of a paused VM leaves it paused', async () => {
    const run = bench({ machine: { program: busyGuest } });
    await run.debuggee.monitor('stop');
    await run.debuggee.monitor('savevm');
    await runToEnd(run, 'completed');
    assert.equal(await run.debuggee.monitor('info status'), 'VM status: paused\n');
  });

  it('whose output fails, or whose reader stalls until it is cancelled, lets the VM go on and keeps no file', async () => {
    const machine = { program: busyGuest };
    const full = bench({ machine, outputByteCountMax: 5000 });
    await full.debuggee.monitor('savevm');
    assert.match(await runToEnd(full, 'failed'), /no space left on device/);
    assert.equal(full.files.size, 0);
    await assertUndisturbed(full);
    const channel = { bytesPerSecond: Infinity, stallAtByte: 5000, stallNs: Infinity, closeAtByte: Infinity };
    const stalled = bench({ machine, snapshot: { channel } });
    await stalled.debuggee.monitor('savevm');
    await runToPhase(stalled, 'save');
    stalled.debuggee.cancelSnapshot();
    assert.match(await runToEnd(stalled, 'failed'), /Snapshot failed/);
    await assertUndisturbed(stalled);
  });

  it('that heeds background-snapshot writes all of RAM twice, as in a real QEMU 7.2; with or without, by the same events', async () => {
    const saved = async (heeds: boolean): Promise<{ times: number; events: string[] }> => {
      const run = await saving('background-snapshot', heeds);
      const events: string[] = [];
      let isOver = false;
      run.debuggee.onEvent((event) => {
        isOver ||= event.kind === 'message';
        if (event.kind === 'qmp') events.push([event.event, ...Object.values(event.data ?? {})].join(' '));
      });
      while (!isOver || run.debuggee.isTakingSnapshot)
        await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
      await assertUndisturbed(run);
      return { times: timesSent(run), events };
    };
    const [once, twice] = [await saved(false), await saved(true)];
    assert.deepEqual([once.times, twice.times], [1, 2]);
    const theirs = [await savedByQemu([]), await savedByQemu(['background-snapshot'])] as const;
    assert.equal(theirs[1].pages, 2 * theirs[0].pages);
    assert.deepEqual([once.events, twice.events], [theirs[0].events, theirs[1].events]);
  });
});
