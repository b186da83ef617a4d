import type { Debuggee, RunRequest } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { hasEnded, notStopped } from './errors';

export interface RunEvents {
  onRun(): void;
  onStop(stop: Stop): void;
  /** The run has failed: a bug. The debuggee stands still as far as anyone can tell. */
  onFailure(error: unknown): void;
}

/** Lets the debuggee run and stand still; knows which of the two it does. */
export class RunControl {
  #isRunning = false;
  #isOver = false;
  /** Before it is known whether it is to run: it stops as soon as it does. */
  #isPauseWanted = false;
  #hasBegun = false;

  constructor(
    private readonly debuggee: Debuggee,
    private readonly events: RunEvents,
  ) {}

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begins a run, after the present request has been answered. @throws SessionError while one is under way. */
  start(request: RunRequest): void {
    this.#start(() => this.debuggee.run(request));
  }

  /** The same, by a journey to another instant. @throws SessionError as `start` */
  travel(go: () => Promise<Stop>): void {
    this.#start(go);
  }

  /** It stands where it begins, and stays there until it is asked to run. */
  stay(): void {
    this.#hasBegun = true;
  }

  /** After a run that has been asked for a moment ago has begun. Ends a search too. */
  pause(): void {
    this.#isPauseWanted = !this.#hasBegun;
    Promise.resolve().then(() => this.debuggee.pause());
  }

  #start(run: () => Promise<Stop>): void {
    if (this.#isOver) throw hasEnded();
    if (this.#isRunning) throw notStopped();
    this.#isRunning = true;
    this.events.onRun();
    Promise.resolve()
      .then(run)
      .then((stop) => this.#ended(() => this.events.onStop(stop)))
      .catch((error: unknown) => this.#ended(() => this.events.onFailure(error)));
    this.#hasBegun = true;
    if (this.#isPauseWanted) this.pause();
  }

  /** Whatever still comes is of no interest. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.debuggee.dispose();
  }

  #ended(tell: () => void): void {
    this.#isRunning = false;
    if (!this.#isOver) tell();
  }
}
