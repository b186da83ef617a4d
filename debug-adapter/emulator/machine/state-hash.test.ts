import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hashPlainData } from './state-hash';

/** As the authors of FNV give it, over 64 bits at once. */
function fnv1a(seed: bigint, text: string): bigint {
  let hash = BigInt.asUintN(64, seed);
  for (const { index } of text.matchAll(/[\s\S]/g)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100_0000_01b3n);
  }
  return hash;
}

describe('the hash of plain data', () => {
  it('is FNV-1a of its parts in words, with maps in key order', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
        fc.string(),
        fc.double(),
        (seed, text, number) => {
          const value = {
            text,
            of: [number, 5n, true],
            map: new Map([
              ['b', 1],
              ['a', 2],
            ]),
          };
          const map = '[[string:a;number:2;][string:b;number:1;]]';
          const words = `text=string:${text};of=[number:${number};bigint:5;boolean:true;]map=${map}`;
          assert.equal(hashPlainData(seed, value), fnv1a(seed, words));
        },
      ),
    );
  });
});
