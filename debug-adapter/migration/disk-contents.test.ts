import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DiskContents } from './disk-contents';

const sector = (value: number): Uint8Array => new Uint8Array(512).fill(value);

const imageOf = (bytes: Uint8Array) => ({ path: 'disk', bytes });

describe("a disk's contents", () => {
  it('are the image with the written sectors in their places, whatever its size', () => {
    const writes = fc.array(fc.tuple(fc.nat(4095), fc.integer({ min: 1, max: 255 })), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat((2 << 20) + 700), writes, (byteCount, written) => {
        const sectors = new Map(
          written.filter(([at]) => at * 512 < byteCount).map(([at, value]) => [at, sector(value)]),
        );
        const expected = new Uint8Array(byteCount).fill(7);
        for (const [at, bytes] of sectors) expected.set(bytes.subarray(0, byteCount - at * 512), at * 512);
        const chunks = [...new DiskContents(imageOf(new Uint8Array(byteCount).fill(7)), sectors).chunks()];
        assert.ok(Buffer.concat(chunks).equals(expected));
      }),
      { numRuns: 30 },
    );
  });

  it('leave the image as it is, also when that is a Buffer', () => {
    const image = Buffer.alloc(1024, 7);
    for (const chunk of new DiskContents(imageOf(image), new Map([[1, sector(9)]])).chunks())
      assert.equal(chunk[512], 9);
    assert.ok(image.equals(Buffer.alloc(1024, 7)));
  });

  it('differ in the sectors that hold other bytes, whoever wrote them', () => {
    const image = imageOf(new Uint8Array(8 * 512));
    const before = new DiskContents(
      image,
      new Map([
        [1, sector(1)],
        [2, sector(0)],
        [3, sector(3)],
      ]),
    );
    const after = new DiskContents(
      image,
      new Map([
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
