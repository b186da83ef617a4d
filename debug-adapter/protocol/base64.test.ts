import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBase64, toBase64 } from './base64';

describe('base64', () => {
  it('is as others write it, and is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = toBase64(bytes);
        assert.equal(text, Buffer.from(bytes).toString('base64'));
        assert.deepEqual(fromBase64(text), bytes);
      }),
    );
  });
});
