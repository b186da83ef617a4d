import type { ThreadId } from '../debuggee/thread';
import { type Actor, type Wait, wake } from './actor';

/** A mutex. Released to the longest waiter, so that a run has only one order. */
export class Lock {
  #owner: ThreadId | undefined;
  readonly #waiters: Actor[] = [];
  readonly #wait: Wait;

  constructor(readonly name: string) {
    this.#wait = { resource: `the ${name}`, heldBy: () => this.#owner, deadlineNs: Infinity, idle: false };
  }

  get owner(): ThreadId | undefined {
    return this.#owner;
  }

  /** True when `actor` holds the lock now; otherwise it waits and will hold it when it wakes. */
  acquire(actor: Actor): boolean {
    if (this.#owner === actor.id) return true;
    if (this.#owner === undefined) {
      this.#owner = actor.id;
      return true;
    }
    this.waitFor(actor);
    return false;
  }

  /** Queues an actor that will hold the lock when it wakes. */
  waitFor(actor: Actor): void {
    if (!this.#waiters.includes(actor)) this.#waiters.push(actor);
    actor.wait = this.#wait;
  }

  /** An actor with this wait is in the queue. */
  isReasonFor(wait: Wait): boolean {
    return wait === this.#wait;
  }

  /** Takes an actor out of the queue: it no longer wants the lock. */
  forget(actor: Actor): void {
    const at = this.#waiters.indexOf(actor);
    if (at >= 0) this.#waiters.splice(at, 1);
  }

  release(holder: ThreadId, timeNs: number): void {
    if (this.#owner !== holder) throw new Error(`${holder} releases the ${this.name} held by ${this.#owner}`);
    const next = this.#waiters.shift();
    this.#owner = next?.id;
    if (next) wake(next, timeNs);
  }
}
