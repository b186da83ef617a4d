import type { Phase } from '../debuggee/phase';
import type { ThreadId } from '../debuggee/thread';
import type { Action, Routine } from './actions';
import type { Actor, Wait } from './actor';

/** A function on a thread's stack: its name and the label of the action it stands at. */
export interface VmmFrame {
  readonly name: string;
  readonly at: string;
  /** What its actions have answered, by label: the last answer of each, if it was one. */
  readonly results: ReadonlyMap<string, unknown>;
}

interface OpenFrame {
  readonly name: string;
  readonly body: Routine<unknown>;
  at: string;
  readonly results: Map<string, unknown>;
}

/** A mutex operation that meets no contention, in ns. */
const lockNs = 50;

/** An actor whose behaviour is a generator of actions. It always stands before its next action. */
export class VmmThread implements Actor {
  clockNs: number;
  wait: Wait | undefined;
  /** The action that `act` will perform; undefined once the thread has ended. */
  pending: Action | undefined;
  /** The phase of a snapshot that it works at: the one it entered last. */
  phase: Phase | undefined;
  /** The pending action has been performed, with this result, and sleeps. */
  #isInAction = false;
  #result: unknown;
  /** Outermost first. The thread resumes only the innermost body, so that a deep stack costs no more than a flat one. */
  readonly #frames: OpenFrame[];

  constructor(
    readonly id: ThreadId,
    name: string,
    body: Routine,
    startNs: number,
  ) {
    this.clockNs = startNs;
    this.#frames = [{ name, body, at: '', results: new Map() }];
    this.#advance(undefined);
  }

  /** Innermost first. */
  get frames(): readonly VmmFrame[] {
    return this.#frames.map(({ name, at, results }) => ({ name, at, results })).reverse();
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
        if (!this.#isInAction) {
          this.#result = action.perform(this.clockNs);
          this.clockNs += typeof action.costNs === 'number' ? action.costNs : action.costNs(this.#result as never);
        }
        this.#isInAction = action.sleeps?.(this) ?? false;
        if (!this.#isInAction) this.#advance(this.#result);
        return;
      }
      case 'store':
        if (action.sleeps(this)) return;
        action.perform(this.clockNs, this);
        this.clockNs += action.costNs;
        this.#advance(undefined);
        return;
      case 'call':
        this.#frames.push({ name: action.name, body: action.body, at: '', results: new Map() });
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
        const { resource, heldBy, idle } = action;
        this.wait = { resource, deadlineNs, idle, ...(heldBy && { heldBy }) };
        action.signal.add(this);
      }
    }
  }

  /** Resumes the innermost body with what it waited for; a body that ends gives its result to its caller. */
  #advance(result: unknown): void {
    for (;;) {
      const frame = this.#frames[this.#frames.length - 1]!;
      if (frame.at) frame.results.set(frame.at, result);
      const next = frame.body.next(result);
      if (!next.done) {
        this.pending = next.value;
        frame.at = next.value.at;
        return;
      }
      if (this.#frames.length === 1) {
        this.pending = undefined;
        this.wait = { resource: 'nothing: it has ended', deadlineNs: Infinity, idle: true };
        return;
      }
      this.#frames.pop();
      result = next.value;
    }
  }
}
