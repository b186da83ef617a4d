/** What a lane shows in each column of pixels: how much of its height each activity has. */
import { Activity, activityCount } from '../../debug-adapter/protocol/timeline';
import type { TimeView } from './time-view';
import type { LaneData, TimelineModel, WindowData } from './timeline-model';

/** Seen even where they take next to no time: at least so many pixels of a column's height. */
const rareHeightPx = 3;
/** From the bottom of a column to its top. */
const stacking = [
  Activity.Running,
  Activity.HoldsBql,
  Activity.Idle,
  Activity.Waits,
  Activity.WaitsForBql,
  Activity.Stopped,
  Activity.InFault,
] as const;
const common: ReadonlySet<Activity> = new Set([Activity.None, Activity.Idle, Activity.Running]);

/**
 * Nanoseconds by column and activity (`activityCount` a column). Where spans are known they are what counts; elsewhere
 * buckets, the finer of those that there are.
 */
export function laneColumns(model: TimelineModel, index: number, view: TimeView, columnCount: number): Float64Array {
  const columns = new Float64Array(columnCount * activityCount);
  const lane = model.lanes[index]!;
  const columnNs = (view.endNs - view.startNs) / columnCount;
  const add = (activity: number, fromNs: number, toNs: number, share: number): void => {
    const [from, to] = [Math.max(fromNs, view.startNs), Math.min(toNs, view.endNs)];
    if (to <= from) return;
    const first = Math.floor((from - view.startNs) / columnNs);
    const last = Math.min(columnCount - 1, Math.ceil((to - view.startNs) / columnNs) - 1);
    for (let column = first; column <= last; column++) {
      const beginsNs = view.startNs + column * columnNs;
      const ns = Math.min(to, beginsNs + columnNs) - Math.max(from, beginsNs);
      columns[column * activityCount + activity]! += Math.max(0, ns) * share;
    }
  };
  const known = knownSpans(model, lane);
  for (const { startNs, endNs, activity } of known) {
    if (endNs > view.startNs && startNs < view.endNs) add(activity, startNs, endNs, 1);
  }
  const fromNs = known[0]?.startNs ?? Infinity;
  const untilNs = known.at(-1)?.endNs ?? Infinity;
  const addBuckets = (window: WindowData | undefined, partFromNs: number, partToNs: number): void => {
    if (window && partToNs > partFromNs) eachShare(window, index, partFromNs, partToNs, add);
  };
  const [run, snapshot] = model.windows;
  const snapshotNs = snapshot?.startNs ?? Infinity;
  for (const [partFromNs, partToNs] of [
    [view.startNs, Math.min(view.endNs, fromNs, lane.untilNs)],
    [Math.max(view.startNs, untilNs), Math.min(view.endNs, lane.untilNs)],
  ] as const) {
    addBuckets(run, partFromNs, Math.min(partToNs, snapshotNs));
    addBuckets(snapshot, Math.max(partFromNs, snapshotNs), partToNs);
  }
  return columns;
}

interface Span {
  readonly startNs: number;
  readonly endNs: number;
  readonly activity: Activity;
}

/** In the order of time, without gaps. */
export function knownSpans({ detailNs }: TimelineModel, { spans, untilNs }: LaneData): Span[] {
  const endNs = Math.min(detailNs, untilNs);
  return spans.flatMap(([startNs, activity], index) => {
    const nextNs = spans[index + 1]?.[0] ?? endNs;
    return nextNs > startNs ? [{ startNs, endNs: nextNs, activity }] : [];
  });
}

function eachShare(
  { startNs, bucketNs, lanes }: WindowData,
  lane: number,
  fromNs: number,
  toNs: number,
  add: (activity: number, fromNs: number, toNs: number, share: number) => void,
): void {
  const shares = lanes[lane]?.shares;
  if (!shares) return;
  const first = Math.max(0, Math.floor((fromNs - startNs) / bucketNs));
  const end = Math.min(shares.length / activityCount, Math.ceil((toNs - startNs) / bucketNs));
  for (let bucket = first; bucket < end; bucket++) {
    const bucketStartNs = startNs + bucket * bucketNs;
    for (let activity = 0; activity < activityCount; activity++) {
      const share = shares[bucket * activityCount + activity]! / 255;
      if (share > 0) add(activity, Math.max(fromNs, bucketStartNs), Math.min(toNs, bucketStartNs + bucketNs), share);
    }
  }
}

/**
 * Pixels of a lane, row by row.
 * @param palette pixel values by activity
 */
export function lanePixels(columns: Float64Array, heightPx: number, palette: Uint32Array): Uint32Array<ArrayBuffer> {
  const columnCount = columns.length / activityCount;
  const pixels = new Uint32Array(columnCount * heightPx);
  for (let column = 0; column < columnCount; column++) {
    const heights = columnHeights(columns.subarray(column * activityCount, (column + 1) * activityCount), heightPx);
    let row = heightPx;
    for (const activity of stacking) {
      for (let px = 0; px < heights[activity]!; px++) pixels[--row * columnCount + column] = palette[activity]!;
    }
  }
  return pixels;
}

/** How many pixels of a column each activity has: all of them together, unless the thread was not there. */
function columnHeights(ns: Float64Array, heightPx: number): number[] {
  const total = ns.reduce((sum, each) => sum + each, 0);
  const heights = new Array<number>(activityCount).fill(0);
  if (total <= 0) return heights;
  let left = heightPx;
  for (let activity = activityCount - 1; activity > Activity.None; activity--) {
    if (common.has(activity) || ns[activity] === 0) continue;
    const px = Math.min(left, Math.max(rareHeightPx, Math.round((ns[activity]! / total) * heightPx)));
    heights[activity] = px;
    left -= px;
  }
  const rest = ns[Activity.None]! + ns[Activity.Idle]! + ns[Activity.Running]!;
  if (rest <= 0) return heights[largest(heights)]! > 0 ? withMore(heights, left) : heights;
  const running = Math.round((ns[Activity.Running]! / rest) * left);
  const idle = Math.round((ns[Activity.Idle]! / rest) * left);
  heights[Activity.Running] = running;
  heights[Activity.Idle] = Math.min(left - running, idle);
  return heights;
}

function largest(heights: readonly number[]): number {
  return heights.indexOf(Math.max(...heights));
}

function withMore(heights: number[], px: number): number[] {
  heights[largest(heights)]! += px;
  return heights;
}

/** Write faults that began in each column: those that are known one by one, and of buckets what there were besides. */
export function faultColumns({ faults, windows }: TimelineModel, view: TimeView, columnCount: number): Uint32Array {
  const counts = new Uint32Array(columnCount);
  const columnNs = (view.endNs - view.startNs) / columnCount;
  const addAt = (timeNs: number, count: number): void => {
    const column = Math.floor((timeNs - view.startNs) / columnNs);
    if (column >= 0 && column < columnCount) counts[column]! += count;
  };
  for (const { startNs } of faults) addAt(startNs, 1);
  const window = windows[1] ?? windows[0];
  if (!window) return counts;
  const { startNs, bucketNs, lanes } = window;
  const others: number[] = [];
  for (const lane of lanes) {
    for (const [bucket, count] of lane.faults.entries()) others[bucket] = (others[bucket] ?? 0) + count;
  }
  for (const fault of faults) {
    const bucket = Math.floor((fault.startNs - startNs) / bucketNs);
    if (bucket >= 0 && bucket < others.length) others[bucket]!--;
  }
  for (const [bucket, count] of others.entries()) if (count > 0) addAt(startNs + (bucket + 0.5) * bucketNs, count);
  return counts;
}
