import { Activity, activityCount, type SpanStart } from '../protocol/timeline';
import { Newest } from './newest';
import type { Buckets, TimeWindow } from './time-window';

const faultColumn = activityCount;
const spanCountMax = 4096;

/** What one thread did. Its times never run backwards. */
export class LaneHistory {
  readonly spans = new Newest<SpanStart>(spanCountMax);
  private _activity = Activity.None;
  /** Up to here it is in the buckets. */
  private _countedNs: number;
  private _buckets: Buckets[];

  constructor(
    readonly thread: string,
    startNs: number,
    windows: readonly TimeWindow[],
  ) {
    this._countedNs = startNs;
    this._buckets = windows.map(bucketsIn);
    this.spans.push([startNs, Activity.None]);
  }

  get activity(): Activity {
    return this._activity;
  }

  get untilNs(): number {
    return this._countedNs;
  }

  get buckets(): readonly Buckets[] {
    return this._buckets;
  }

  /** From `timeNs` on it does something else, or the same. */
  become(activity: Activity, atNs: number): void {
    if (activity === this._activity) return;
    // What has been counted stays counted, by a look at a thread that others are ahead of.
    const timeNs = Math.max(atNs, this._countedNs);
    this.count(timeNs);
    this._activity = activity;
    const [lastNs] = this.spans.last!;
    if (lastNs < timeNs) {
      this.spans.push([timeNs, activity]);
      return;
    }
    // What took no time was nothing; what was before may go on.
    const before = this.spans.at(this.spans.end - 2);
    if (before?.[1] === activity) this.spans.dropLast();
    else this.spans.replace(this.spans.end - 1, [lastNs, activity]);
  }

  beginFault(timeNs: number): void {
    for (const buckets of this._buckets) buckets.add(faultColumn, timeNs, 1);
  }

  /** It has done what it does up to here, at least. */
  count(timeNs: number): void {
    if (timeNs <= this._countedNs) return;
    for (const buckets of this._buckets) buckets.addSpan(this._activity, this._countedNs, timeNs);
    this._countedNs = timeNs;
  }

  /** The second window is another from here on. */
  replaceWindow(window: TimeWindow): void {
    this._buckets = [this._buckets[0]!, bucketsIn(window)];
  }
}

function bucketsIn(window: TimeWindow): Buckets {
  return window.addSeries(activityCount + 1);
}

/** Shares of 255 of each bucket from `from` on; whoever had any has 1 at least. */
export function sharesFrom(buckets: Buckets, from: number, bucketNs: number): Uint8Array {
  const shares = new Uint8Array(Math.max(0, buckets.length - from) * activityCount);
  for (let bucket = from, at = 0; bucket < buckets.length; bucket++) {
    for (let activity = 0; activity < activityCount; activity++, at++) {
      const ns = buckets.sum(bucket, activity);
      if (ns > 0) shares[at] = Math.max(1, Math.round((ns / bucketNs) * 255));
    }
  }
  return shares;
}

export function faultsFrom(buckets: Buckets, from: number): number[] {
  return Array.from({ length: Math.max(0, buckets.length - from) }, (_, index) =>
    buckets.sum(from + index, faultColumn),
  );
}
