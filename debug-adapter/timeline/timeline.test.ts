import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { fromBase64 } from '../protocol/base64';
import { Activity, activityCount } from '../protocol/timeline';
import { TimeWindow } from './time-window';
import { Timeline } from './timeline';

const bucketCountMax = 16;
const span = fc.record({ lengthNs: fc.nat(5000), column: fc.nat(2), gapNs: fc.nat(300) });

describe('buckets of time', () => {
  it('sums are the truth, however often buckets have been merged, and there are never more of them', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 60 }), fc.nat(2000), (spans, startNs) => {
        const window = new TimeWindow(startNs, 4, bucketCountMax);
        const buckets = window.addSeries(3);
        const truth = [0, 0, 0];
        let timeNs = 0;
        for (const { lengthNs, column, gapNs } of spans) {
          const fromNs = timeNs + gapNs;
          timeNs = fromNs + lengthNs;
          buckets.addSpan(column, fromNs, timeNs);
          truth[column]! += Math.max(0, timeNs - Math.max(startNs, fromNs));
        }
        ok(buckets.length <= bucketCountMax);
        const sums = truth.map((_, column) => {
          let sum = 0;
          for (let bucket = 0; bucket < buckets.length; bucket++) sum += buckets.sum(bucket, column);
          return sum;
        });
        deepEqual(sums, truth);
      }),
    );
  });

  it('each bucket has what lay in it', () => {
    const window = new TimeWindow(100, 10, 4);
    const buckets = window.addSeries(1);
    buckets.addSpan(0, 95, 125);
    deepEqual(
      [0, 1, 2].map((bucket) => buckets.sum(bucket, 0)),
      [10, 10, 5],
    );
    buckets.addSpan(0, 125, 145);
    equal(window.bucketNs, 20);
    deepEqual(
      [0, 1, 2].map((bucket) => buckets.sum(bucket, 0)),
      [20, 20, 5],
    );
  });
});

const change = fc.record({
  activity: fc.integer({ min: 0, max: activityCount - 1 }),
  afterNs: fc.nat(100_000),
  looks: fc.boolean(),
});

/** What the changes come to, with a look at it after some of them. */
function recorded(changes: readonly { activity: number; afterNs: number; looks: boolean }[], looks: boolean) {
  const timeline = new Timeline();
  const lane = timeline.lane('hart 0');
  let mark: Parameters<Timeline['update']>[0];
  let timeNs = 0;
  for (const { activity, afterNs, looks: looksNow } of changes) {
    timeNs += afterNs;
    timeline.become(lane, activity, timeNs, 7);
    if (!looks || !looksNow) continue;
    lane.count(timeNs);
    mark = timeline.update(mark, { timeNs, hasDetail: afterNs % 2 === 0 }).mark;
  }
  lane.count(timeNs);
  return { timeline, lane, timeNs };
}

describe('the timeline', () => {
  it('the activities of a thread add up to the time that has passed', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
        const { lane, timeNs } = recorded(changes, false);
        const truth = new Array<number>(activityCount).fill(0);
        let before = Activity.None as number;
        for (const { activity, afterNs } of changes) {
          truth[before]! += afterNs;
          before = activity;
        }
        const [buckets] = lane.buckets;
        const sums = truth.map((_, activity) => {
          let sum = 0;
          for (let bucket = 0; bucket < buckets!.length; bucket++) sum += buckets!.sum(bucket, activity);
          return sum;
        });
        deepEqual(sums, truth);
        equal(
          sums.reduce((sum, ns) => sum + ns, 0),
          timeNs,
        );
      }),
    );
  });

  it('is the same whether somebody has looked at it meanwhile or not', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const [seen, unseen] = [recorded(changes, true), recorded(changes, false)];
        const all = ({ timeline, timeNs }: typeof seen) =>
          timeline.update(undefined, { timeNs, hasDetail: true }).update;
        deepEqual(all(seen), all(unseen));
      }),
    );
  });

  it('an hour of a thread that does something else each microsecond fits into the same memory as a second', () => {
    const timeline = new Timeline();
    const lane = timeline.lane('hart 0');
    timeline.beginSnapshot(0);
    const sizeOf = () => JSON.stringify(timeline.update(undefined, { timeNs: 0, hasDetail: true }).update).length;
    let timeNs = 0;
    const goOn = (count: number, stepNs: number) => {
      for (let index = 0; index < count; index++) {
        timeNs += stepNs;
        timeline.become(lane, index % 2 === 0 ? Activity.InFault : Activity.Running, timeNs, index);
        timeline.enterPhase({ phase: 'save', label: 'Save', thread: 'migration', role: 'migration' }, timeNs);
        timeline.sent(timeNs, 4096, 1);
      }
    };
    goOn(20_000, 1000);
    const afterAWhile = sizeOf();
    goOn(60_000, 60_000_000);
    ok(timeNs > 3600e9);
    // Numbers have more digits.
    ok(sizeOf() < afterAWhile * 1.5, `${sizeOf()} bytes after an hour, ${afterAWhile} before`);
  });

  it('keeps of write faults who slept, on which page, from when to when', () => {
    const timeline = new Timeline();
    const [hart, main] = [timeline.lane('hart 0'), timeline.lane('main loop')];
    timeline.become(hart, Activity.Running, 0);
    timeline.become(hart, Activity.InFault, 100, 7);
    timeline.become(main, Activity.InFault, 120, 9);
    timeline.become(hart, Activity.Running, 150);
    const first = timeline.update(undefined, { timeNs: 200, hasDetail: true });
    deepEqual(first.update.faults, {
      first: 0,
      from: 0,
      items: [
        { lane: 0, page: 7, startNs: 100, endNs: 150 },
        { lane: 1, page: 9, startNs: 120 },
      ],
    });
    timeline.become(main, Activity.Running, 210);
    const { faults } = timeline.update(first.mark, { timeNs: 300, hasDetail: true }).update;
    deepEqual(faults, { first: 0, from: 1, items: [{ lane: 1, page: 9, startNs: 120, endNs: 210 }] });
  });

  it('tells what it had no room for as shares: a moment of something rare is seen', () => {
    const timeline = new Timeline();
    const lane = timeline.lane('hart 0');
    timeline.become(lane, Activity.Running, 0);
    timeline.become(lane, Activity.InFault, 500_000_000, 1);
    timeline.become(lane, Activity.Running, 500_000_100);
    lane.count(1_000_000_000);
    const { windows } = timeline.update(undefined, { timeNs: 1_000_000_000, hasDetail: false }).update;
    const shares = fromBase64(windows[0]!.lanes[0]!.shares);
    const bucket = Math.floor(500_000_000 / windows[0]!.bucketNs);
    equal(shares[bucket * activityCount + Activity.InFault], 1);
    equal(windows[0]!.lanes[0]!.faults[bucket], 1);
  });
});
