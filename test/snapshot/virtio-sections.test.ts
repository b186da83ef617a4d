import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { VirtioOptions } from '../../debug-adapter/emulator/machine/machine';
import { read, scriptEnd, scriptImage, write } from '../devices/register-script';
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

/** One port: the device is told that its driver is ready, and answers by control messages; then something is printed. */
function consoleDriver(index: number) {
  const message = (event: number) => [{ bytes: Uint8Array.of(0, 0, 0, 0, event, 0, 1, 0) }];
  const multiport = 2;
  const [ready, portReady, portOpen] = [0, 3, 6];
  return drive(index, multiport, [
    { size: 8, requests: [[{ bytes: new Uint8Array(16), isAnswer: true }]] },
    { size: 8, requests: [[{ bytes: new TextEncoder().encode('printed') }]] },
    { size: 8, requests: [1, 2, 3, 4].map(() => [{ bytes: new Uint8Array(16), isAnswer: true }]) },
    { size: 8, requests: [ready, portReady, portOpen].map(message) },
  ]);
}

/** Sets filters, VLANs and modes; no frame comes or goes. */
function netDriver(index: number) {
  const control = (...bytes: number[]) => [
    { bytes: Uint8Array.from(bytes) },
    { bytes: new Uint8Array(1), isAnswer: true },
  ];
  const features = (1 << 2) | (1 << 5) | (1 << 15) | (0x1f << 16) | (1 << 23);
  const addresses = [1, 0, 0, 0, 2, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0x33, 0x33, 0, 0, 0, 1];
  return drive(index, features, [
    { size: 8, requests: [] },
    { size: 8, requests: [] },
    { size: 8, requests: [control(0, 0, 0), control(0, 1, 1), control(1, 0, ...addresses), control(2, 0, 5, 0)] },
  ]);
}

/** Gives a page away. */
function balloonDriver(index: number) {
  const pageFrame = 0x8_0400;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, pageFrame, true);
  return drive(index, 0, [
    { size: 8, requests: [[{ bytes }]] },
    { size: 8, requests: [] },
  ]);
}

const devices = [rngDriver(0), diskDriver(1), consoleDriver(2), netDriver(3), balloonDriver(4)];
const configurations = devices.map((_, index) => read(slotBase(index) + 0x100, 4));
const actual = write(slotBase(4) + 0x104, 4, 1);
const accesses = [...devices.flatMap((device) => device.accesses), ...configurations, actual];
const image = scriptImage(accesses, dataOf(devices));

async function ours(virtio: readonly VirtioOptions[]): Promise<Uint8Array> {
  const run = bench({
    machine: { program: { path: 'script', bytes: image }, ramByteCount: 8 << 20, virtio },
    trigger: { kind: 'time', ns: 10_000_000 },
  });
  await runToEnd(run);
  return run.files.get(snapshotPath)!;
}

async function usedIndex(qemu: Qemu, device: number, queue: number): Promise<number> {
  return await qemu.halfWord(usedRing(device, queue) + 2);
}

function virtioSections(stream: Uint8Array): Map<string, string> {
  const sections = readSnapshot(stream).devices.filter(({ name }) => name.startsWith('virtio'));
  return new Map(sections.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]));
}

describe('virtio devices in a snapshot', () => {
  let folder: string;
  let deviceArguments: string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-virtio-'));
    writeFileSync(join(folder, 'script'), image);
    writeFileSync(join(folder, 'disk'), disk);
    const drive = `if=none,format=raw,id=d,file=${join(folder, 'disk')}`;
    deviceArguments = [
      ...['-device', 'virtio-rng-device', '-drive', drive, '-device', 'virtio-blk-device,drive=d'],
      ...['-device', 'virtio-serial-device', '-chardev', 'null,id=c', '-device', 'virtconsole,chardev=c'],
      ...[
        '-netdev',
        'hubport,id=n,hubid=0',
        '-device',
        'virtio-net-device,netdev=n',
        '-device',
        'virtio-balloon-device',
      ],
    ];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const virtio: readonly VirtioOptions[] = [
    { kind: 'rng', seed: 1 },
    { kind: 'block', image: inMemory({ path: 'disk', bytes: disk }) },
    { kind: 'console' },
    { kind: 'net' },
    { kind: 'balloon' },
  ];

  it('have the sections that QEMU writes when the guest has done the same with its own, byte for byte', async () => {
    const qemu = await Qemu.start(['-m', '8M', '-bios', join(folder, 'script'), ...deviceArguments]);
    try {
      await scriptEnd(qemu);
      // The devices answer in a thread of their own.
      for (const [device, queue, count] of [
        [0, 0, 2],
        [1, 0, 2],
        [2, 2, 3],
        [3, 2, 4],
        [4, 0, 1],
      ] as const) {
        const isServed = async () => (await usedIndex(qemu, device, queue)) === count;
        await qemu.until(isServed, `answers of device ${device}`);
      }
      const theirs = readFileSync(await qemu.migrate('background'));
      const [our, their] = [virtioSections(await ours(virtio)), virtioSections(theirs)];
      assert.deepEqual([...our.keys()], [...their.keys()]);
      for (const [name, bytes] of our) assert.equal(bytes, their.get(name), name);
    } finally {
      await qemu.stop();
    }
  });
});
