import { type Breakpoints, type Conditional, type Names, noBreakpoints, type Tally } from '../debuggee/breakpoints';
import type { Cue, Debuggee } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';

/** Of a thread in its course: how far it has come, and a hart's pc, which a trap may have changed since. */
interface Standing {
  readonly progress: number;
  readonly pc: bigint | undefined;
}

/** From where on a condition counts. */
interface Origin {
  readonly tally: Tally;
  /** Events up to there: see `Instant`. */
  readonly events: number;
  /** Where each thread stood: it had come there before. */
  readonly standing: ReadonlyMap<ThreadId, Standing>;
}

/** What was counted from each, up to some instant. */
export type Counts = ReadonlyMap<Origin, Pick<Tally, 'reached' | 'hits'>>;

const nothing = { reached: 0, hits: 0 };

/**
 * What conditions of breakpoints count: hits of the run, however often that is made again, from the instant on at which the
 * breakpoint was set; or from an earlier one that the run has gone back to since.
 */
export class Tallies {
  #breakpoints = noBreakpoints;
  #all: readonly Tally[] = [];
  #origins: readonly Origin[] = [];
  /** Those that the run has not come to: it is made again, from before them. */
  #ahead: ReadonlySet<Origin> = new Set();
  #isAway = false;

  constructor(private readonly debuggee: Debuggee) {}

