import { type Actor, wake } from './actor';

/** A condition variable: whoever waits looks again at its predicate after a `notify`. */
export class Signal {
  readonly #waiters: Actor[] = [];

  add(actor: Actor): void {
    if (!this.#waiters.includes(actor)) this.#waiters.push(actor);
  }

  /** Takes out an actor whose wait has ended in another way. */
  remove(actor: Actor): void {
    const at = this.#waiters.indexOf(actor);
    if (at >= 0) this.#waiters.splice(at, 1);
  }

  notify(timeNs: number): void {
    for (const actor of this.#waiters.splice(0)) wake(actor, timeNs);
  }
}
