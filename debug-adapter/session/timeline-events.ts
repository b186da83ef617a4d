import type { Debuggee } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { firstOf } from '../debuggee/thread';
import type { TimelineMark } from '../debuggee/timeline';
import type { StopMark, TimelineEvent } from '../protocol/timeline';

/** Of the ticks of a run, every so many. */
const ticksPerEvent = 3;
const pageByteCount = 4096;

/** The timeline as its viewer has it, and what brings it up to date. */
export class TimelineEvents {
  #mark: TimelineMark | undefined;
  #ticks = 0;

  constructor(private readonly debuggee: Debuggee) {}

  /** Everything, so that the next event's changes apply to it. @param stop undefined while the guest runs */
  all(stop: StopMark | undefined): TimelineEvent {
    this.#mark = undefined;
    return this.changes(stop);
  }

  changes(stop: StopMark | undefined): TimelineEvent {
    const { update, mark } = this.debuggee.timeline(this.#mark, stop !== undefined);
    this.#mark = mark;
    const { history } = this.debuggee;
    return { ...update, ...(history && { historyEndNs: history.endNs }), ...(stop && { stop }) };
  }

  /** Time has passed: an event is due, or not. */
  tick(): TimelineEvent | undefined {
    return ++this.#ticks % ticksPerEvent === 0 ? this.changes(undefined) : undefined;
  }
}

/** @param title in words, as editors show it */
export function stopMark(debuggee: Debuggee, stop: Stop | undefined, title: string | undefined): StopMark {
  const thread = stop?.thread ?? firstOf('hart', debuggee.threads());
  const info = debuggee.threads().find(({ id }) => id === thread);
  const timeNs = info?.timeNs ?? debuggee.status().timeNs;
  return { thread, timeNs, title: title ?? 'Paused', ...pageOf(debuggee, stop), ...waitsOf(stop) };
}

function pageOf({ pages }: Debuggee, stop: Stop | undefined): { page: number } | undefined {
  if (stop?.reason !== 'write-fault') return undefined;
  const page = stop.fault.page - Number(BigInt(pages.blocks[0].block.address) / BigInt(pageByteCount));
  return { page };
}

function waitsOf(stop: Stop | undefined): Pick<StopMark, 'waits'> | undefined {
  return stop?.reason === 'deadlock' ? { waits: stop.waits } : undefined;
}
