import type { RunRequest } from '../debuggee/debuggee';
import type { Host } from '../debuggee/host';
import type { Stop } from '../debuggee/stop';
import type { Pace } from './pace';
import type { RunCheckpoints } from './run-checkpoints';
import { instructionsPerTurnMax, type RunLoop } from './run-loop';

/** How long a slice of a run lasts on the clock on the wall before the host's event loop has a turn. */
const sliceMs = 10;
/** Most turns between two looks at that clock: a look takes longer than a short turn. */
const turnsPerLookMax = 32;
/** Fewest instructions of a hart's turn: so many accesses to a device take a few milliseconds before V8 has compiled it. */
const instructionsPerTurnMin = 1000;
/** How much of a slice may pass between two looks. */
const looksPerSlice = 4;

interface Sliced {
  readonly loop: RunLoop;
  readonly host: Host;
  /** Undefined: virtual time goes as fast as it can. */
  readonly pace: Pace | undefined;
  readonly checkpoints: RunCheckpoints | undefined;
  /** Does a piece of what the run waits for, outside of its time. False: it waits for nothing. */
  readonly work: () => boolean;
}

/** A run in slices, between which the host's event loop has a turn. No run depends on how it is cut. */
export class Slices {
  #turnsPerLook = 1;
  #instructionsPerTurn = instructionsPerTurnMin;
  #pauseRequested = false;
  #isEnded = false;
  /** Ends the wait of an idle run. */
  #rouse: (() => void) | undefined;

  constructor(private readonly sliced: Sliced) {}

  async run(request: RunRequest): Promise<Stop> {
    const { loop, host } = this.sliced;
    this.#pauseRequested = false;
    loop.begin(request);
    try {
      for (;;) {
        const stop = this.#slice();
        if (stop && stop !== 'idle' && stop !== 'asleep') return stop;
        if (stop && !this.#isToStop) await this.#rest(stop);
        else await host.nextTurn();
        this.#rouse = undefined;
        if (this.#isToStop) return { reason: 'pause', thread: 'hart 0' };
      }
    } finally {
      loop.end();
      this.sliced.checkpoints?.finish();
    }
  }

  pause(): void {
    this.#pauseRequested = true;
    this.rouse();
  }

  /** There will be no more. */
  end(): void {
    this.#isEnded = true;
    this.rouse();
  }

  /** Something has come from outside. */
  rouse(): void {
    this.#rouse?.();
  }

  /** Asked for from outside, or by a listener in the midst of a slice. */
  get #isToStop(): boolean {
    return this.#pauseRequested || this.#isEnded;
  }

  /** Until something comes from outside, or the guest's timer is due. */
  async #rest(why: 'idle' | 'asleep'): Promise<void> {
    const { host, pace } = this.sliced;
    const roused = new Promise<void>((resolve) => (this.#rouse = resolve));
    if (why === 'idle') return roused;
    const beginsMs = host.now();
    await host.sleep(this.#msToSleep(), roused);
    pace?.slept(host.now() - beginsMs);
  }

  /** How long nothing is to be done. */
  #msToSleep(): number {
    const { loop, pace } = this.sliced;
    const dueNs = pace && loop.sleepsUntilNs;
    return dueNs === undefined ? 0 : pace!.msToSleep(loop.timeNs, dueNs);
  }

  #slice(): Stop | 'idle' | 'asleep' | undefined {
    const { loop, host, checkpoints, work } = this.sliced;
    let lookedMs = host.now();
    const endsMs = lookedMs + sliceMs;
    while (lookedMs < endsMs) {
      let hasWorked = false;
      for (let turn = 0; turn < this.#turnsPerLook && !hasWorked; turn++) {
        hasWorked = work() || (checkpoints?.work() ?? false);
        if (hasWorked) continue;
        if (this.#msToSleep() > 0) return 'asleep';
        const stop = loop.turn(this.#instructionsPerTurn);
        if (stop) return stop;
        checkpoints?.takeIfDue();
      }
      const nowMs = host.now();
      if (!hasWorked) this.#adaptLooks(nowMs - lookedMs);
      lookedMs = nowMs;
    }
    return undefined;
  }

  /** How long a turn lasts is the guest's: some misses the TLB with each access, another floods its UART. */
  #adaptLooks(passedMs: number): void {
    const [turns, instructions] = [this.#turnsPerLook, this.#instructionsPerTurn];
    if (passedMs > sliceMs / looksPerSlice) {
      if (turns > 1) this.#turnsPerLook = turns >> 1;
      else this.#instructionsPerTurn = Math.max(instructionsPerTurnMin, instructions >> 1);
    } else if (passedMs < sliceMs / looksPerSlice / 2) {
      if (instructions < instructionsPerTurnMax)
        this.#instructionsPerTurn = Math.min(instructionsPerTurnMax, 2 * instructions);
      else this.#turnsPerLook = Math.min(turnsPerLookMax, 2 * turns);
    }
  }
}
