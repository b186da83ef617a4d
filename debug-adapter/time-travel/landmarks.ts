import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import { type Debuggee, DebuggeeError, type Instant, type Landmark } from '../debuggee/debuggee';
import { phases } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { PageOfBlock } from '../protocol/messages';
import type { Rerun } from './rerun';

const pageByteCount = 4096;

/** How far a run had come at each of these, up to `end`, or at so many. @returns undefined when interrupted */
export async function landmarksOf(
  run: Rerun,
  landmark: Landmark,
  end: Instant,
  countMax = Infinity,
): Promise<number[] | undefined> {
  const found: number[] = [];
  run.debuggee.setBreakpoints(breakpointsAt(landmark));
  const arrived = await run.runTo(after(end.events), () => {
    found.push(run.debuggee.status().instant.events);
    return found.length >= countMax;
  });
  return arrived && found;
}

/**
 * Which of them is meant: the one with this number, from 1; without a number the last before now, or else the first.
 *
 * @throws DebuggeeError when there is none
 */
export function chosen(found: readonly number[], landmark: Landmark, count: number | undefined, now: Instant): number {
  const last = found.filter((events) => events < now.events).at(-1) ?? found[0];
  const at = count === undefined ? last : found[count - 1];
  if (at !== undefined) return at;
  const [name, names] = nameOf(landmark);
  const all = found.length === 0 ? `no ${name} yet` : `${found.length} ${found.length === 1 ? name : names} so far`;
  throw new DebuggeeError('no-landmark', `This history has ${all}.`);
}

/** Runs to one that `landmarksOf` has found. */
export function runToLandmark(run: Rerun, landmark: Landmark, events: number): Promise<Stop | undefined> {
  run.debuggee.setBreakpoints(breakpointsAt(landmark));
  return run.runTo(after(events), () => run.debuggee.status().instant.events === events);
}

/** What is known of a page's state: which it is, and since when. */
export interface PageSince {
  readonly state: number;
  readonly timeNs: number;
}

export function pageSince(debuggee: Debuggee, { block: name, page }: PageOfBlock): PageSince {
  const block = debuggee.pages.blocks.find(({ block }) => block.name === name);
  const [state, timeNs] = [block?.states[page], block?.timesNs[page]];
  if (state === undefined || timeNs === undefined)
    throw new DebuggeeError('no-page', `There is no page ${page} of ${name}.`);
  return { state, timeNs };
}

/** Runs to where a page has just come into a state, or to `end`. @returns undefined when interrupted */
export async function runToPageState(
  run: Rerun,
  of: PageOfBlock,
  { state, timeNs }: PageSince,
  end: Instant,
): Promise<Stop | undefined> {
  let stop = await run.runTo({ timeNs });
  for (; stop; ) {
    const is = pageSince(run.debuggee, of);
    const { events } = run.debuggee.status().instant;
    if ((is.state === state && is.timeNs === timeNs) || events >= end.events) break;
    stop = await run.runTo({ instant: { events: events + 1, threads: [] } });
  }
  return stop;
}

/** Runs to the write that has leaked: the first from its time on. @returns undefined when interrupted */
export async function runToLeak(
  run: Rerun,
  { block, page }: PageOfBlock,
  { timeNs }: PageSince,
  end: Instant,
): Promise<Stop | undefined> {
  const { address } = run.debuggee.pages.info(page, block);
  const arrived = await run.runTo({ timeNs });
  if (!arrived) return undefined;
  const watched = { id: 0, physicalAddress: Number(address), byteCount: pageByteCount, access: 'write' } as const;
  run.debuggee.setBreakpoints({ ...noBreakpoints, data: [watched] });
  const stop = await run.runTo({ instant: end }, () => true);
  return stop?.reason === 'data-breakpoint' ? { ...stop, breakpointIds: [] } : stop;
}

function breakpointsAt(landmark: Landmark): Breakpoints {
  if (landmark === 'write-fault') return { ...noBreakpoints, writeFaults: [{ id: 0 }] };
  return { ...noBreakpoints, phases: [{ id: 0, phase: landmark }] };
}

/** What stops before the next event is not known before that is asked for. */
function after(events: number): { readonly instant: Instant } {
  return { instant: { events: events + 1, threads: [] } };
}

function nameOf(landmark: Landmark): [string, string] {
  if (landmark === 'write-fault') return ['write fault', 'write faults'];
  const title = phases.find(({ id }) => id === landmark)!.label.split(':')[0]!;
  return [`phase "${title}"`, `phases "${title}"`];
}
