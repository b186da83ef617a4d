import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isZero } from './zero-bytes';

describe('bytes', () => {
  it('are zero when each of them is, wherever they lie', () => {
    const places = fc.record({ offset: fc.nat(9), length: fc.nat(40), at: fc.nat(60), value: fc.nat(2) });
    fc.assert(
      fc.property(places, ({ offset, length, at, value }) => {
        const around = new Uint8Array(64).fill(0);
        around[at] = value;
        const bytes = around.subarray(offset, offset + length);
        assert.equal(
          isZero(bytes),
          bytes.every((byte) => byte === 0),
        );
      }),
    );
  });
});
