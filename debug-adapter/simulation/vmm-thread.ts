import type { ThreadId } from '../debuggee/thread';
import type { Action, Routine } from './actions';
import type { Actor, Wait } from './actor';

export type PendingAction = Exclude<Action, { kind: 'leave' }>;

/** A function on a thread's stack: its name and the label of the action it stands at. */
export interface VmmFrame {
  readonly name: string;
  readonly at: string;
}

/** A mutex operation that meets no contention, in ns. */
const lockNs = 50;

/** An actor whose behaviour is a generator of actions. It always stands before its next action. */
export class VmmThread implements Actor {
  clockNs: number;
  wait: Wait | undefined;
  /** The action that `act` will perform; undefined once the thread has ended. */
  pending: PendingAction | undefined;
  readonly #frames: { name: string; at: string }[];
  readonly #body: Routine;

  constructor(
    readonly id: ThreadId,
    name: string,
    body: Routine,
    startNs: number,
  ) {
    this.clockNs = startNs;
    this.#body = body;
    this.#frames = [{ name, at: '' }];
    this.#advance(undefined);
  }

  /** Innermost first. */
  get frames(): readonly VmmFrame[] {
    return [...this.#frames].reverse();
  }

  get depth(): number {
    return this.#frames.length;
  }

  /** Performs the pending action, or begins to wait for what it needs. */
  act(): void {
    const action = this.pending;
    if (!action) throw new Error(`thread ${this.id} has ended`);
    switch (action.kind) {
      case 'do': {
        const result = action.perform(this.clockNs);
        const cost = typeof action.costNs === 'number' ? action.costNs : action.costNs(result as never);
        this.clockNs += cost;
        this.#advance(result);
        return;
      }
      case 'enter':
        this.#frames.push({ name: action.name, at: '' });
        this.#advance(undefined);
        return;
      case 'lock':
        if (!action.lock.acquire(this)) return;
        this.clockNs += lockNs;
        this.#advance(undefined);
        return;
      case 'unlock':
        action.lock.release(this.id, this.clockNs);
        this.clockNs += lockNs;
        this.#advance(undefined);
        return;
      case 'wait': {
        const deadlineNs = action.deadlineNs();
        if (action.until() || deadlineNs <= this.clockNs) {
          action.signal.remove(this);
          this.#advance(undefined);
          return;
        }
        this.wait = { resource: action.resource, deadlineNs, idle: action.idle };
        action.signal.add(this);
      }
    }
  }

  #advance(result: unknown): void {
    for (;;) {
      const next = this.#body.next(result);
      if (next.done) {
        this.pending = undefined;
        this.wait = { resource: 'nothing: it has ended', deadlineNs: Infinity, idle: true };
        return;
      }
      if (next.value.kind !== 'leave') {
        this.pending = next.value;
        this.#frames[this.#frames.length - 1]!.at = next.value.at;
        return;
      }
      this.#frames.pop();
      result = undefined;
    }
  }
}
