import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import type { Instant } from '../debuggee/debuggee';
import { phases } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { Mark } from './histories';
import type { Entry } from './recording';
import type { Rerun } from './rerun';

/** Stops that are of the run itself, whatever its user's breakpoints are; `pause` stands for the others. */
export const recordedStops = ['pause', 'phase', 'write-fault', 'deadlock', 'guest-error', 'exited'] as const;
export type RecordedStop = (typeof recordedStops)[number];

/** What a run had come to when so much had happened. */
export interface Check {
  readonly events: number;
  readonly hash: bigint;
}

/** A run as it can be made again elsewhere. */
export interface RecordedRun {
  /** Those after it stands, too, if it had gone back. */
  readonly inputs: readonly Entry[];
  /** Of this history. */
  readonly marks: readonly Mark[];
  /** Where its user left it, and why it stood there. */
  readonly stands: Instant;
  readonly stop: RecordedStop;
  /** The last one is of where it stands. */
  readonly checks: readonly Check[];
}

/** How a run that is made again differs from the recorded one, in words. */
export interface Difference {
  readonly text: string;
}

const checkCount = 8;

/** What a run comes to on the way to an instant. @returns undefined when interrupted */
export async function checksOf(run: Rerun, stands: Instant): Promise<Check[] | undefined> {
  const checks: Check[] = [];
  for (let count = 1; count <= checkCount; count++) {
    const events = Math.floor((stands.events * count) / checkCount);
    if (!(await run.runTo(count < checkCount ? instantAt(events) : { instant: stands }))) return undefined;
    checks.push({ events, hash: await run.debuggee.stateHash() });
  }
  return checks;
}

/** Makes a recorded run again, up to where it stands. @returns the same stop, if it is the same run; undefined when interrupted */
export async function replay(run: Rerun, recorded: RecordedRun): Promise<Stop | Difference | undefined> {
  const { stands, checks } = recorded;
  for (const check of checks.slice(0, -1)) {
    if (!(await run.runTo(instantAt(check.events)))) return undefined;
    const difference = await differenceAt(run, check);
    if (difference) return difference;
  }
  const isIt = ({ reason }: Stop) => reason === recorded.stop && run.debuggee.status().instant.events === stands.events;
  const to = { instant: stands };
  run.arm(breakpointsFor(recorded.stop));
  let stop = await run.runTo(to, isIt);
  // What came from outside at this very instant comes after the stop.
  if (stop && isIt(stop) && stop.reason === 'write-fault' && !(await run.runTo(to))) return undefined;
  const difference = stop && (await differenceAt(run, checks.at(-1)!));
  if (!stop || difference) return difference;
  // Of what stops before the next event, nothing is known before that is asked for.
  if (!isIt(stop)) stop = await run.runTo(instantAt(stands.events + 1), isIt);
  run.arm(noBreakpoints);
  if (!stop || isIt(stop)) return stop;
  return { text: `It was recorded at a stop, ${recorded.stop}, that this run does not come to.` };
}

export function recordedStopOf(stop: Stop | undefined): RecordedStop {
  return recordedStops.find((each) => each === stop?.reason) ?? 'pause';
}

function breakpointsFor(stop: RecordedStop): Breakpoints {
  return {
    ...noBreakpoints,
    phases: stop === 'phase' ? phases.map(({ id: phase }, id) => ({ id, phase })) : [],
    writeFaults: stop === 'write-fault' ? [{ id: 0 }] : [],
  };
}

async function differenceAt({ debuggee }: Rerun, { events, hash }: Check): Promise<Difference | undefined> {
  const { instant, timeNs } = debuggee.status();
  const time = `${(timeNs / 1e6).toFixed(6)} ms`;
  if (instant.events < events) return { text: `It ends at ${time}, after ${instant.events} of ${events} events.` };
  const found = await debuggee.stateHash();
  if (found === hash) return undefined;
  return { text: `At ${time}, after ${events} events, its state hash is ${hex(found)} and was ${hex(hash)}.` };
}

function instantAt(events: number): { readonly instant: Instant } {
  return { instant: { events, threads: [] } };
}

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
