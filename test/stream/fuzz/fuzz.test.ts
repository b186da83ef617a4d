import assert from 'node:assert/strict';
import { fuzz } from './fuzz';
import { seeds } from './seeds';

describe('the stream reader, fuzzed', () => {
  const seed = Number(process.env.SEED ?? 20_26);

  it(`reads or refuses 2,500 mutated streams, without a crash, a hang or unbounded memory; seed ${seed}`, () => {
    const { inputCount, refusedCount, corpusCount } = fuzz(seed, 2500);
    assert.equal(inputCount, 2500);
    assert.ok(refusedCount > 1250 && refusedCount < inputCount, `${refusedCount} refused`);
    assert.ok(corpusCount > seeds().length, 'no mutation reached anything new');
  });
});
