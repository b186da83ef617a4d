import { type Actor, wake } from './actor';

/** A condition variable: whoever waits looks again at its predicate after a `notify`. */
export class Signal {
  private readonly _waiters: Actor[] = [];

  add(actor: Actor): void {
    if (!this._waiters.includes(actor)) this._waiters.push(actor);
  }

  /** Takes out an actor whose wait has ended in another way. */
  remove(actor: Actor): void {
    const at = this._waiters.indexOf(actor);
    if (at >= 0) this._waiters.splice(at, 1);
  }

  notify(timeNs: number): void {
    for (const actor of this._waiters.splice(0)) wake(actor, timeNs);
  }
}
