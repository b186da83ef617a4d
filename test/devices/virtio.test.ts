import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { VirtioOptions } from '../../debug-adapter/emulator/machine/machine';
import { seeds } from './programs';
import { type Access, compareBoards, read, write } from './register-script';

const accessCount = 8000;
const slotBase = (slot: number): number => 0x1000_1000 + 0x1000 * slot;

const pick = fc.constantFrom;
const word = fc.nat(0xffff_ffff);
const registers = [
  ...[0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x20, 0x24, 0x28, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x60, 0x64, 0x70],
  ...[0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xb0, 0xb4, 0xc0, 0xfc],
];
/** Devices are in 0 and in the last ones. */
const base = pick(0, 2, 4, 5, 6, 7).map(slotBase);

/** A disk with a master boot record, of which its geometry is guessed. */
function diskImage(seed: number): Uint8Array {
  const bytes = new Uint8Array(5000 * 512);
  const partition = fc.tuple(fc.nat(255), fc.nat(20), fc.nat(255), fc.nat(1));
  for (const [index, [, endHead, endSector, count]] of fc.sample(partition, { numRuns: 4, seed }).entries()) {
    bytes.set([endHead, endSector, 0, 0, 0, 0, 0, count], 0x1be + 16 * index + 5);
  }
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

/** No queue is notified: what answers, and when, is another test's. */
const step: fc.Arbitrary<readonly Access[]> = base.chain((slot) => {
  const set = (offset: number, value: number): Access => write(slot + offset, 4, value);
  return fc.oneof(
    { weight: 6, arbitrary: pick(...registers).map((offset) => [read(slot + offset, 4)]) },
    fc.tuple(pick(...registers), word).map(([offset, value]) => [set(offset, value)]),
    {
      weight: 2,
      arbitrary: pick(0, 1, 3, 7, 8, 11, 15, 0x40, 0x80).map((value) => [set(0x70, value), read(slot + 0x70, 4)]),
    },
    fc.tuple(pick(0, 1, 2), word).map(([half, value]) => [set(0x24, half), set(0x20, value)]),
    pick(0, 1, 2, 7).map((half) => [set(0x14, half), read(slot + 0x10, 4)]),
    {
      weight: 2,
      arbitrary: pick(0, 1, 2, 3, 4, 63, 1023, 1024).map((queue) => [set(0x30, queue), read(slot + 0x34, 4)]),
    },
    pick(0, 1, 8, 9, 128, 1024, 1025, 0x1_0008).map((size) => [set(0x38, size)]),
    fc
      .tuple(pick(0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4), pick(0, 0x8010_0000, 0x8020_0000, 1))
      .map(([offset, value]) => [set(offset, value)]),
    pick(0, 1, 2).map((value) => [set(0x44, value), read(slot + 0x44, 4)]),
    fc
      .tuple(pick(0, 12, 16), pick(0, 0x8_0100, 5))
      .map(([shift, frame]) => [set(0x28, 2 ** shift), set(0x40, frame), read(slot + 0x40, 4)]),
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.nat(0x50), pick<1 | 2 | 4 | 8>(1, 2, 4, 8))
        .map(([at, size]) => [read(slot + 0x100 + Math.floor(at / size) * size, size)]),
    },
    fc
      .tuple(fc.nat(0x50), pick<1 | 2 | 4>(1, 2, 4), word)
      .map(([at, size, value]) => [write(slot + 0x100 + Math.floor(at / size) * size, size, value)]),
    fc
      .tuple(fc.nat(0xfff), pick<1 | 2 | 4 | 8>(1, 2, 4, 8))
      .map(([at, size]) => [read(slot + Math.floor(at / size) * size, size)]),
  );
});

describe('the virtio slots', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-virtio-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, hasModernVirtio] of [
    ['legacy', false],
    ['modern', true],
  ] as const) {
    for (const seed of seeds) {
      it(`by the ${name} interface answer ${accessCount} random accesses as in QEMU (seed ${seed})`, () => {
        const image = { path: join(folder, 'disk'), bytes: diskImage(seed) };
        writeFileSync(image.path, image.bytes);
        const virtio: VirtioOptions[] = [
          { kind: 'block', slot: 0, image: inMemory(image) },
          { kind: 'console' },
          { kind: 'net' },
          { kind: 'balloon' },
        ];
        return compareBoards(fc.sample(step, { numRuns: accessCount, seed }).flat(), {
          machine: { hasModernVirtio, virtio },
          qemu: [
            ...['-global', `virtio-mmio.force-legacy=${hasModernVirtio ? 'false' : 'true'}`],
            ...['-drive', `if=none,format=raw,id=d,file=${image.path}`],
            ...['-device', 'virtio-blk-device,drive=d,bus=virtio-mmio-bus.0'],
            ...['-device', 'virtio-serial-device', '-chardev', 'null,id=c', '-device', 'virtconsole,chardev=c'],
            ...['-netdev', 'hubport,id=n,hubid=0', '-device', 'virtio-net-device,netdev=n'],
            ...['-device', 'virtio-balloon-device'],
          ],
        });
      });
    }
  }
});
