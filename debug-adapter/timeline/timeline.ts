import { toBase64 } from '../protocol/base64';
import {
  Activity,
  type Lane,
  type LaneBuckets,
  type PhaseBand,
  type TimelineUpdate,
  type TimeWindow as ToldWindow,
  type TrafficBuckets,
  type WriteFaultSpan,
} from '../protocol/timeline';
import { faultsFrom, LaneHistory, sharesFrom } from './lane-history';
import { Newest } from './newest';
import { type Buckets, TimeWindow } from './time-window';

const bucketNsMin = 1024;
const runBucketCount = 1024;
const snapshotBucketCount = 2048;
const faultCountMax = 4096;
const phaseCountMax = 512;
const bytesColumn = 0;
const pagesColumn = 1;

/** Up to where somebody knows the timeline, by what `update` has told. */
export interface TimelineMark {
  readonly windows: readonly { readonly window: TimeWindow; readonly doublings: number; readonly traffic: number }[];
  /** By lane, buckets by window. */
  readonly lanes: readonly { readonly spans: number; readonly buckets: readonly number[] }[];
  readonly phases: number;
  readonly faults: number;
}

/** What an update tells besides. */
interface Told {
  readonly timeNs: number;
  /** Spans and single faults too; without them they stay to be told. */
  readonly hasDetail: boolean;
}

/** What all threads did, what was sent, and what a snapshot went through. */
export class Timeline {
  private readonly _lanes: LaneHistory[] = [];
  /** The whole run, and the last snapshot. */
  private _windows = [new TimeWindow(0, bucketNsMin, runBucketCount)];
  private _traffic = [trafficIn(this._windows[0]!)];
  private _trafficNs = -Infinity;
  /** Not in the buckets yet, and up to where all of it falls into one of each window. */
  private _newByteCount = 0;
  private _newPageCount = 0;
  private _newUntilNs = -Infinity;
  private readonly _phases = new Newest<PhaseBand>(phaseCountMax);
  private readonly _faults = new Newest<WriteFaultSpan>(faultCountMax);
  /** By lane: the number of the fault that it sleeps in. */
  private readonly _openFaults = new Map<LaneHistory, number>();
  /** By thread: the number of the phase that it is in. */
  private readonly _openPhases = new Map<string, number>();

  /** Of a thread; from the start of the run on, if it is new. */
  lane(thread: string): LaneHistory {
    const known = this._lanes.find((lane) => lane.thread === thread);
    if (known) return known;
    const lane = new LaneHistory(thread, 0, this._windows);
    this._lanes.push(lane);
    return lane;
  }

  /** `page`: whose write it sleeps in. */
  become(lane: LaneHistory, activity: Activity, timeNs: number, page?: number): void {
    if (activity === lane.activity) return;
    const open = this._openFaults.get(lane);
    if (open !== undefined) {
      this.#endFault(open, timeNs);
      this._openFaults.delete(lane);
    }
    lane.become(activity, timeNs);
    if (activity === Activity.InFault && page !== undefined) this.fault(lane, page, timeNs);
  }

