import { type Breakpoints, noBreakpoints } from '../debuggee/breakpoints';
import type { Checkpoints, Debuggee, Instant, Place } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { Entry } from './recording';
import { Rerun, type Standing } from './rerun';
import type { Tallies } from './tallies';

/** What keeps states of its own past. */
export type Traceable = Debuggee & { readonly checkpoints: Checkpoints };

export function isTraceable(debuggee: Debuggee): debuggee is Traceable {
  return debuggee.checkpoints !== undefined;
}

/** A part of the past between two checkpoints, or up to now. */
export interface Stretch {
  /** A run that stands at its beginning, or before; it can be asked for again, for another one. */
  readonly begin: () => Promise<Rerun>;
  /** Events up to there. */
  readonly since: number;
  readonly end: Place;
}

/** Of the shortest end of a stretch, in events, and how much longer each is than the one before. */
const shortestCount = 2000;
const lengthening = 16;

/** Ends of a stretch that goes up to an instant, each longer than the one before, up to all of it. */
export function* endsOf({ begin, since, end }: Stretch): Generator<Stretch> {
  let from = Infinity;
  for (let count = shortestCount; from > since; count *= lengthening) {
    from = 'instant' in end ? Math.max(since, end.instant.events - count) : since;
    yield { begin, since: from, end };
  }
}

/** How many checkpoints are taken on the way to a place. */
const nearbyCount = 2;

/** What this history is known to be. */
interface KnownHistory {
  readonly entries: readonly Entry[];
  /** Those that the present has had. */
  readonly entriesHad: readonly Entry[];
  /** How many events it has. */
  readonly furthest: number;
}

/** Runs through what has been: by the same debuggee, put into a checkpoint before. Undefined: interrupted. */
export class Past {
  #running: Rerun | undefined;
  #isInterrupted = false;

  /** @param onReturn the debuggee stands again where it stood */
  constructor(
    private readonly debuggee: Traceable,
    private readonly known: KnownHistory,
    private readonly onReturn: () => void,
  ) {}

  /** What is asked for from here on is not interrupted yet. */
  ready(): void {
    this.#isInterrupted = false;
  }

  /** What runs ends, and what is about to. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#running?.interrupt();
  }

  /** By a run from some instant before a place. Behind it all stands as it stood. */
  search<Found>(place: Place, look: (run: Rerun) => Promise<Found | undefined>): Promise<Found | undefined> {
    return this.#excursion(async () => look(await this.goBefore(place)));
  }

  /** By a run from the beginning. Behind it all stands as it stood. */
  fromBeginning<Found>(look: (run: Rerun) => Promise<Found | undefined>): Promise<Found | undefined> {
    return this.#excursion(async () => look(await this.#goTo(0)));
  }

  /**
   * Stretch by stretch, the last before `end` first, until one has it. Behind it all stands as it stood. Of what comes from
   * outside at the very instant of the present, a run gets what the present has had.
   *
   * @param wanted what is looked for: stretches are passed over that are known not to hit it
   * @param tallies of what is looked for: a stretch begins where they are known
   */
  backwards<Found>(
    end: Place,
    wanted: Breakpoints,
    look: (stretch: Stretch) => Promise<Found | 'nothing' | undefined>,
    tallies?: Tallies,
  ): Promise<Found | 'nothing' | undefined> {
    return this.#excursion(async () => {
      const { checkpoints } = this.debuggee;
      const { instants } = checkpoints;
      let to = end;
      let mayHit = false;
      for (let index = this.#indexBefore(end); index >= 0; index--) {
        const since = instants[index]!;
        mayHit ||= checkpoints.mayHit(index, wanted);
        if (tallies && index > 0 && !tallies.areAllIn(this.#standingAt(index).counts)) continue;
        if (mayHit) {
          const begin = () => this.#goTo(index, { entries: this.known.entriesHad, tallies });
          const found = await look({ begin, since, end: to });
          if (found !== 'nothing') return found;
        }
        mayHit = false;
        to = instantOf(since);
      }
      return 'nothing';
    });
  }

  /** The same from the beginning on, up to `end`. */
  forwards<Found>(
    end: Place,
    wanted: Breakpoints,
    look: (stretch: Stretch) => Promise<Found | 'nothing' | undefined>,
  ): Promise<Found | 'nothing' | undefined> {
    return this.#excursion(async () => {
      const { checkpoints } = this.debuggee;
      const { instants } = checkpoints;
      for (const [index, since] of instants.entries()) {
        if (!checkpoints.mayHit(index, wanted)) continue;
        const next = instants[index + 1];
        const to = next === undefined ? end : instantOf(next);
        const found = await look({ begin: () => this.#goTo(index), since, end: to });
        if (found !== 'nothing') return found;
      }
      return 'nothing';
    });
  }

