import assert from 'node:assert/strict';
import { FaultLatencies } from './fault-latencies';

function latencies(...ns: readonly number[]): FaultLatencies {
  const faults = new FaultLatencies();
  for (const each of ns) faults.add(each);
  return faults;
}

describe('fault latencies', () => {
  it('have percentiles that are among them: no more than so many percent are shorter', () => {
    const faults = latencies(...Array.from({ length: 200 }, (_, index) => 200 - index));
    assert.deepEqual(faults.percentilesNs([0, 50, 90, 99, 100]), [1, 100, 180, 198, 200]);
    assert.equal(faults.maxNs, 200);
    assert.equal(faults.count, 200);
  });

  it('are counted by power of two of microseconds', () => {
    const faults = latencies(0, 999, 1_000, 1_999, 2_000, 3_999, 4_000, 1_023_999, 1_024_000);
    assert.deepEqual(faults.log2Histogram(), [4, 2, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it('are none when there was no fault', () => {
    assert.deepEqual(latencies().percentilesNs([50, 100]), [0, 0]);
    assert.deepEqual(latencies().log2Histogram(), []);
    assert.equal(latencies().maxNs, 0);
  });
});
