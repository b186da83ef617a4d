import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VirtioOptions } from '../../debug-adapter/emulator/machine/machine';
import { ensureParts } from '../../tools/parts.mjs';
import { read, scriptEnd, scriptImage } from '../devices/register-script';
import { dataOf, drive, slotBase, usedRing } from '../devices/virtio-driver';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';
import { bench, snapshotPath } from './harness';
import { runToEnd } from './typing';

const disk = Uint8Array.from({ length: 64 * 512 }, (_, index) => index >> 9);
const indirectAndEventIndex = 0x3000_0000;

/** Asks the disk for two sectors and writes one; with a queue smaller than the device's own. */
function diskDriver(index: number) {
  const request = (type: number, sector: number): Uint8Array => {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(0, type, true);
    new DataView(bytes.buffer).setUint32(8, sector, true);
    return bytes;
  };
  const answer = (byteCount: number) => ({ bytes: new Uint8Array(byteCount), isAnswer: true });
  const requests = [
    [{ bytes: request(0, 3) }, answer(1024), answer(1)],
    [{ bytes: request(1, 5) }, { bytes: new Uint8Array(512).fill(0x5a) }, answer(1)],
  ];
  return drive(index, indirectAndEventIndex, [{ size: 16, requests }]);
}

function rngDriver(index: number) {
  const request = [{ bytes: new Uint8Array(48), isAnswer: true }];
  return drive(index, 0, [{ size: 8, requests: [request, request] }]);
}

const devices = [rngDriver(0), diskDriver(1)];
const accesses = [...devices.flatMap((device) => device.accesses), read(slotBase(1) + 0x100, 4)];
const image = scriptImage(accesses, dataOf(devices));

async function ours(virtio: readonly VirtioOptions[]): Promise<Uint8Array> {
  const run = bench({
    machine: { program: { path: 'script', bytes: image }, ramByteCount: 8 << 20, virtio },
    trigger: { kind: 'time', ns: 10_000_000 },
  });
  await runToEnd(run);
  return run.files.get(snapshotPath)!;
}

async function usedIndex(qemu: Qemu, device: number): Promise<number> {
  return await qemu.halfWord(usedRing(device, 0) + 2);
}

const virtioSections = (stream: Uint8Array): unknown =>
  readSnapshot(stream)
    .devices.filter(({ name }) => name.startsWith('virtio'))
    .map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]);

describe('virtio devices in a snapshot', function () {
  this.timeout(30_000);
  let folder: string;
  let diskArguments: string[];
  before(async () => {
    await ensureParts(['qemu']);
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-virtio-'));
    writeFileSync(join(folder, 'script'), image);
    writeFileSync(join(folder, 'disk'), disk);
    const drive = `if=none,format=raw,id=d,file=${join(folder, 'disk')}`;
    diskArguments = ['-device', 'virtio-rng-device', '-drive', drive, '-device', 'virtio-blk-device,drive=d'];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const virtio: readonly VirtioOptions[] = [
    { kind: 'rng', seed: 1 },
    { kind: 'block', image: { path: 'disk', bytes: disk } },
  ];

  it('have the sections that QEMU writes when the guest has done the same with its own, byte for byte', async () => {
    const qemu = await Qemu.start(['-m', '8M', '-bios', join(folder, 'script'), ...diskArguments]);
    try {
      await scriptEnd(qemu);
      // The devices answer in a thread of their own.
      await qemu.until(async () => (await usedIndex(qemu, 0)) === 2, 10_000, 'random numbers');
      await qemu.until(async () => (await usedIndex(qemu, 1)) === 2, 10_000, 'sectors');
      const theirs = readFileSync(await qemu.migrate('background'));
      assert.deepEqual(virtioSections(await ours(virtio)), virtioSections(theirs));
    } finally {
      await qemu.stop();
    }
  });
});
