import type { Breakpoints } from '../debuggee/breakpoints';
import type { Instant } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { Past } from './past';
import type { Tallies } from './tallies';

/** The stretch in which one of them is hit last, from an instant with so many events on, and the number of that hit in it. */
interface Hit {
  readonly since: number;
  readonly last: number;
}

/**
 * Where breakpoints are hit last before now.
 *
 * @param stop why the run stands where it does
 * @returns undefined when interrupted
 */
export function lastHit(
  past: Past,
  breakpoints: Breakpoints,
  { now, stop: present }: { readonly now: Instant; readonly stop: Stop | undefined },
  tallies: Tallies,
): Promise<Hit | 'nothing' | undefined> {
  return past.backwards(
    { instant: now },
    breakpoints,
    async ({ begin, since, end }) => {
      const run = await begin();
      let count = 0;
      let last = -1;
      run.debuggee.setBreakpoints(breakpoints);
      const arrived = await run.runTo(end, (stop) => {
        if (run.debuggee.status().instant.events < now.events || !standsAt(present, stop)) last = count;
        count++;
        return false;
      });
      if (!arrived) return undefined;
      return last < 0 ? 'nothing' : { since, last };
    },
    tallies,
  );
}

/** Of the stops at this instant. Before others than these, a run to where it stands ends. */
function standsAt(present: Stop | undefined, { reason, thread }: Stop): boolean {
  const isBehindIt = reason === 'data-breakpoint' || reason === 'write-fault';
  return isBehindIt && present?.reason === reason && present.thread === thread;
}
