/**
 * What each thread did over virtual time, as it crosses process borders: request and event `freezeframe.timeline`. Bounded,
 * however long the run: time is cut into so many buckets, all of one length, which doubles when they are full. Beside them
 * the newest spans, write faults and phases are told to the nanosecond. Times are nanoseconds of virtual time.
 */

/** What a thread does; one of these at any time. */
export enum Activity {
  /** It is not there: not yet created, or ended. */
  None = 0,
  /** A hart in WFI, the main loop without events. */
  Idle = 1,
  /** The VM is stopped. */
  Stopped = 2,
  Running = 3,
  HoldsBql = 4,
  /** For another thread, the channel, a throttle. */
  Waits = 5,
  WaitsForBql = 6,
  /** In a write fault, until the page is saved. */
  InFault = 7,
}

export const activityNames = [
  'not there',
  'idle',
  'stopped',
  'running',
  'running, holds the BQL',
  'waits',
  'waits for the BQL',
  'asleep in a write fault',
] as const;

export const activityCount = activityNames.length;

/**
 * How a list has grown since it was told of last. Its items are numbered from the first that there ever was: what comes
 * before `first` has been forgotten; what comes from `from` on is now `items`; what is between stays.
 */
export interface Tail<Item> {
  readonly first: number;
  readonly from: number;
  readonly items: readonly Item[];
}

/** From when on a thread does what; until the next one begins. */
export type SpanStart = readonly [startNs: number, activity: Activity];

/** Of a write to a page that was protected; `endNs` is absent while the writer sleeps. `lane` counts the lanes from 0. */
export interface WriteFaultSpan {
  readonly lane: number;
  /** Of the block that the page map shows. */
  readonly page: number;
  readonly startNs: number;
  readonly endNs?: number;
}

/** What a thread is for, whatever it is called. A real QEMU's vCPUs are harts. */
export const threadRoles = ['hart', 'main-loop', 'migration', 'other'] as const;

export type ThreadRole = (typeof threadRoles)[number];

export interface PhaseBand {
  readonly phase: string;
  /** The phase in a word or two. */
  readonly label: string;
  readonly thread: string;
  readonly role: ThreadRole;
  readonly startNs: number;
  /** Absent while the thread is in it. */
  readonly endNs?: number;
}

/** A thread; the harts come first. */
export interface Lane {
  readonly thread: string;
  /** What it did is known up to here. */
  readonly untilNs: number;
  /** Absent: no news. */
  readonly spans?: Tail<SpanStart>;
}

/** Of one thread, a bucket behind the other from bucket `from` on. */
export interface LaneBuckets {
  readonly from: number;
  /** Base64 of `activityCount` bytes a bucket: the share of it that each activity had, of 255, and more than 0 if it had any. */
  readonly shares: string;
  /** Write faults that began in it. */
  readonly faults: readonly number[];
}

/** What the migration sent, a bucket behind the other from bucket `from` on. */
export interface TrafficBuckets {
  readonly from: number;
  readonly bytes: readonly number[];
  readonly pages: readonly number[];
}

/** A part of the run, cut into buckets. */
export interface TimeWindow {
  readonly startNs: number;
  readonly bucketNs: number;
  /** By lane. */
  readonly lanes: readonly LaneBuckets[];
  readonly traffic: TrafficBuckets;
}

