import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { WrittenSectors } from '../emulator/devices/written-sectors';
import { inMemory } from '../emulator/machine/image-file';
import { nodeHost } from '../node/host';
import { DiskContents } from './disk-contents';
import { DiskDigests } from './disk-digests';

const pieceByteCount = 64 * 1024;
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** As a shell would: `split --bytes=64K --filter='sha256sum | cut -c -64' disk | sha256sum`. */
function digestOf(bytes: Uint8Array): string {
  let lines = '';
  for (let at = 0; at < bytes.length; at += pieceByteCount) {
    lines += `${sha256(bytes.subarray(at, at + pieceByteCount))}\n`;
  }
  return sha256(lines);
}

describe("a disk's digest", () => {
  it('is that of its pieces’ digests, whatever has been written to it, and however much of its image has been read', () => {
    const disks = fc.record({
      byteCount: fc.oneof(
        fc.nat(5 * pieceByteCount),
        fc.nat(40).map((count) => count * pieceByteCount),
      ),
      isZero: fc.boolean(),
      written: fc.array(fc.tuple(fc.nat(5 * 128), fc.nat(255)), { maxLength: 8 }),
      readCount: fc.nat(4),
    });
    fc.assert(
      fc.property(disks, ({ byteCount, isZero, written, readCount }) => {
        const bytes = Uint8Array.from({ length: byteCount }, (_, at) => (isZero ? 0 : at >> 9));
        const digests = new DiskDigests(inMemory({ path: 'disk', bytes: bytes.slice() }), nodeHost.sha256);
        for (let count = 0; count < readCount; count++) digests.read();
        const sectors = new WrittenSectors(byteCount / 512);
        for (const [sector, value] of written.filter(([at]) => at * 512 < byteCount)) {
          sectors.set(sector, new Uint8Array(512).fill(value));
          bytes.fill(value, sector * 512, (sector + 1) * 512);
        }
        const image = inMemory({
          path: 'disk',
          bytes: new Uint8Array(byteCount).map((_, at) => (isZero ? 0 : at >> 9)),
        });
        assert.equal(digests.of(new DiskContents(image, sectors.keep())), digestOf(bytes));
      }),
      { numRuns: 20 },
    );
  });

  it('reads each piece of the image once, 1 MiB at a time', () => {
    const byteCount = (5 << 20) + 512;
    const bytes = new Uint8Array(byteCount).fill(1);
    const read: [number, number][] = [];
    const file = inMemory({ path: 'disk', bytes });
    const image = {
      ...file,
      readInto(into: Uint8Array, offset: number) {
        read.push([offset, into.length]);
        file.readInto(into, offset);
      },
    };
    const digests = new DiskDigests(image, nodeHost.sha256);
    assert.ok(digests.read());
    assert.deepEqual(read, [[0, 1 << 20]]);
    const unchanged = new DiskContents(image);
    assert.equal(digests.of(unchanged), digests.of(unchanged));
    assert.equal(digests.read(), false);
    const pieces = [0, 1, 2, 3, 4].map((piece) => [piece << 20, 1 << 20]);
    assert.deepEqual(read, [...pieces, [5 << 20, 512]]);
    read.length = 0;
    const sectors = new WrittenSectors(byteCount / 512);
    sectors.set(129, new Uint8Array(512));
    digests.of(new DiskContents(image, sectors.keep()));
    assert.deepEqual(read, [[pieceByteCount, pieceByteCount]]);
  });
});
