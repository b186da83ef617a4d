import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { coreModule } from '../core/guest';
import { documents } from './documents';
import { maxBandwidth, type RatePoint, ramMib, sweep } from './sweep';

const ramByteCount = ramMib << 20;

describe('snapshots of the same guest from the same instant, by how fast it writes', () => {
  let points: readonly RatePoint[];
  before(async () => {
    points = await sweep(coreModule());
  });

  it('send each page once by background-snapshot and by track-writes-ram, at any rate', () => {
    for (const { background, trackWritesRam } of points) {
      for (const row of [background, trackWritesRam]) {
        assert.equal(row.duplicateCount, 0);
        assert.equal(row.copyCount, background.copyCount);
        assert.ok(row.byteCount < ramByteCount * 1.01);
      }
    }
  });

  it('send the more pages again by dirty logging the faster the guest writes, with a limit and without', () => {
    for (const way of ['precopy', 'unlimited'] as const) {
      const duplicates = points.map((point) => point[way].duplicateCount);
      assert.ok(duplicates[0]! > 0);
      for (const [index, count] of duplicates.slice(1).entries())
        assert.ok(count > duplicates[index]!, `${duplicates}`);
      for (const { background, ...point } of points) assert.ok(point[way].byteCount > background.byteCount);
    }
  });

  it('are ten times smaller by write tracking when the guest writes faster than the channel takes it', () => {
    const fast = points.filter(({ writesPerSecond }) => writesPerSecond * 4096 > 2 * maxBandwidth);
    assert.ok(fast.length > 0);
    for (const { background, precopy } of fast) assert.ok(precopy.byteCount > 10 * background.byteCount);
  });

  it('show RAM at the start by write tracking and at the end by dirty logging, byte for byte', () => {
    for (const { background, trackWritesRam, precopy, unlimited } of points) {
      for (const row of [background, trackWritesRam, precopy, unlimited]) assert.equal(row.differsFromInstant, 0);
      for (const { instantNs, totalNs, differsFromEnd } of [background, trackWritesRam]) {
        assert.ok(instantNs < 1_000_000 && instantNs < totalNs / 50);
        assert.ok(differsFromEnd > 0);
      }
      for (const { instantNs, totalNs, differsFromEnd, differsFromStart } of [precopy, unlimited]) {
        assert.ok(instantNs > totalNs * 0.8);
        assert.equal(differsFromEnd, 0);
        assert.ok(differsFromStart > 0);
      }
    }
  });

  it('let writes wait only by write tracking, no longer than two pages and the end of a section take', () => {
    for (const { background, trackWritesRam, precopy } of points) {
      for (const row of [background, trackWritesRam]) {
        assert.ok(row.faultCount > 0);
        assert.ok(row.faultP50Ns <= row.faultP90Ns && row.faultP99Ns <= row.faultMaxNs);
        assert.ok(row.faultMaxNs < 2 * 12_500 + 5_000, `${row.faultMaxNs} ns`);
        assert.equal(
          row.faultLog2Histogram.reduce((sum, count) => sum + count, 0),
          row.faultCount,
        );
      }
      assert.equal(precopy.faultCount, 0);
    }
  });

  it('can all be read to the end but those of track-writes-ram', () => {
    for (const { background, trackWritesRam, precopy, unlimited } of points) {
      for (const row of [background, precopy, unlimited]) assert.equal(row.streamError, undefined);
      assert.match(trackWritesRam.streamError!, /truncated/);
    }
  });

  it('are in the documents as they were measured now', () => {
    for (const [path, text] of documents(points)) {
      const name = relative(process.cwd(), path);
      assert.equal(readFileSync(path, 'utf8'), text, `${name} differs; npm run -s compare -- --write rewrites it`);
    }
  });
});
