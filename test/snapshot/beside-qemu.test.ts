import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceTree } from '../../debug-adapter/emulator/machine/device-tree';
import { virtLayouts } from '../../debug-adapter/emulator/machine/virt-layouts';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import { scriptImage, write } from '../devices/register-script';
import { Qemu } from '../stream/qemu';
import { bench, snapshotPath } from './harness';
import { runToEnd } from './typing';

/** Erases a sector of the flash, so that not all of it is zero, and then does nothing for ever. */
const image = scriptImage([0x20, 0xd0, 0xff].map((command) => write(0x2004_0000, 1, command)));

interface RamSection {
  /** Of the block list. */
  readonly blocks: readonly unknown[];
  readonly blockOfPage: readonly string[];
  /** Of all page records and the block list; parts begin and end where time is up, so their heads do not count. */
  readonly byteCount: number;
}

function ramSection(stream: Uint8Array): RamSection {
  const blocks: unknown[] = [];
  const blockOfPage: string[] = [];
  let byteCount = 0;
  const layoutOf = virtLayouts(1);
  const reader = new StreamReader({
    layoutOf: ({ name }) => layoutOf(name),
    onRecord: (record) => {
      if (record.kind === 'ramBlockList') blocks.push(...record.blocks);
      else if (record.kind === 'ramPage' || record.kind === 'zeroPage') blockOfPage.push(record.block);
      else return;
      byteCount += record.byteCount;
    },
  });
  reader.push(stream);
  reader.end();
  return { blocks, blockOfPage, byteCount };
}

async function ours(ramMib: number): Promise<Uint8Array> {
  const machine = { program: { path: 'script', bytes: image }, ramByteCount: ramMib << 20 };
  const run = bench({ machine: { ...machine, hasFlash: true }, trigger: { kind: 'time', ns: 10_000_000 } });
  await runToEnd(run);
  return run.files.get(snapshotPath)!;
}

async function theirs(ramMib: number): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  const bios = join(folder, 'script');
  writeFileSync(bios, image);
  const tree = join(folder, 'board.dtb');
  // QEMU's `load_device_tree` makes room: 10000 bytes, then twice that size, here the 1 MiB of a tree of its own.
  const totalByteCount = (1 << 19) - 10_000;
  writeFileSync(tree, deviceTree({ hartCount: 1, ramByteCount: ramMib << 20, totalByteCount }));
  const qemu = await Qemu.start(['-m', `${ramMib}M`, '-bios', bios, '-dtb', tree]);
  try {
    const lastByte = { 'command-line': 'xp /1bx 0x2007ffff' };
    const isErased = async () => /0xff\s*$/.test(String(await qemu.execute('human-monitor-command', lastByte)));
    await qemu.until(isErased, 'erased sector');
    return readFileSync(await qemu.migrate('background'));
  } finally {
    await qemu.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("our snapshot of a guest beside QEMU's own", () => {
  // Less RAM than a bank of flash has, as much, and more.
  for (const ramMib of [8, 32, 40]) {
    it(`has the same RAM section of ${ramMib} MiB of RAM and the flash: blocks, order of pages and size`, async () => {
      const [our, their] = [ramSection(await ours(ramMib)), ramSection(await theirs(ramMib))];
      assert.deepEqual(our.blocks, their.blocks);
      assert.deepEqual(our.blockOfPage, their.blockOfPage);
      assert.equal(our.byteCount, their.byteCount);
    });
  }
});
