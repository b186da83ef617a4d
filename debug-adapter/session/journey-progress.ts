import type { Debuggee } from '../debuggee/debuggee';
import type { Client } from './client';

/** So many ticks of a run pass before it is shown: a step back is over by then. */
const ticksUnshown = 10;

/** What goes through the past of the run, as a client shows something that takes time, with a way to end it. */
export class JourneyProgress {
  #count = 0;
  #ticks = 0;
  /** Undefined: nothing does. */
  #title: string | undefined;
  /** Its id, once it is shown. */
  #shown: string | undefined;
  #isCancelled = false;

  constructor(private readonly debuggee: Debuggee) {}

  begin(title: string): void {
    this.#title = title;
    this.#ticks = 0;
    this.#isCancelled = false;
  }

  /** The client's user has given it up. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get isUnderWay(): boolean {
    return this.#title !== undefined;
  }

  show(client: Client): void {
    if (this.#shown !== undefined) return;
    const progressId = `journey-${++this.#count}`;
    this.#shown = progressId;
    client.progress('progressStart', { progressId, title: this.#title, cancellable: true });
  }

  /** Time has passed. False: nothing goes through the past. */
  tick(client: Client): boolean {
    if (!this.isUnderWay) return false;
    if (++this.#ticks >= ticksUnshown) this.show(client);
    return true;
  }

  end(client: Client): void {
    if (this.#shown !== undefined) client.progress('progressEnd', { progressId: this.#shown });
    this.#title = undefined;
    this.#shown = undefined;
  }

  /** The client's user gives it up: the guest stands where it stood. False: it is over. */
  cancel(progressId: string): boolean {
    if (this.#shown !== progressId) return false;
    this.#isCancelled = true;
    this.debuggee.history?.interrupt();
    return true;
  }
}
