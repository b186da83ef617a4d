import type { Breakpoints } from '../debuggee/breakpoints';
import type { Checkpoints, Cue, Debuggee, DebuggeeEvent, Place, RunRequest } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import { give } from './inputs';
import type { Entry } from './recording';
import type { Counts, Tallies } from './tallies';

/** After these nothing comes by itself. */
const endings: ReadonlySet<Stop['reason']> = new Set(['pause', 'deadlock', 'exited', 'guest-error']);

/** What a run has had and shown by an instant, and where that is. */
export interface Standing {
  /** How many of the entries. */
  readonly givenCount: number;
  /** What the guest has printed since the beginning. */
  readonly consoleByteCount: number;
  /** The only thread that acts. */
  readonly only: ThreadId | undefined;
  readonly timeNs: number;
  /** As `ThreadInfo.progress`. */
  readonly progress: ReadonlyMap<ThreadId, number>;
  /** Undefined: nothing is counted, or it is not known. */
  readonly counts: Counts | undefined;
}

export const beginning: Standing = {
  givenCount: 0,
  consoleByteCount: 0,
  only: undefined,
  timeNs: 0,
  progress: new Map(),
  counts: undefined,
};

/** A run of a debuggee from some instant on, which gets what it has got before. Nothing is heard of it until `listener` is set. */
export class Rerun {
  listener: ((event: DebuggeeEvent) => void) | undefined;
  givenCount: number;
  consoleByteCount: number;
  only: ThreadId | undefined;
  /** What counts hits on its way; undefined: it is no way to a place where one stays. */
  tallies: Tallies | undefined;
  #isInterrupted = false;

  /**
   * @param standing of the debuggee now
   * @param known how many events this history is known to have: a run that ends before them is another one
   */
  constructor(
    readonly debuggee: Debuggee,
    private readonly entries: readonly Entry[],
    private readonly known: number,
    { givenCount, consoleByteCount, only }: Standing,
  ) {
    this.givenCount = givenCount;
    this.consoleByteCount = consoleByteCount;
    this.only = only;
  }

  /** What the debuggee tells is of this run, and so are its checkpoints. */
  attach(checkpoints: Checkpoints): void {
    this.debuggee.onEvent((event) => {
      if (event.kind === 'console') this.consoleByteCount += event.bytes.length;
      this.listener?.(event);
    });
    checkpoints.note = () => this.#standing;
  }

  get #standing(): Standing {
    const { givenCount, consoleByteCount, only, debuggee } = this;
    const progress = new Map(debuggee.threads().map((thread) => [thread.id, thread.progress]));
    const { timeNs } = debuggee.status();
    return { givenCount, consoleByteCount, only, timeNs, progress, counts: this.tallies?.counts };
  }

  /** These, beside those that count hits. */
  arm(breakpoints: Breakpoints): void {
    this.debuggee.setBreakpoints(this.tallies ? this.tallies.beside(breakpoints) : breakpoints);
  }

  /** A run under way, and those to come, end. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.debuggee.pause();
  }

  /**
   * @param staysAt asked at each stop of a breakpoint on the way: whether to end there
   * @returns the stop: there, or where the run comes no further; undefined when interrupted
   */
  async runTo(place: Place, staysAt: (stop: Stop) => boolean = () => false): Promise<Stop | undefined> {
    while (!this.#isInterrupted) {
      const stop = await this.debuggee.run(this.#request(place));
      if (this.#isInterrupted) break;
      if (stop.reason === 'pause' && stop.why === 'time') return stop;
      if (stop.reason === 'pause' && stop.why === 'arrived') {
        if (!this.#changesOver() && this.#hasReached(place)) return stop;
      } else if (endings.has(stop.reason)) {
        if (this.debuggee.status().instant.events >= this.known) return stop;
        throw new Error(`a run came out differently when it was made again: ${stop.reason}`);
      } else if (staysAt(stop)) return stop;
    }
    return undefined;
  }

  #request(place: Place): RunRequest {
    const rest = this.entries.slice(this.givenCount);
    const next = rest.findIndex(({ input }) => input.kind === 'only');
    const together = next < 0 ? rest : rest.slice(0, next);
    const changesOver = rest[next];
    return {
      kind: 'continue',
      endsIdle: true,
      only: this.only,
      cues: this.#cues(together),
      destinations: [...('timeNs' in place ? [] : [place]), ...(changesOver ? [{ instant: changesOver.at }] : [])],
      ...('timeNs' in place && { untilNs: place.timeNs }),
    };
  }

  #cues(entries: readonly Entry[]): Cue[] {
    const cues = entries.map((entry) => this.#cue(entry));
    const counting = this.tallies?.cues ?? [];
    if (counting.length === 0) return cues;
    return [...counting, ...cues].sort((a, b) => a.at.events - b.at.events);
  }

  #cue({ at, input }: Entry): Cue {
    return {
      at,
      perform: () => {
        give(input, this.debuggee);
        this.givenCount++;
      },
    };
  }

  /** One thread acts alone from here on, or all do again. */
  #changesOver(): boolean {
    const entry = this.entries[this.givenCount];
    if (entry?.input.kind !== 'only' || entry.at.events > this.debuggee.status().instant.events) return false;
    this.only = entry.input.thread;
    this.givenCount++;
    return true;
  }

  #hasReached(place: Place): boolean {
    if ('timeNs' in place) return false;
    if ('instant' in place) return this.debuggee.status().instant.events >= place.instant.events;
    const thread = this.debuggee.threads().find(({ id }) => id === place.thread);
    return thread !== undefined && thread.progress >= place.progress;
  }
}
