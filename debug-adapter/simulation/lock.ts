import type { ThreadId } from '../debuggee/thread';
import { type Actor, type Wait, wake } from './actor';

/** A mutex. Released to the longest waiter, so that a run has only one order. */
export class Lock {
  private _owner: ThreadId | undefined;
  private readonly _waiters: Actor[] = [];
  private readonly _wait: Wait;

  constructor(readonly name: string) {
    this._wait = { resource: `the ${name}`, heldBy: () => this._owner, deadlineNs: Infinity, idle: false };
  }

  get owner(): ThreadId | undefined {
    return this._owner;
  }

  /** True when `actor` holds the lock now; otherwise it waits and will hold it when it wakes. */
  acquire(actor: Actor): boolean {
    if (this._owner === actor.id) return true;
    if (this._owner === undefined) {
      this._owner = actor.id;
      return true;
    }
    this.waitFor(actor);
    return false;
  }

  /** Queues an actor that will hold the lock when it wakes. */
  waitFor(actor: Actor): void {
    if (!this._waiters.includes(actor)) this._waiters.push(actor);
    actor.wait = this._wait;
  }

  /** An actor with this wait is in the queue. */
  isReasonFor(wait: Wait): boolean {
    return wait === this._wait;
  }

  /** Takes an actor out of the queue: it no longer wants the lock. */
  forget(actor: Actor): void {
    const at = this._waiters.indexOf(actor);
    if (at >= 0) this._waiters.splice(at, 1);
  }

  release(holder: ThreadId, timeNs: number): void {
    if (this._owner !== holder) throw new Error(`${holder} releases the ${this.name} held by ${this._owner}`);
    const next = this._waiters.shift();
    this._owner = next?.id;
    if (next) wake(next, timeNs);
  }
}
