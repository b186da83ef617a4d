import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench, snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { runToEnd } from './whole-run';

const guests = resolve(__dirname, '../../extension/sample/guests');
const diskPath = `${snapshotPath}.disk`;

/** A guest that keeps a journal on its disk and compares it with what it remembers. */
function journalBench(whatIf: Partial<WhatIf>): Bench {
  const load = (name: string) => ({ path: name, bytes: new Uint8Array(readFileSync(join(guests, name))) });
  return bench({
    machine: {
      program: load('journal.elf'),
      ramByteCount: 16 << 20,
      hasFlash: true,
      virtio: [{ kind: 'block', image: inMemory(load('journal.img')) }],
    },
    trigger: { kind: 'time', ns: 5_000_000 },
    whatIf,
  });
}

/** What the guest says when a real QEMU restores it beside this disk, within a second or two of its timer. */
async function saysRestored(stream: Uint8Array, disk: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-disk-'));
  const file = join(folder, 'disk');
  writeFileSync(file, disk);
  const drive = ['-drive', `if=none,format=raw,id=d,file=${file}`, '-device', 'virtio-blk-device,drive=d'];
  const qemu = await Qemu.incoming(stream, ['-m', '16M', '-bios', 'none', '-no-shutdown', ...drive]);
  try {
    await qemu.execute('cont');
    await qemu.until(() => qemu.console.includes('\n'), 'line on the console');
    return qemu.console;
  } finally {
    await qemu.stop();
    rmSync(folder, { recursive: true });
  }
}

describe('the disk beside a snapshot', () => {
  it('taken at the freeze goes with its RAM: restored by a real QEMU, the guest finds its journal', async () => {
    const run = journalBench({});
    assert.match(await runToEnd(run), /RAM at the freeze, each page once\. Its disk is in \/snapshot\.disk/);
    assert.match(await saysRestored(run.files.get(snapshotPath)!, run.files.get(diskPath)!), /^round \d+ after/);
  });

  it('taken at the end has moved on, which the restored guest notices', async () => {
    const run = journalBench({ diskSnapshot: 'end' });
    const message = await runToEnd(run);
    assert.match(
      message,
      /^Snapshot is wrong\. The disk in \/snapshot\.disk is not of the freeze: 2 sectors are other/,
    );
    const says = await saysRestored(run.files.get(snapshotPath)!, run.files.get(diskPath)!);
    const [, disk, memory] = /the disk says (\d+), memory says (\d+): they are not of one instant/.exec(says)!;
    assert.ok(Number(disk) > Number(memory) + 1, says);
  });

  it('is not there when the guest has not written to it', async () => {
    const program = { path: 'loop', bytes: new Uint8Array(Uint32Array.of(0x0000006f).buffer) };
    const image = inMemory({ path: 'disk', bytes: new Uint8Array(4096) });
    const machine = { program, virtio: [{ kind: 'block' as const, image }] };
    const run = bench({ machine, trigger: { kind: 'start' } });
    assert.match(await runToEnd(run), /each page once\.$/);
    assert.deepEqual([...run.files.keys()], [snapshotPath]);
  });

  it('is gone when the snapshot comes to nothing', async () => {
    const run = journalBench({});
    run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'save' }] });
    await run.debuggee.run({ kind: 'continue' });
    run.debuggee.cancelSnapshot();
    while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    assert.equal(run.files.size, 0);
  });
});
