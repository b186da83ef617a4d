import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { clampView, durationText, panned, showing, ticksIn, tickText, zoomed } from './time-view';

const limits = { startNs: 0, endNs: 1e9 };
const view = fc
  .tuple(fc.nat(999_999_000), fc.integer({ min: 200, max: 1e9 }))
  .map(([startNs, length]) => clampView({ startNs, endNs: startNs + length }, limits));

describe('the part of the run in view', () => {
  it('never leaves what there is, however it is zoomed and panned', () => {
    const act = fc.oneof(
      fc.record({
        zoom: fc.double({ min: 0.01, max: 100, noNaN: true }),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ pan: fc.double({ min: -3, max: 3, noNaN: true }) }),
    );
    fc.assert(
      fc.property(view, fc.array(act), (start, acts) => {
        let now = start;
        for (const each of acts) {
          const atNs = now.startNs + ('at' in each ? each.at : 0) * (now.endNs - now.startNs);
          now = 'zoom' in each ? zoomed(now, each.zoom, atNs, limits) : panned(now, each.pan, limits);
          ok(now.startNs >= 0 && now.endNs <= 1e9 + 1e-3 && now.endNs - now.startNs >= 99.9);
        }
      }),
    );
  });

  it('a time stays where it is when it is zoomed at', () => {
    const { startNs, endNs } = zoomed({ startNs: 100, endNs: 1100 }, 0.5, 350, limits);
    equal((350 - startNs) / (endNs - startNs), 0.25);
  });

  it('moves only to what is not in it', () => {
    const now = { startNs: 1000, endNs: 2000 };
    equal(showing(now, 1500, limits), now);
    deepEqual(showing(now, 5000, limits), { startNs: 4100, endNs: 5100 });
  });

  it('has round ticks, whose texts tell them apart', () => {
    fc.assert(
      fc.property(view, (part) => {
        const { ticks, stepNs } = ticksIn(part, 8);
        ok(ticks.length <= 9);
        equal(new Set(ticks.map((tick) => tickText(tick, stepNs))).size, ticks.length);
      }),
    );
    equal(tickText(20_500_000, 500_000), '20.5 ms');
    equal(tickText(3e9, 1e9), '3 s');
  });

  it('durations are said in three digits', () => {
    deepEqual([7, 15_400, 363_200, 1_234_000, 59e9].map(durationText), [
      '7 ns',
      '15.4 µs',
      '363 µs',
      '1.23 ms',
      '59.0 s',
    ]);
  });
});
