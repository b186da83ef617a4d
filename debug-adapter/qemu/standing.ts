import { setTimeout as delay } from 'node:timers/promises';
import { type Phase, phaseName } from '../debuggee/phase';
import { countText } from '../debuggee/quantities';
import type { Scope, ThreadId, Variable } from '../debuggee/thread';
import { type Wait, waitText } from './fault-waits';
import type { SnapshotCounts } from './held-snapshot';
import { nextText, type PhasePlace, placeText } from './places';
import type { RunningQemu } from './running-qemu';
import type { CoursePlace } from './shown-course';
import { isWriting } from './threads';

/** How often, and how far apart, it is looked whether QEMU has come to where it is held. */
const settleLooks = 200;
const settleMs = 5;

/** `idle`: QEMU runs it, and no vCPU has anything to do. */
export type GuestActivity = 'running' | 'idle' | 'still';

/** What a stop means for guest and monitor: measured, not concluded. */
export interface Measured {
  readonly guest: GuestActivity;
  readonly isAnswering: boolean;
  readonly protectedPageCount: number;
}

/** Where QEMU stands at a stop in its snapshot, or at the end of one. */
export interface Standing extends Measured {
  /** That of the stop, and where in the course it is. */
  readonly thread: ThreadId;
  readonly at: CoursePlace;
  /** The migration thread's, or the main loop's for `vm-start-bh`. */
  readonly place: PhasePlace | Phase;
  readonly counts: SnapshotCounts;
  /** Guest physical number of the page that is being sent. */
  readonly page?: number | undefined;
  /** How long those have waited in whose write fault it is sent. */
  readonly waited?: Wait | undefined;
}

/**
 * Takes some 20 ms where the guest stands still, but for write faults.
 *
 * @param isHeld at a line of the trace: its thread runs on to the next one, which takes a while on a busy machine
 */
export async function measured(qemu: RunningQemu, isHeld: boolean): Promise<Measured> {
  for (let look = 0; isHeld && look < settleLooks && !qemu.facts.threads().some(isWriting); look++)
    await delay(settleMs);
  const hasRun = await qemu.isGuestRunning();
  const runState = await qemu.runState();
  const guest = hasRun ? 'running' : runState === 'running' && !qemu.isGuestAsleep ? 'idle' : 'still';
  let protectedPageCount = 0;
  for (const { name } of qemu.blocks) {
    const range = qemu.hostRangeOf(name);
    if (range) protectedPageCount += qemu.facts.protectedPageCount(range);
  }
  return { guest, isAnswering: runState !== undefined, protectedPageCount };
}

/** For the debug console. */
export function standingText(standing: Standing & { readonly place: PhasePlace }, isHeld: boolean): string {
  const { place, protectedPageCount } = standing;
  const held = place.kind === 'told' ? 'QEMU has passed' : isHeld ? 'QEMU is held behind' : 'QEMU has come to';
  const passed = place.kind === 'trace' ? ` (${place.line.text})` : '';
  const guest = `the guest ${guestTexts[standing.guest]}, QMP ${answerText(standing)}`;
  const pages = `${countText(protectedPageCount)} pages are protected`;
  const next = nextText(place);
  return `${held} ${placeText(place)}${passed}: ${guest}, ${pages}.${next && ` Next: ${next}.`}`;
}

/** For Variables. */
export function snapshotScope(standing: Standing): Scope {
  const { thread, at, place, counts, page, waited } = standing;
  const isPhase = typeof place === 'string';
  const next = nextText(place);
  const variables: Variable[] = [
    text('phase', isPhase ? phaseName(place) : placeText(place)),
    ...(at === 'write fault' ? [text('thread', thread, 'thread')] : []),
    ...(page === undefined ? [] : [text('page', `0x${page.toString(16)}`, 'page')]),
    ...(waited === undefined ? [] : [text('waited', waitText(waited))]),
    text('guest', guestTexts[standing.guest]),
    text('QMP', answerText(standing)),
    ...(next ? [text('next', next)] : []),
    { name: 'protected pages', value: standing.protectedPageCount, kind: 'plain' },
    { name: 'pages sent', value: counts.pages, kind: 'plain' },
    { name: 'zero pages', value: counts.zeroPages, kind: 'plain' },
    { name: 'bytes sent', value: counts.byteCount, kind: 'plain' },
  ];
  return { name: 'Snapshot', kind: 'locals', variables };
}

const guestTexts: Readonly<Record<GuestActivity, string>> = { running: 'runs', idle: 'is idle', still: 'stands still' };

function answerText({ isAnswering }: Measured): string {
  return isAnswering ? 'answers' : 'does not answer';
}

/** @param expression with which conditions and the debug console name it */
function text(name: string, value: string, expression?: string): Variable {
  return { name, value, kind: 'plain', ...(expression !== undefined && { expression }) };
}
