import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import type { Instant, PastWrite } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { endsOf, instantOf, type Past } from './past';
import type { Rerun } from './rerun';

/** Which of the writes to some bytes, from 0, of those since an instant. */
type NthWrite = Pick<PastWrite, 'physicalAddress' | 'byteCount' | 'index'>;

/**
 * The last write to some bytes before now.
 *
 * @param furthest how many events the run is known to have
 * @returns undefined when interrupted
 */
export function lastWriteTo(
  past: Past,
  { physicalAddress, byteCount }: Pick<PastWrite, 'physicalAddress' | 'byteCount'>,
  { now, furthest }: { readonly now: Instant; readonly furthest: number },
): Promise<PastWrite | 'nothing' | undefined> {
  const wanted = watching(physicalAddress, byteCount, () => true);
  return past.backwards({ instant: now }, wanted, async (stretch) => {
    // Each write takes longer than many instructions, and the last one of many is near the end.
    for (const { begin, since, end } of endsOf(stretch)) {
      let count = 0;
      let run = await begin();
      if (!(await run.runTo(instantOf(since)))) return undefined;
      run.arm(watching(physicalAddress, byteCount, () => ++count < 0));
      if (!(await run.runTo(end))) return undefined;
      if (count === 0) continue;
      run = await begin();
      if (!(await run.runTo(instantOf(since)))) return undefined;
      const index = count - 1;
      const stop = await runToWrite(run, { physicalAddress, byteCount, index }, furthest);
      if (stop?.reason !== 'data-breakpoint') return undefined;
      const { thread, access } = stop;
      return { physicalAddress, byteCount, since, index, thread, access, timeNs: run.debuggee.status().timeNs };
    }
    return 'nothing';
  });
}

/** The run comes to it, or to its own end. */
export async function runToWrite(
  run: Rerun,
  { physicalAddress, byteCount, index }: NthWrite,
  furthest: number,
): Promise<Stop | undefined> {
  let seen = 0;
  run.arm(watching(physicalAddress, byteCount, () => seen++ === index));
  const stop = await run.runTo(instantOf(furthest), ({ reason }) => reason === 'data-breakpoint');
  return stop?.reason === 'data-breakpoint' ? { ...stop, breakpointIds: [] } : stop;
}

function watching(physicalAddress: number, byteCount: number, condition: () => boolean): Breakpoints {
  return { ...noBreakpoints, data: [{ id: 0, physicalAddress, byteCount, access: 'write', condition }] };
}
