import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type KeptSectors, WrittenSectors } from '../emulator/devices/written-sectors';
import { inMemory } from '../emulator/machine/image-file';
import { DiskContents } from './disk-contents';

const sector = (value: number): Uint8Array => new Uint8Array(512).fill(value);

function written(sectors: Iterable<readonly [number, Uint8Array]>): KeptSectors {
  const all = new WrittenSectors(8192);
  for (const [at, bytes] of sectors) all.set(at, bytes);
  return all.keep();
}

const imageOf = (bytes: Uint8Array) => inMemory({ path: 'disk', bytes });

/** All of it, in pieces. */
function bytesOf(disk: DiskContents, sectorCount: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at * 512 < disk.byteCount; at += sectorCount) {
    pieces.push(disk.readInto(new Uint8Array(sectorCount * 512), at * 512));
  }
  return Buffer.concat(pieces);
}

describe("a disk's contents", () => {
  it('are the image with the written sectors in their places, whatever its size', () => {
    const someWrites = fc.array(fc.tuple(fc.nat(4095), fc.integer({ min: 1, max: 255 })), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat((2 << 20) + 700), someWrites, fc.nat(1000), (byteCount, writes, sectorCount) => {
        const sectors = new Map(
          writes.filter(([at]) => at * 512 < byteCount).map(([at, value]) => [at, sector(value)]),
        );
        const expected = new Uint8Array(byteCount).fill(7);
        for (const [at, bytes] of sectors) expected.set(bytes.subarray(0, byteCount - at * 512), at * 512);
        const disk = new DiskContents(imageOf(new Uint8Array(byteCount).fill(7)), written(sectors));
        assert.ok(bytesOf(disk, sectorCount + 1).equals(expected));
      }),
      { numRuns: 30 },
    );
  });

  it('leave the image as it is, also when that is a Buffer', () => {
    const image = Buffer.alloc(1024, 7);
    assert.equal(new DiskContents(imageOf(image), written([[1, sector(9)]])).readInto(new Uint8Array(1024), 0)[512], 9);
    assert.ok(image.equals(Buffer.alloc(1024, 7)));
  });

  it('differ in the sectors that hold other bytes, whoever wrote them', () => {
    const image = imageOf(new Uint8Array(8 * 512));
    const before = new DiskContents(
      image,
      written([
        [1, sector(1)],
        [2, sector(0)],
        [3, sector(3)],
      ]),
    );
    const after = new DiskContents(
      image,
      written([
        [1, sector(1)],
        [3, sector(4)],
        [7, sector(1)],
      ]),
    );
    assert.deepEqual(before.differences(after), [3, 7]);
    assert.deepEqual(after.differences(before), [3, 7]);
    assert.deepEqual(before.differences(before), []);
  });
});
