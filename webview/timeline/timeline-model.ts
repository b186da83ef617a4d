/** The timeline as the debug adapter tells it: what its updates add up to. */
import { fromBase64 } from '../../debug-adapter/protocol/base64';
import {
  activityCount,
  type Latencies,
  type PhaseBand,
  type SpanStart,
  type StopMark,
  type Tail,
  type TimelineEvent,
  type TimeWindow,
  type WriteFaultSpan,
} from '../../debug-adapter/protocol/timeline';

export interface LaneData {
  readonly thread: string;
  readonly untilNs: number;
  /** The newest, in the order of time. */
  readonly spans: readonly SpanStart[];
}

export interface LaneBucketsData {
  /** `activityCount` bytes a bucket: shares of 255. */
  readonly shares: Uint8Array;
  readonly faults: readonly number[];
}

export interface WindowData {
  readonly startNs: number;
  readonly bucketNs: number;
  /** By lane. */
  readonly lanes: readonly LaneBucketsData[];
  readonly bytes: readonly number[];
  readonly pages: readonly number[];
}

/** A list of which the oldest are forgotten. */
interface Kept<Item> {
  readonly first: number;
  readonly items: readonly Item[];
}

const nothing: Kept<never> = { first: 0, items: [] };

export class TimelineModel {
  #lanes: readonly (LaneData & { readonly kept: Kept<SpanStart> })[] = [];
  #windows: readonly WindowData[] = [];
  #phases: Kept<PhaseBand> = nothing;
  #faults: Kept<WriteFaultSpan> = nothing;
  #isWhole = false;
  #timeNs = 0;
  /** Up to here spans and single faults are known. */
  #detailNs = 0;
  #latencies: Latencies | undefined;
  #stop: StopMark | undefined;

  /** False: it changes what is not here. @throws Error for an update that is none. */
  apply(event: TimelineEvent): boolean {
    if (event.kind === 'all') this.#clear();
    else if (!this.#isWhole) return false;
    this.#isWhole = true;
    this.#windows = event.windows.map((window, index) => withBuckets(this.#windows[index], window));
    this.#lanes = event.lanes.map(({ thread, untilNs, spans }, index) => {
      const kept = spans ? withTail(this.#lanes[index]?.kept ?? nothing, spans) : (this.#lanes[index]?.kept ?? nothing);
      return { thread, untilNs, kept, spans: kept.items };
    });
    this.#phases = withTail(this.#phases, event.phases);
    if (event.faults) this.#faults = withTail(this.#faults, event.faults);
    this.#timeNs = event.timeNs;
    if (event.faults) this.#detailNs = Math.max(event.timeNs, ...event.lanes.map(({ untilNs }) => untilNs));
    this.#latencies = event.latencies;
    this.#stop = event.stop;
    return true;
  }

  #clear(): void {
    this.#lanes = [];
    this.#windows = [];
    this.#phases = nothing;
    this.#faults = nothing;
    this.#detailNs = 0;
  }

  get isEmpty(): boolean {
    return !this.#isWhole;
  }

  get lanes(): readonly LaneData[] {
    return this.#lanes;
  }

  get windows(): readonly WindowData[] {
    return this.#windows;
  }

  get phases(): readonly PhaseBand[] {
    return this.#phases.items;
  }

  get faults(): readonly WriteFaultSpan[] {
    return this.#faults.items;
  }

  get detailNs(): number {
    return this.#detailNs;
  }

  get latencies(): Latencies | undefined {
    return this.#latencies;
  }

  get stop(): StopMark | undefined {
    return this.#stop;
  }

  /** What threads have done at all. */
  get activities(): ReadonlySet<number> {
    const seen = new Set<number>();
    for (const { shares } of this.#windows[0]?.lanes ?? []) {
      for (let at = 0; at < shares.length; at++) if (shares[at]! > 0) seen.add(at % activityCount);
    }
    for (const { spans } of this.#lanes) for (const [, activity] of spans.slice(-2)) seen.add(activity);
    return seen;
  }

  /** Whoever is ahead of the others has come up to here. */
  get endNs(): number {
    return Math.max(this.#timeNs, ...this.#lanes.map(({ untilNs }) => untilNs), 1);
  }

  /** Of the last snapshot, or undefined before the first. */
  get snapshot(): { readonly startNs: number; readonly endNs: number } | undefined {
    const window = this.#windows[1];
    if (!window) return undefined;
    const bands = this.phases.filter(({ startNs }) => startNs >= window.startNs);
    const isOver = bands.some(({ phase, endNs }) => endings.has(phase) && endNs !== undefined);
    const endNs = isOver ? Math.max(...bands.map((band) => band.endNs ?? 0)) : this.endNs;
    return { startNs: window.startNs, endNs: Math.max(endNs, window.startNs + 1) };
  }
}

const endings: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

function withTail<Item>({ first, items }: Kept<Item>, tail: Tail<Item>): Kept<Item> {
  const end = first + items.length;
  const stays = tail.from >= first && tail.from <= end ? items.slice(0, tail.from - first) : [];
  const from = stays.length > 0 ? first : tail.from;
  const forgotten = Math.max(0, tail.first - from);
  return { first: from + forgotten, items: [...stays, ...tail.items].slice(forgotten) };
}

function withBuckets(before: WindowData | undefined, window: TimeWindow): WindowData {
  const { startNs, bucketNs, traffic } = window;
  const lanes = window.lanes.map(({ from, shares, faults }, index): LaneBucketsData => {
    const known = before?.lanes[index];
    const tail = fromBase64(shares);
    const all = new Uint8Array(from * activityCount + tail.length);
    if (known) all.set(known.shares.subarray(0, from * activityCount));
    all.set(tail, from * activityCount);
    return { shares: all, faults: [...(known?.faults.slice(0, from) ?? []), ...faults] };
  });
  const bytes = [...(before?.bytes.slice(0, traffic.from) ?? []), ...traffic.bytes];
  const pages = [...(before?.pages.slice(0, traffic.from) ?? []), ...traffic.pages];
  return { startNs, bucketNs, lanes, bytes, pages };
}
