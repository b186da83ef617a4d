import assert from 'node:assert/strict';
import { VirtioBlock } from './virtio-block';
import { sectorByteCount } from './written-sectors';

const image = Uint8Array.from({ length: 4 * sectorByteCount + 100 }, (_, index) => (index >> 9) + 1);
const raw = {
  byteCount: image.length,
  readInto: (bytes: Uint8Array, offset: number) => bytes.set(image.subarray(offset, offset + bytes.length)),
};

function request(
  disk: VirtioBlock,
  type: number,
  sector: number,
  data: Uint8Array,
  answerByteCount: number,
): Uint8Array {
  const out = new Uint8Array(16 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(sector), true);
  out.set(data, 16);
  return disk.serve(0, { head: 0, out, in: [], inByteCount: answerByteCount + 1 });
}

const nothing = new Uint8Array(0);
const read = (disk: VirtioBlock, sector: number, byteCount = sectorByteCount): Uint8Array =>
  request(disk, 0, sector, nothing, byteCount);
const write = (disk: VirtioBlock, sector: number, data: Uint8Array): Uint8Array => request(disk, 1, sector, data, 0);

describe('the virtio block device', () => {
  it('has the sectors of its image, the last one filled up with zeros', () => {
    const disk = new VirtioBlock(raw);
    assert.equal(new DataView(disk.config.buffer).getBigUint64(0, true), 5n);
    assert.deepEqual(read(disk, 4), Uint8Array.of(...new Array(100).fill(5), ...new Array(413).fill(0)));
    const answer = read(disk, 2, 2 * sectorByteCount);
    assert.deepEqual(answer, Uint8Array.of(...new Array(512).fill(3), ...new Array(512).fill(4), 0));
  });

  it('gives an I/O error beyond the end, and for parts of sectors', () => {
    const disk = new VirtioBlock(raw);
    const statuses = [
      read(disk, 5),
      read(disk, 4, 2 * sectorByteCount),
      read(disk, 0, 100),
      read(disk, 2 ** 52),
      write(disk, 5, new Uint8Array(sectorByteCount)),
      disk.serve(0, { head: 0, out: nothing, in: [], inByteCount: 1 }),
    ].map((answer) => answer.at(-1));
    assert.deepEqual(statuses, [1, 1, 1, 1, 1, 1]);
  });

  it('reads back what was written and leaves the image as it was', () => {
    const before = image.slice();
    const disk = new VirtioBlock(raw);
    const data = new Uint8Array(sectorByteCount).fill(0xaa);
    assert.deepEqual(write(disk, 1, data), Uint8Array.of(0));
    assert.deepEqual(read(disk, 1).subarray(0, sectorByteCount), data);
    assert.deepEqual(image, before);
  });

  it('is restored with its written sectors, and later writes do not reach a saved state', () => {
    const disk = new VirtioBlock(raw);
    write(disk, 1, new Uint8Array(sectorByteCount).fill(0xaa));
    const state = disk.save();
    write(disk, 1, new Uint8Array(sectorByteCount).fill(0xbb));
    disk.restore(state);
    assert.equal(read(disk, 1)[0], 0xaa);
  });

  it('zeroes and discards a range of sectors, and refuses one beyond its end', () => {
    const disk = new VirtioBlock(raw);
    const range = (sector: number, sectorCount: number, flags = 0): Uint8Array => {
      const bytes = new Uint8Array(16);
      const view = new DataView(bytes.buffer);
      view.setBigUint64(0, BigInt(sector), true);
      view.setUint32(8, sectorCount, true);
      view.setUint32(12, flags, true);
      return bytes;
    };
    const [discard, writeZeroes, unmap] = [11, 13, 1];
    const statuses = [
      request(disk, writeZeroes, 0, range(1, 2, unmap), 0),
      request(disk, discard, 0, range(0, 1), 0),
      request(disk, writeZeroes, 0, range(4, 2), 0),
      request(disk, discard, 0, range(0, 1, unmap), 0),
      request(disk, discard, 0, new Uint8Array(8), 0),
    ].map((answer) => answer[0]);
    assert.deepEqual(statuses, [0, 0, 1, 2, 1]);
    assert.deepEqual(
      [0, 1, 2, 3].map((sector) => read(disk, sector)[0]),
      [1, 0, 0, 4],
    );
  });

  it('flushes, has no serial number, and refuses what it does not know', () => {
    const disk = new VirtioBlock(raw);
    assert.deepEqual(request(disk, 4, 0, nothing, 0), Uint8Array.of(0));
    assert.deepEqual(request(disk, 8, 0, nothing, 20), new Uint8Array(21));
    assert.equal(request(disk, 99, 0, nothing, 0)[0], 2);
  });
});
