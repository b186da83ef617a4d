import assert from 'node:assert/strict';
import { Mrom } from './mrom';

describe('mask ROM', () => {
  const mrom = new Mrom({ start: 0x8000_0000n, fdt: 0x83e0_0000n, kernelEntry: 0x8020_0000n });

  it('holds the jump target and the device tree behind the code', () => {
    assert.equal(mrom.read(0x18, 8), 0x8000_0000n);
    assert.equal(mrom.read(0x20, 8), 0x83e0_0000n);
  });

  it('is read in any size and never changes', () => {
    const before = mrom.read(0, 4);
    assert.equal(mrom.write(), 'ok');
    assert.equal(mrom.read(0, 4), before);
    assert.equal(mrom.read(1, 2), 0x0002n);
  });

  it('gives fetches the rest of a page', () => {
    assert.equal(mrom.fetch(0x10).length, 0xff0);
    assert.equal(mrom.fetch(0xe000).length, 0x1000);
  });

  it('ends where it ends', () => {
    assert.equal(mrom.read(0xeffc, 8), 'fault');
  });
});
