import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import { type Debuggee, DebuggeeError, type Instant, type Landmark } from '../debuggee/debuggee';
import { phaseName } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { PageOfBlock } from '../protocol/messages';
import type { Past, Stretch } from './past';
import type { Rerun } from './rerun';

const pageByteCount = 4096;

/**
 * How far a run had come at one of these: the one with this number, from 1; without a number the last before now, or else
 * the first. Looked for up to `end`.
 *
 * @returns undefined when interrupted
 * @throws DebuggeeError when there is none
 */
export async function landmarkAt(
  past: Past,
  landmark: Landmark,
  count: number | undefined,
  { now, end }: { readonly now: Instant; readonly end: Instant },
): Promise<number | undefined> {
  const wanted = breakpointsAt(landmark);
  if (count === undefined) {
    const last = await past.backwards({ instant: now }, wanted, async (stretch) => {
      const found = await landmarksIn(stretch, wanted);
      return found && (found.filter((events) => events < now.events).at(-1) ?? 'nothing');
    });
    if (last !== 'nothing') return last;
  }
  const number = count ?? 1;
  let seen = 0;
  const found = await past.forwards(after(end.events), wanted, async (stretch) => {
    const events = await landmarksIn(stretch, wanted, number - seen);
    if (!events) return undefined;
    seen += events.length;
    return seen === number ? events.at(-1)! : 'nothing';
  });
  if (found === 'nothing') throw noLandmark(landmark, seen);
  return found;
}

/** All of a stretch, or so many. @returns undefined when interrupted */
async function landmarksIn(
  { begin, end }: Stretch,
  wanted: Breakpoints,
  countMax = Infinity,
): Promise<number[] | undefined> {
  const found: number[] = [];
  const run = await begin();
  run.arm(wanted);
  const arrived = await run.runTo(end, () => {
    found.push(run.debuggee.status().instant.events);
    return found.length >= countMax;
  });
  return arrived && found;
}

function noLandmark(landmark: Landmark, count: number): DebuggeeError {
  const [name, names] = nameOf(landmark);
  const all = count === 0 ? `no ${name} yet` : `${count} ${count === 1 ? name : names} so far`;
  return new DebuggeeError('no-landmark', `This history has ${all}.`);
}

/** Runs to one that `landmarkAt` has found. */
export function runToLandmark(run: Rerun, landmark: Landmark, events: number): Promise<Stop | undefined> {
  run.arm(breakpointsAt(landmark));
  const reason = landmark === 'write-fault' ? landmark : 'phase';
  return run.runTo(after(events), (stop) => {
    return stop.reason === reason && run.debuggee.status().instant.events === events;
  });
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
  run.arm({ ...noBreakpoints, data: [watched] });
  const stop = await run.runTo({ instant: end }, ({ reason }) => reason === 'data-breakpoint');
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
  const title = phaseName(landmark);
  return [`phase "${title}"`, `phases "${title}"`];
}
