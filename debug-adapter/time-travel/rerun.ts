import type { Cue, Debuggee, DebuggeeEvent, Place, RunRequest } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { ThreadId } from '../debuggee/thread';
import { give } from './inputs';
import type { Entry } from './recording';

/** After these nothing comes by itself. */
const endings: ReadonlySet<Stop['reason']> = new Set(['pause', 'deadlock', 'exited', 'guest-error']);

/** A run of a debuggee made anew, which gets what the one before has got. Nothing is heard of it until `listener` is set. */
export class Rerun {
  listener: ((event: DebuggeeEvent) => void) | undefined;
  /** How many of the entries it has had. */
  givenCount = 0;
  /** What the guest has printed since the beginning. */
  consoleByteCount = 0;
  #only: ThreadId | undefined;
  #isInterrupted = false;

  /** @param known how many events this history is known to have: a run that ends before them is another one */
  constructor(
    readonly debuggee: Debuggee,
    private readonly entries: readonly Entry[],
    private readonly known: number,
  ) {
    debuggee.onEvent((event) => {
      if (event.kind === 'console') this.consoleByteCount += event.bytes.length;
      this.listener?.(event);
    });
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
      only: this.#only,
      cues: together.map((entry) => this.#cue(entry)),
      destinations: [...('timeNs' in place ? [] : [place]), ...(changesOver ? [{ instant: changesOver.at }] : [])],
      ...('timeNs' in place && { untilNs: place.timeNs }),
    };
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
    this.#only = entry.input.thread;
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
