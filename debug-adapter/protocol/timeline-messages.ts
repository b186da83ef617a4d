/**
 * Messages between the extension host and the timeline, which shares the page map's webview. Either side checks what
 * arrives; what is none of these may be the page map's.
 *
 * ```
 *   webview                     host
 *      │ ── timeline-ready ─────► │  asks the session for the whole timeline
 *      │ ◄───── timeline-layout ─ │  as it was left last
 *      │ ◄──────────── timeline ─ │  at once, then as the guest runs
 *      │ ── select-thread ──────► │
 *      │ ── go-to-time ─────────► │  at once, or refused with a notification
 *      │ ◄────── timeline-focus ─ │  when it is there
 *      │ ── timeline-layout ────► │  to be remembered
 * ```
 */
import { isTimelineEvent, type TimelineEvent } from './timeline';

/** How the panel is shared between map and timeline. */
export interface TimelineLayout {
  /** Of the panel's height: the timeline's part. */
  readonly share: number;
  readonly isFolded: boolean;
}

export type ToTimeline =
  /** `isOther`: of another session than before, or for the first time. */
  | { readonly kind: 'timeline'; readonly event: TimelineEvent; readonly isOther: boolean }
  | { readonly kind: 'timeline-layout'; readonly layout: TimelineLayout }
  /** The keys are its own. */
  | { readonly kind: 'timeline-focus' };

export type FromTimeline =
  | { readonly kind: 'timeline-ready' }
  | { readonly kind: 'select-thread'; readonly thread: string }
  /** To this instant of the run, past or later; virtual time. */
  | { readonly kind: 'go-to-time'; readonly timeNs: number }
  | { readonly kind: 'timeline-layout'; readonly layout: TimelineLayout };

/** The message, or undefined when it is none of ours. */
export function parseToTimeline(value: unknown): ToTimeline | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, event, isOther, layout } = value;
  if (kind === 'timeline')
    return isTimelineEvent(event) && typeof isOther === 'boolean' ? { kind, event, isOther } : undefined;
  if (kind === 'timeline-layout') return isTimelineLayout(layout) ? { kind, layout } : undefined;
  if (kind === 'timeline-focus') return { kind };
  return undefined;
}

/** The message, or undefined when it is none of ours. */
export function parseFromTimeline(value: unknown): FromTimeline | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, thread, timeNs, layout } = value;
  if (kind === 'timeline-ready') return { kind };
  if (kind === 'select-thread') return typeof thread === 'string' ? { kind, thread } : undefined;
  if (kind === 'go-to-time') return isTime(timeNs) ? { kind, timeNs } : undefined;
  if (kind === 'timeline-layout') return isTimelineLayout(layout) ? { kind, layout } : undefined;
  return undefined;
}

export function isTimelineLayout(value: unknown): value is TimelineLayout {
  if (!isRecord(value)) return false;
  const { share, isFolded } = value;
  return typeof share === 'number' && share >= 0 && share <= 1 && typeof isFolded === 'boolean';
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