  /** Before the present goes on. Of what it comes to, states are taken that tell what is counted, in the place of some that do not. */
  forgetUncountedAhead(tallies: Tallies): void {
    const { checkpoints } = this.debuggee;
    const last = checkpoints.instants.length - 1;
    if (!tallies.areKnown(this.#standingAt(last).counts, checkpoints.instants[last]!)) checkpoints.forgetAhead();
  }

  /** A run of the present's own, that is interrupted as the others are. */
  async of<Found>(run: Rerun, go: () => Promise<Found>): Promise<Found> {
    this.#running = run;
    try {
      return await go();
    } finally {
      this.#running = undefined;
    }
  }

  /** Before the debuggee stands elsewhere. @returns what puts it back, unless it is to stay there */
  leave(): (stays: boolean) => Promise<void> {
    const left = this.debuggee.checkpoints.leave();
    return async (stays) => {
      this.#running = undefined;
      if (!stays) await left.comeBack();
      await left.drop();
      if (!stays) this.onReturn();
    };
  }

  /** A run from the last checkpoint before a place; if there are tallies, from the last from which on they can be known. */
  goBefore(place: Place, tallies?: Tallies): Promise<Rerun> {
    const { instants } = this.debuggee.checkpoints;
    let index = this.#indexBefore(place);
    while (tallies && !tallies.areKnown(this.#standingAt(index).counts, instants[index]!)) index--;
    return this.#goTo(index, { tallies });
  }

  /**
   * A run from the last checkpoint before a place to there. On the way more are taken, ever nearer to its end: back from
   * there it is less far.
   */
  async approach(run: Rerun, place: Place): Promise<Stop | undefined> {
    for (let count = 0; count < nearbyCount; count++) {
      const near = this.#nearTheEnd(place);
      if (near && !(await run.runTo(near))) return undefined;
      if (near) await this.debuggee.checkpoints.takeOnTheWay();
    }
    return run.runTo(place);
  }

  /** Where an eighth of the way to a place is left, right behind an event. */
  #nearTheEnd(place: Place): Place | undefined {
    const near = (from: number, to: number): number => to - Math.ceil((to - from) / 8);
    if ('instant' in place) return instantOf(near(this.debuggee.status().instant.events, place.instant.events));
    if ('timeNs' in place) return undefined;
    const info = this.debuggee.threads().find(({ id }) => id === place.thread);
    return info && { thread: place.thread, progress: near(info.progress, place.progress) };
  }

  async #excursion<Found>(go: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const comeBack = this.leave();
    try {
      return this.#isInterrupted ? undefined : await go();
    } finally {
      await comeBack(false);
    }
  }

  #standingAt(index: number): Standing {
    return this.debuggee.checkpoints.noteOf(index) as Standing;
  }

  async #goTo(
    index: number,
    { entries = this.known.entries, tallies }: { entries?: readonly Entry[]; tallies?: Tallies | undefined } = {},
  ): Promise<Rerun> {
    const { checkpoints } = this.debuggee;
    const standing = this.#standingAt(index);
    await checkpoints.goTo(index);
    const run = new Rerun(this.debuggee, entries, this.known.furthest, standing);
    run.attach(checkpoints);
    run.tallies = tallies;
    tallies?.put(standing.counts);
    run.arm(noBreakpoints);
    this.#running = run;
    if (this.#isInterrupted) run.interrupt();
    return run;
  }

  /** The last checkpoint before a place, by however little; or the first. */
  #indexBefore(place: Place): number {
    const { checkpoints } = this.debuggee;
    const { instants } = checkpoints;
    const now = this.debuggee.status().instant.events;
    const isBefore = (index: number): boolean => {
      if ('instant' in place) {
        const { events, threads } = place.instant;
        return threads.length === 0 ? instants[index]! <= events : instants[index]! < events;
      }
      const { timeNs, progress } = this.#standingAt(index);
      if ('timeNs' in place) return timeNs < place.timeNs;
      // A thread that is not there has yet to begin; or it has ended, if that is later than now.
      const ofNone = instants[index]! <= now ? 0 : Infinity;
      return (progress.get(place.thread) ?? ofNone) < place.progress;
    };
    let [low, high] = [0, instants.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (isBefore(middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

export function instantOf(events: number): { readonly instant: Instant } {
  return { instant: { events, threads: [] } };
}