/** Of the last snapshot's write faults, from the write to the wake-up. */
export interface Latencies {
  readonly count: number;
  /** Element `n`: 2ⁿ µs and more, less than 2ⁿ⁺¹ µs; the first also all shorter. */
  readonly log2Counts: readonly number[];
  /** May lag behind `count` while the guest runs. */
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** A thread in a wait-for graph. */
export interface WaitsFor {
  readonly thread: string;
  /** What it waits for, in words: `the BQL`, `uffd: page 0x80400`. */
  readonly resource: string;
  readonly heldBy?: string;
  /** Something from outside may end it: the thread is no part of the deadlock, but cannot help either. */
  readonly idle?: boolean;
}

/** Where the debuggee stands still: the cursor. */
export interface StopMark {
  readonly thread: string;
  readonly timeNs: number;
  readonly title: string;
  /** Of the block that the page map shows: whose write waits. */
  readonly page?: number;
  /** Of a deadlock: threads that wait in a circle come first, in its order. */
  readonly waits?: readonly WaitsFor[];
}

export interface TimelineUpdate {
  /** `all`: nothing that was told before counts any more. */
  readonly kind: 'all' | 'changes';
  readonly timeNs: number;
  readonly lanes: readonly Lane[];
  /** The whole run, and the last snapshot if there was one. */
  readonly windows: readonly TimeWindow[];
  readonly phases: Tail<PhaseBand>;
  /** Absent: no news. */
  readonly faults?: Tail<WriteFaultSpan>;
  readonly latencies?: Latencies;
}

/**
 * Event `freezeframe.timeline`, for clients that have asked for it: at a stop, and some ten times a second while the guest
 * runs, then without news of spans and single faults. The request of that name answers with one of kind `all`.
 */
export interface TimelineEvent extends TimelineUpdate {
  /** Absent while the guest runs. */
  readonly stop?: StopMark;
  /** How far this history is known to go: beyond `timeNs`, where the run has gone back. Absent: it cannot go back. */
  readonly historyEndNs?: number;
}

export function isTimelineEvent(value: unknown): value is TimelineEvent {
  if (!isRecord(value)) return false;
  const { kind, timeNs, lanes, windows, phases, faults, latencies, stop, historyEndNs } = value;
  return (
    (kind === 'all' || kind === 'changes') &&
    isNumber(timeNs) &&
    isList(lanes, isLane) &&
    isList(windows, isTimeWindow) &&
    isTail(phases, isPhaseBand) &&
    isTailOrNone(faults, isWriteFaultSpan) &&
    (latencies === undefined || isLatencies(latencies)) &&
    (stop === undefined || isStopMark(stop)) &&
    isNumberOrNone(historyEndNs)
  );
}

function isLane(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.thread === 'string' &&
    isNumber(value.untilNs) &&
    isTailOrNone(value.spans, isSpanStart)
  );
}

function isSpanStart(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isNumber(value[0]) && isActivity(value[1]);
}

function isActivity(value: unknown): boolean {
  return isCount(value) && value < activityCount;
}

function isTimeWindow(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value.traffic)) return false;
  const { startNs, bucketNs, lanes, traffic } = value;
  return (
    isNumber(startNs) &&
    isNumber(bucketNs) &&
    bucketNs > 0 &&
    isList(lanes, isLaneBuckets) &&
    isCount(traffic.from) &&
    isList(traffic.bytes, isNumber) &&
    isList(traffic.pages, isNumber)
  );
}

function isLaneBuckets(value: unknown): boolean {
  return isRecord(value) && isCount(value.from) && typeof value.shares === 'string' && isList(value.faults, isCount);
}

function isPhaseBand(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { phase, label, thread, role, startNs, endNs } = value;
  const isNamed = [phase, label, thread].every((name) => typeof name === 'string');
  return isNamed && threadRoles.some((each) => each === role) && isNumber(startNs) && isNumberOrNone(endNs);
}

function isWriteFaultSpan(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { lane, page, startNs, endNs } = value;
  return isCount(lane) && isCount(page) && isNumber(startNs) && isNumberOrNone(endNs);
}

export function isLatencies(value: unknown): value is Latencies {
  if (!isRecord(value)) return false;
  const { count, log2Counts, p50Ns, p99Ns, maxNs } = value;
  return isCount(count) && isList(log2Counts, isCount) && isNumber(p50Ns) && isNumber(p99Ns) && isNumber(maxNs);
}

function isStopMark(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { thread, timeNs, title, page, waits } = value;
  return (
    typeof thread === 'string' &&
    isNumber(timeNs) &&
    typeof title === 'string' &&
    (page === undefined || isCount(page)) &&
    (waits === undefined || isList(waits, isWait))
  );
}

function isWait(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { thread, resource, heldBy, idle } = value;
  return (
    typeof thread === 'string' &&
    typeof resource === 'string' &&
    (heldBy === undefined || typeof heldBy === 'string') &&
    (idle === undefined || typeof idle === 'boolean')
  );
}

function isTailOrNone(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return value === undefined || isTail(value, isItem);
}

function isTail(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return (
    isRecord(value) &&
    isCount(value.first) &&
    isCount(value.from) &&
    value.from >= value.first &&
    isList(value.items, isItem)
  );
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || isNumber(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