  /** Those of before count on. @returns what is to be armed */
  set(breakpoints: Breakpoints): Breakpoints {
    const { phases, writeFaults, lines, addresses, data } = breakpoints;
    const all = [...phases, ...writeFaults, ...lines, ...addresses, ...data].flatMap(({ tally }) => tally ?? []);
    this.#all = [...new Set(all)];
    const counting = this.#all.filter(({ counts }) => counts);
    const before = new Map(this.#origins.map((origin) => [origin.tally, origin]));
    this.#origins = counting.map((tally) => before.get(tally) ?? this.#originNow(tally));
    this.#ahead = new Set(this.#origins.filter((origin) => this.#ahead.has(origin) || origin.events === Infinity));
    this.#breakpoints = breakpoints;
    if (counting.length > 0) {
      const come = <T extends Conditional>(list: readonly T[]): T[] => list.map((each) => this.#onceCome(each));
      this.#breakpoints = { ...breakpoints, phases: come(phases), lines: come(lines), addresses: come(addresses) };
    }
    return this.#breakpoints;
  }

  /** Others, and beside them those that count, which do not stop. */
  beside({ phases, writeFaults, lines, addresses, data }: Breakpoints): Breakpoints {
    const mine = this.#breakpoints;
    const [first, others] = [true, false].map((is) =>
      mine.writeFaults.filter(({ firstOnly = false }) => firstOnly === is),
    );
    return {
      phases: [...phases, ...this.#silent(mine.phases)],
      // Met on the way, so that what was the first is not to come.
      writeFaults: [...writeFaults, ...first!, ...this.#silent(others!)],
      lines: [...lines, ...this.#silent(mine.lines)],
      addresses: [...addresses, ...this.#silent(mine.addresses)],
      data: [...data, ...this.#silent(mine.data)],
    };
  }

  /** Those that count, but where they were set on the way: that begins at its end. None stops. */
  #silent<T extends Conditional>(breakpoints: readonly T[]): T[] {
    const onTheWay = this.#origins.filter(({ events }) => events === Infinity).map(({ tally }) => tally);
    return breakpoints
      .filter(({ tally }) => tally?.counts && !onTheWay.includes(tally))
      .map((each) => ({
        ...each,
        condition: (names) => {
          try {
            each.condition!(names);
          } catch {
            // Where it could be asked it would stop.
          }
          return false;
        },
      }));
  }

  /** Undefined where nothing counts. */
  get counts(): Counts | undefined {
    if (this.#origins.length === 0) return undefined;
    const begun = this.#origins.filter((origin) => !this.#ahead.has(origin));
    return new Map(begun.map((origin) => [origin, { reached: origin.tally.reached, hits: origin.tally.hits }]));
  }

  /** What was counted where a run begins. */
  put(counts: Counts | undefined): void {
    for (const origin of this.#origins) Object.assign(origin.tally, counts?.get(origin) ?? nothing);
    this.#ahead = new Set(this.#origins.filter((origin) => !counts?.has(origin)));
  }

  /** Whether all can be known of a run from an instant on, of which this is known. */
  areKnown(counts: Counts | undefined, events: number): boolean {
    return this.#origins.every((origin) => counts?.has(origin) || events <= origin.events);
  }

  /** Whether it is known of an instant, too, what the next hit of each does. */
  areAllIn(counts: Counts | undefined): boolean {
    const isFirstMet = this.#breakpoints.writeFaults.some(({ firstOnly, condition }) => firstOnly && condition);
    return !isFirstMet && this.#origins.every((origin) => counts?.has(origin));
  }

  /** Where those begin to count that have not yet. */
  get cues(): Cue[] {
    return [...this.#ahead].map((origin) => ({
      at: { events: origin.events, threads: [] },
      perform: () => this.#begin(origin),
    }));
  }

  #begin(origin: Origin): void {
    Object.assign(origin.tally, nothing);
    this.#ahead = new Set([...this.#ahead].filter((each) => each !== origin));
  }

  /** Before a run is made again: nothing is logged in it. @returns what ends that: as it was, unless one stays where one is */
  leave(): (stays: boolean) => void {
    const before = this.counts;
    this.#isAway = true;
    for (const tally of this.#all) tally.isQuiet = true;
    return (stays) => {
      this.#isAway = false;
      for (const tally of this.#all) tally.isQuiet = false;
      if (!stays) this.put(before);
      this.#replace([...this.#ahead], (tally) => this.#originNow(tally));
    };
  }

  /** A hit of what was set later has been found by counting from the beginning of the run: so it counts on. */
  beginAtStart(): void {
    this.#replace([...this.#ahead], (tally) => ({ tally, events: 0, standing: new Map() }));
  }

  /** In another history there is no later instant at which they were set. */
  beginBy(events: number): void {
    const later = this.#origins.filter((origin) => origin.events > events);
    this.#replace(later, (tally) => ({ tally, events, standing: new Map() }));
  }

  #replace(origins: readonly Origin[], by: (tally: Tally) => Origin): void {
    this.#origins = this.#origins.map((origin) => (origins.includes(origin) ? by(origin.tally) : origin));
    this.#ahead = new Set();
  }

  /** Of what is set while a run is made again, where that ends. */
  #originNow(tally: Tally): Origin {
    Object.assign(tally, nothing);
    if (this.#isAway) return { tally, events: Infinity, standing: new Map() };
    const events = this.#events;
    const ids = events === 0 ? [] : this.debuggee.threads().map(({ id }) => id);
    return { tally, events, standing: new Map(ids.map((id) => [id, this.#standingOf(id)])) };
  }

  get #events(): number {
    return this.debuggee.status().instant.events;
  }

  /** A breakpoint at what a thread is about to do is not asked where the thread stood when it was set. */
  #onceCome<T extends Conditional>(breakpoint: T): T {
    const { condition, tally } = breakpoint;
    if (!condition || !tally?.counts) return breakpoint;
    const hasCome = (names: Names): boolean => {
      const { standing } = this.#origins.find((origin) => origin.tally === tally)!;
      if (standing.size === 0) return true;
      const thread = names.lookup('thread') as ThreadId;
      const then = standing.get(thread);
      // Nearly always a hart stood elsewhere: that costs least to see.
      if (!then || (then.pc !== undefined && then.pc !== names.lookup('pc'))) return true;
      const now = this.#standingOf(thread);
      return now.progress !== then.progress || now.pc !== then.pc;
    };
    return { ...breakpoint, condition: (names) => hasCome(names) && condition(names) };
  }

  #standingOf(thread: ThreadId): Standing {
    const { progress } = this.debuggee.threads().find(({ id }) => id === thread)!;
    const { pc } = this.debuggee.status().instant.threads.find(({ id }) => id === thread) ?? {};
    return { progress, pc };
  }
}
