import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { latencyData, latencyText, placeOf, powerText, rateText, trafficData, trafficText } from './charts';

const window = {
  startNs: 1000,
  bucketNs: 500_000,
  lanes: [],
  bytes: [1024, 1024, 4096, 0, 2048, 0, 0, 1024],
  pages: [1, 1, 1, 0, 2, 0, 0, 1],
};
const view = { startNs: 0, endNs: 4_001_000 };

describe('charts of a snapshot', () => {
  it('rates over time come to all that was sent, however wide the steps', () => {
    for (const plotPx of [6, 24, 48, 1000]) {
      const { stepNs, kibPerMs, pagesPerMs } = trafficData(window, view, plotPx);
      const sum = (rates: readonly number[]) => rates.reduce((total, rate) => total + (rate * stepNs) / 1e6, 0);
      equal(sum(kibPerMs), 9);
      equal(sum(pagesPerMs), 6);
    }
  });

  it('say what was sent at a time, or the most there was', () => {
    const data = trafficData(window, view, 25);
    equal(trafficText(data, undefined), 'at most 4 KiB/ms, 2 pages/ms');
    equal(trafficText(data, 10_000), '2 KiB/ms, 2 pages/ms');
    equal(trafficText(data, 9e9), '0 KiB/ms, 0 pages/ms');
  });

  it('say a rate in the unit in which it is short, and those of an axis in one', () => {
    const slow = { ...window, bucketNs: 5e9 };
    const data = trafficData(slow, { startNs: 0, endNs: 40e9 }, 48);
    equal(trafficText(data, undefined), 'at most 0.8 KiB/s, 0.4 pages/s');
    equal(trafficText({ ...data, kibPerMs: [0.6], pagesPerMs: [20] }, undefined), 'at most 600 KiB/s, 20 pages/ms');
    equal(rateText(3072), '3 MiB/ms');
    deepEqual(
      [0, 0.2, 0.4].map((rate) => rateText(rate, 0.4)),
      ['0 KiB/s', '200 KiB/s', '400 KiB/s'],
    );
    deepEqual(
      [0, 0.5, 1].map((rate) => rateText(rate, 1)),
      ['0 KiB/ms', '0.5 KiB/ms', '1 KiB/ms'],
    );
  });

  it('a latency stands within the bar that counts it', () => {
    const latencies = { count: 3, log2Counts: [0, 0, 1, 2], p50Ns: 9000, p99Ns: 15_900, maxNs: 15_900 };
    const [powers, counts] = latencyData(latencies);
    deepEqual(powers, [1, 2, 3, 4]);
    deepEqual(counts, [0, 1, 2, 0]);
    for (const ns of [8000, 9000, 15_999]) ok(placeOf(ns) >= 2.5 && placeOf(ns) < 3.5);
    deepEqual([0, 3, 10].map(powerText), ['1 µs', '8 µs', '1 ms']);
    equal(latencyText(latencies), '3 write faults: p50 9.00 µs, p99 15.9 µs, longest 15.9 µs');
  });
});
