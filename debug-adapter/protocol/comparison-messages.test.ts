import { deepEqual, equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ComparisonMessage, parseComparison } from './comparison-messages';

const message: ComparisonMessage = {
  kind: 'comparison',
  title: 'Working set',
  snapshots: [
    {
      name: 'precopy',
      isComplete: true,
      byteCount: 1,
      copyCount: 2,
      zeroCount: 1,
      duplicateCount: 0,
      totalNs: 5,
      downtimeNs: 3,
      latencies: { count: 0, log2Counts: [], p50Ns: 0, p99Ns: 0, maxNs: 0 },
      instantNs: 4,
    },
  ],
};

describe('comparison messages', () => {
  it('survive the crossing', () => {
    deepEqual(parseComparison(JSON.parse(JSON.stringify(message))), message);
  });

  it('are refused with a field of another type', () => {
    const [snapshot] = message.snapshots;
    for (const change of [{ byteCount: -1 }, { name: 7 }, { latencies: {} }, { wrongCount: 'none' }, { totalNs: null }])
      equal(
        parseComparison({ ...message, snapshots: [{ ...snapshot, ...change }] }),
        undefined,
        JSON.stringify(change),
      );
    equal(parseComparison({ ...message, kind: 'report' }), undefined);
  });
});
