import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ComparedSnapshot } from '../../debug-adapter/protocol/comparison-messages';
import { figureRows } from './figures';

const tracking: ComparedSnapshot = {
  name: 'background-snapshot',
  isComplete: true,
  byteCount: 32 << 20,
  copyCount: 8192,
  zeroCount: 100,
  duplicateCount: 0,
  totalNs: 100e6,
  downtimeNs: 300_000,
  latencies: { count: 4, log2Counts: [0, 0, 0, 4], p50Ns: 9000, p99Ns: 15_000, maxNs: 15_000 },
  instantNs: 600_000,
  wrongCount: 0,
  guestSpeed: 0.98,
};
const none = { count: 0, log2Counts: [], p50Ns: 0, p99Ns: 0, maxNs: 0 };
const precopy: ComparedSnapshot = { ...tracking, name: 'precopy', byteCount: 64 << 20, latencies: none };

describe('compared snapshots', () => {
  const rows = new Map(figureRows([tracking, precopy]).map((row) => [row.name, row.cells]));

  it('have a bar as long as their part of the most', () => {
    deepEqual(rows.get('Written'), [
      { text: '32.0 MiB', share: 0.5 },
      { text: '64.0 MiB', share: 1 },
    ]);
  });

  it('have no bar where there is nothing, and no latency where nobody waited', () => {
    deepEqual(rows.get('Wrong pages'), [
      { text: '0', share: 0 },
      { text: '0', share: 0 },
    ]);
    equal(rows.get('Latency p99')![1]!.text, '–');
  });

  it('show only figures that are known of any', () => {
    const { instantNs: _1, wrongCount: _2, guestSpeed: _3, ...reported } = tracking;
    const names = figureRows([reported, reported]).map(({ name }) => name);
    ok(!names.includes('Guest speed') && names.includes('Downtime'));
  });
});