  #endFault(number: number, endNs: number): void {
    const fault = this._faults.at(number);
    if (!fault) return;
    // Not a copy with spread syntax: V8 gives each of those a hidden class of its own, a quarter of a KiB a fault.
    const { lane, page, startNs } = fault;
    this._faults.replace(number, { lane, page, startNs, endNs });
  }

  /** It sleeps in a write to a page; which one, and since when, may be known only now. */
  fault(lane: LaneHistory, page: number, startNs: number): void {
    lane.beginFault(startNs);
    this._openFaults.set(lane, this._faults.end);
    this._faults.push({ lane: this._lanes.indexOf(lane), page, startNs });
  }

  enterPhase(band: Omit<PhaseBand, 'startNs' | 'endNs'>, timeNs: number): void {
    this.endPhase(band.thread, timeNs);
    this._openPhases.set(band.thread, this._phases.end);
    this._phases.push({ ...band, startNs: timeNs });
  }

  /** The thread is in none any more. */
  endPhase(thread: string, timeNs: number): void {
    const open = this._openPhases.get(thread);
    if (open === undefined) return;
    this._openPhases.delete(thread);
    const band = this._phases.at(open);
    if (band) this._phases.replace(open, { ...band, endNs: timeNs });
  }

  beginSnapshot(timeNs: number): void {
    this.#sumUpTraffic();
    const window = new TimeWindow(timeNs, bucketNsMin, snapshotBucketCount);
    this._windows = [this._windows[0]!, window];
    this._traffic = [this._traffic[0]!, trafficIn(window)];
    for (const lane of this._lanes) lane.replaceWindow(window);
  }

  /** So much more has been sent. */
  sent(timeNs: number, byteCount: number, pageCount: number): void {
    if (timeNs >= this._newUntilNs) {
      this.#sumUpTraffic();
      this._newUntilNs = Math.min(...this._windows.map((window) => window.bucketEndNs(timeNs)));
    }
    this._trafficNs = Math.max(this._trafficNs, timeNs);
    this._newByteCount += byteCount;
    this._newPageCount += pageCount;
  }

  #sumUpTraffic(): void {
    for (const traffic of this._traffic) {
      if (this._newByteCount > 0) traffic.add(bytesColumn, this._trafficNs, this._newByteCount);
      if (this._newPageCount > 0) traffic.add(pagesColumn, this._trafficNs, this._newPageCount);
    }
    this._newByteCount = 0;
    this._newPageCount = 0;
    this._newUntilNs = -Infinity;
  }

  /** All that has changed since the mark; without one, all. */
  update(since: TimelineMark | undefined, { timeNs, hasDetail }: Told): { update: TimelineUpdate; mark: TimelineMark } {
    this.#sumUpTraffic();
    const windows = this._windows.map((window, index) => this.#windowSince(since, window, index));
    const faults = since?.faults ?? 0;
    const phases = since?.phases ?? 0;
    const update: TimelineUpdate = {
      kind: since ? 'changes' : 'all',
      timeNs,
      lanes: this._lanes.map((lane, index): Lane => {
        const from = since?.lanes[index]?.spans ?? 0;
        const { thread, untilNs, spans } = lane;
        return { thread, untilNs, ...(hasDetail && { spans: spans.tail(from) }) };
      }),
      windows,
      phases: this._phases.tail(phases),
      ...(hasDetail && { faults: this._faults.tail(faults) }),
    };
    return { update, mark: this.#mark(since, hasDetail) };
  }

  #windowSince(since: TimelineMark | undefined, window: TimeWindow, index: number): ToldWindow {
    const mark = since?.windows[index];
    const isSame = mark?.window === window && mark.doublings === window.doublings;
    const { startNs, bucketNs } = window;
    const lanes = this._lanes.map((lane, at): LaneBuckets => {
      const from = isSame ? (since?.lanes[at]?.buckets[index] ?? 0) : 0;
      const buckets = lane.buckets[index]!;
      return { from, shares: toBase64(sharesFrom(buckets, from, bucketNs)), faults: faultsFrom(buckets, from) };
    });
    return { startNs, bucketNs, lanes, traffic: trafficFrom(this._traffic[index]!, isSame ? mark.traffic : 0) };
  }

  /** What may still change lies behind it. */
  #mark(since: TimelineMark | undefined, hasDetail: boolean): TimelineMark {
    const { end } = this._faults;
    return {
      windows: this._windows.map((window, index) => ({
        window,
        doublings: window.doublings,
        traffic: lastOf(this._traffic[index]!),
      })),
      lanes: this._lanes.map(({ spans, buckets }, index) => ({
        spans: hasDetail ? Math.max(0, spans.end - 2) : (since?.lanes[index]?.spans ?? 0),
        buckets: buckets.map(lastOf),
      })),
      phases: Math.min(this._phases.end, ...this._openPhases.values()),
      faults: hasDetail ? Math.min(end, ...this._openFaults.values()) : (since?.faults ?? 0),
    };
  }
}

function trafficIn(window: TimeWindow): Buckets {
  return window.addSeries(2);
}

function trafficFrom(traffic: Buckets, from: number): TrafficBuckets {
  const column = (which: number) =>
    Array.from({ length: Math.max(0, traffic.length - from) }, (_, index) => traffic.sum(from + index, which));
  return { from, bytes: column(bytesColumn), pages: column(pagesColumn) };
}

/** More may come to the last one. */
function lastOf({ length }: Buckets): number {
  return Math.max(0, length - 1);
}
