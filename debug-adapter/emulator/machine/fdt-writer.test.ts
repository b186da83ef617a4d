import assert from 'node:assert/strict';
import { FdtWriter } from './fdt-writer';

describe('device tree writer', () => {
  const write = (totalByteCount: number): Uint8Array => {
    const fdt = new FdtWriter();
    fdt.node('', () => {
      fdt.cells('a', 0xdead_beef, 1);
      fdt.node('n', () => {
        fdt.strings('a', 'x', 'yz');
        fdt.flag('flag');
      });
    });
    return fdt.finish(totalByteCount);
  };

  it('writes blocks where its header says', () => {
    const bytes = write(256);
    const view = new DataView(bytes.buffer);
    const header = Array.from({ length: 10 }, (_, index) => view.getUint32(index * 4));
    assert.deepEqual(header, [0xd00d_feed, 143, 56, 136, 40, 17, 16, 0, 7, 80]);
    assert.equal(new TextDecoder().decode(bytes.subarray(136, 143)), 'a\0flag\0');
  });

  it('shares property names and pads values to words', () => {
    const view = new DataView(write(256).buffer, 56);
    const words = Array.from({ length: 80 / 4 }, (_, index) => view.getUint32(index * 4));
    assert.deepEqual(words, [
      ...[1, 0],
      ...[3, 8, 0, 0xdead_beef, 1],
      ...[1, 0x6e00_0000],
      ...[3, 5, 0, 0x7800_797a, 0],
      ...[3, 0, 2],
      ...[2, 2, 9],
    ]);
  });

  it('refuses a tree that does not fit', () => {
    assert.throws(() => write(100), RangeError);
  });
});
