import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Activity, activityCount } from '../../debug-adapter/protocol/timeline';
import { Timeline } from '../../debug-adapter/timeline/timeline';
import { faultColumns, laneColumns, lanePixels } from './lane-columns';
import { TimelineModel } from './timeline-model';

const change = fc.record({
  activity: fc.integer({ min: 1, max: activityCount - 1 }),
  afterNs: fc.integer({ min: 1, max: 40_000 }),
  look: fc.constantFrom('none', 'running', 'still'),
});

describe('the timeline that is shown', () => {
  it('is the one recorded, however it has been told of', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const timeline = new Timeline();
        const lane = timeline.lane('hart 0');
        const [told, whole] = [new TimelineModel(), new TimelineModel()];
        let mark: Parameters<Timeline['update']>[0];
        let timeNs = 0;
        const tell = (hasDetail: boolean) => {
          lane.count(timeNs);
          const look = timeline.update(mark, { timeNs, hasDetail });
          mark = look.mark;
          ok(told.apply(look.update));
        };
        for (const { activity, afterNs, look } of changes) {
          timeNs += afterNs;
          timeline.become(lane, activity, timeNs, 7);
          timeline.sent(timeNs, 100, 1);
          if (activity === Activity.Stopped) timeline.beginSnapshot(timeNs);
          if (look !== 'none') tell(look === 'still');
        }
        tell(true);
        ok(whole.apply(timeline.update(undefined, { timeNs, hasDetail: true }).update));
        deepEqual(told.windows, whole.windows);
        deepEqual(told.lanes[0]!.spans, whole.lanes[0]!.spans);
        deepEqual(told.faults, whole.faults);
      }),
    );
  });

  it('changes of what was never whole are passed over', () => {
    const timeline = new Timeline();
    const { mark } = timeline.update(undefined, { timeNs: 0, hasDetail: true });
    equal(new TimelineModel().apply(timeline.update(mark, { timeNs: 5, hasDetail: true }).update), false);
  });
});

/** 100 ms: a write fault of 10 µs each ms, of which only the newest are known one by one. */
function recorded(hasDetail: boolean): TimelineModel {
  const timeline = new Timeline();
  const lane = timeline.lane('hart 0');
  timeline.become(lane, Activity.Running, 0);
  for (let ms = 1; ms < 100; ms++) {
    timeline.become(lane, Activity.InFault, ms * 1e6, ms);
    timeline.become(lane, Activity.Running, ms * 1e6 + 10_000);
  }
  lane.count(100e6);
  const model = new TimelineModel();
  model.apply(timeline.update(undefined, { timeNs: 100e6, hasDetail }).update);
  return model;
}

describe('columns of a lane', () => {
  it('have the time that they stand for, from spans to the nanosecond', () => {
    const view = { startNs: 49_995_000, endNs: 50_015_000 };
    const columns = laneColumns(recorded(true), 0, view, 20);
    const slept = Array.from({ length: 20 }, (_, column) => columns[column * activityCount + Activity.InFault]!);
    deepEqual(slept, [...Array(5).fill(0), ...Array(10).fill(1000), ...Array(5).fill(0)]);
    equal(
      columns.reduce((sum, ns) => sum + ns, 0),
      20_000,
    );
  });

  it('have it from buckets where spans are not known', () => {
    const columns = laneColumns(recorded(false), 0, { startNs: 0, endNs: 100e6 }, 10);
    for (let column = 0; column < 10; column++) {
      const [slept, ran] = [Activity.InFault, Activity.Running].map((each) => columns[column * activityCount + each]!);
      // A bucket tells its share of 255, and of something rare at least one.
      ok(slept! >= 80_000 && slept! < 1e6, `${slept} ns asleep`);
      ok(Math.abs(ran! - 9.9e6) < 2e5, `${ran} ns running`);
    }
  });

  it('show what is rare whatever the zoom, and nothing where the thread was not there', () => {
    const palette = Uint32Array.from({ length: activityCount }, (_, activity) => activity);
    const pixels = lanePixels(laneColumns(recorded(true), 0, { startNs: 0, endNs: 100e6 }, 10), 20, palette);
    for (let column = 0; column < 10; column++) {
      equal(pixels[column], Activity.InFault);
      equal(pixels[19 * 10 + column], Activity.Running);
    }
    equal(new Set(lanePixels(new Float64Array(activityCount), 20, palette)).size, 1);
  });

  it('every write fault is counted, known one by one or not', () => {
    for (const hasDetail of [true, false]) {
      const counts = faultColumns(recorded(hasDetail), { startNs: 0, endNs: 100e6 }, 10);
      equal(
        counts.reduce((sum, count) => sum + count, 0),
        99,
      );
    }
  });
});
