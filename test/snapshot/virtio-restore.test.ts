import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { deviceSections, machineStateFrom } from '../../debug-adapter/emulator/machine/sections';
import { virtBoard } from '../../debug-adapter/emulator/machine/virt-layouts';
import { type DeviceState, fieldOf } from '../../debug-adapter/vmstate/device-state';
import { readStreamFile } from '../../debug-adapter/vmstate/file-reader';
import { firmwarePaths } from '../../tools/parts.mjs';
import { image } from '../boot/console';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';
import { bench, snapshotPath } from './harness';
import { runToEnd, runToText, typeLine } from './typing';

const prompt = '=> ';
const disk = Uint8Array.from({ length: 8 * 512 }, (_, index) => 0x40 + (index >> 9));
const ramMib = 64;

function uBootBench() {
  const { opensbi, uBoot } = firmwarePaths();
  return bench({
    msPerLook: 1,
    machine: {
      bios: image(opensbi),
      kernel: image(uBoot),
      ramByteCount: ramMib << 20,
      hasFlash: true,
      virtio: [{ kind: 'block', image: inMemory({ path: 'disk', bytes: disk }) }],
    },
  });
}

describe('a disk in use', () => {
  let folder: string;
  let machine: string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-disk-'));
    writeFileSync(join(folder, 'disk'), disk);
    const drive = `if=none,format=raw,id=d,file=${join(folder, 'disk')}`;
    machine = ['-m', `${ramMib}M`, '-drive', drive, '-device', 'virtio-blk-device,drive=d'];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('goes on in a real QEMU that restores our snapshot', async () => {
    const run = uBootBench();
    await runToText(run, 'autoboot');
    await typeLine(run, '', prompt);
    await typeLine(run, 'virtio scan; virtio read 82000000 3 1; md.b 82000000 1', '82000000: 43');
    await runToText(run, prompt);
    run.debuggee.takeSnapshot();
    await runToEnd(run);
    const stream = join(folder, 'ours');
    writeFileSync(stream, run.files.get(snapshotPath)!);
    const qemu = await Qemu.start([...machine, '-incoming', `exec:cat ${stream}`]);
    try {
      await qemu.until(() => qemu.isRunning(), 'restored machine');
      qemu.type('virtio read 82000000 5 1; md.b 82000000 1\r');
      await qemu.printed('82000000: 45');
    } finally {
      await qemu.stop();
    }
  });

  it("is on our board what it was when the board is given a real QEMU's snapshot", async () => {
    const { opensbi, uBoot } = firmwarePaths();
    const qemu = await Qemu.start([...machine, '-bios', opensbi, '-kernel', uBoot]);
    let stream: Uint8Array;
    try {
      await qemu.printed('autoboot');
      qemu.type('\rvirtio scan; virtio read 82000000 3 1; md.b 82000000 1\r');
      await qemu.printed('82000000: 43');
      stream = readFileSync(await qemu.migrate('background'));
    } finally {
      await qemu.stop();
    }
    const sections: DeviceState[] = [];
    readStreamFile(
      { byteCount: stream.length, read: (offset, length) => stream.subarray(offset, offset + length) },
      (record) => {
        if (record.kind === 'device') sections.push({ ...record.section, state: record.state });
      },
      { board: virtBoard },
    );
    const board = uBootBench().machine;
    const { blocks } = readSnapshot(stream);
    for (const block of board.ramBlocks) block.write(0, blocks.get(block.name)!.bytes);
    const { state, ...moment } = machineStateFrom(sections);
    board.restore(state);
    const disks = [sections, deviceSections(board.save(), moment)].map((each) =>
      each.filter(({ name }) => name.endsWith('virtio-blk')).map(({ state }) => fieldOf(state, 'virtio')),
    );
    assert.equal(disks[0]!.length, 1);
    assert.deepEqual(disks[1], disks[0]);
    // In the middle of its queue, whose used index only RAM has.
    const queue = board.save().virtio![0]!.queues[0]!;
    assert.ok(queue.usedIndex! > 0);
    assert.equal(queue.usedIndex, queue.lastAvailable);
  });
});
