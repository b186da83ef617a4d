import assert from 'node:assert/strict';
import { fuzz } from './fuzz';
import { seeds } from './seeds';

describe('the stream reader, fuzzed', () => {
  it('reads or refuses 20,000 mutated streams, without a crash, a hang or unbounded memory', () => {
    const { inputCount, refusedCount, corpusCount } = fuzz(20_26, 20_000);
    assert.equal(inputCount, 20_000);
    assert.ok(refusedCount > 10_000 && refusedCount < inputCount, `${refusedCount} refused`);
    assert.ok(corpusCount > seeds().length, 'no mutation reached anything new');
  });
});
