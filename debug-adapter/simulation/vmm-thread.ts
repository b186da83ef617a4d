import type { Phase } from '../debuggee/phase';
import type { ThreadId } from '../debuggee/thread';
import type { Action, Look, Routine, Shortcut } from './actions';
import { type Actor, asDouble, type Wait } from './actor';
import { GivenThings, type KeptThings, lastThings, thingsOf } from './given-things';

/** A function on a thread's stack: its name and the label of the action it stands at. */
export interface VmmFrame {
  readonly name: string;
  readonly at: string;
  /** What its actions have answered, by label, and its looks, by name: the last answer of each, if it was one. */
  readonly results: ReadonlyMap<string, unknown>;
}

/**
 * What bodies read between their actions by name, and others change. What it sees is kept beside all that a body is given,
 * so that a body made again finds what the first one found.
 */
export interface Witness<Seen = unknown> {
  see(): Seen;
  /** Everything that is seen is so for a moment; whoever asks for this puts the truth back. */
  pretend(seen: Seen): void;
}

class OpenFrame {
  at = '';
  /** A body cannot be copied: one made again is given all this. */
  readonly #given = new GivenThings();
  /** Of what it has been given and forgets. */
  #forgotten: ReadonlyMap<string, unknown>;

  constructor(
    readonly name: string,
    readonly body: Routine<unknown>,
    given?: KeptThings,
    forgotten = nothing,
  ) {
    if (given) this.#given.putBack(given);
    this.#forgotten = forgotten;
  }

  give(of: string, thing: unknown, seen: unknown): IteratorResult<Action | Look, unknown> {
    this.#given.add(of, thing, seen);
    return this.body.next(thing);
  }

  /** The body stands as if it had been given no more than the first thing. */
  forget(): void {
    this.#forgotten = lastThings(this.#given.keep(), this.#forgotten);
    this.#given.forget();
  }

  /** What can be seen of it. Nearly nobody looks at the results: they are put together for who does. */
  get shown(): VmmFrame {
    const { name, at } = this;
    const given = this.#given.keep();
    const forgotten = this.#forgotten;
    return {
      name,
      at,
      get results() {
        return lastThings(given, forgotten);
      },
    };
  }

  keep(): KeptFrame {
    return { name: this.name, at: this.at, given: this.#given.keep(), forgotten: this.#forgotten };
  }
}

/** A frame of a thread, for a checkpoint. */
interface KeptFrame {
  readonly name: string;
  readonly at: string;
  readonly given: KeptThings;
  readonly forgotten: ReadonlyMap<string, unknown>;
}

const nothing: ReadonlyMap<string, unknown> = new Map();

/** A mutex operation that meets no contention, in ns. */
const lockNs = 50;

interface VmmThreadOptions {
  readonly witness?: Witness;
  /** Whenever the outermost body stands here, it stands as at its beginning. */
  readonly restsAt?: string;
}

/** An actor whose behaviour is a generator of actions. It always stands before its next action. */
export class VmmThread implements Actor {
  clockNs = asDouble;
  wait: Wait | undefined;
  /** The phase of a snapshot that it works at: the one it entered last. */
  phase: Phase | undefined;
  /** How many actions it has come to. */
  actionNumber = 0;
  /** The action that `act` will perform; undefined once the thread has ended. */
  #pending: Action | undefined;
  /** The pending action has been performed, with this result, and sleeps. */
  private _isInAction = false;
  private _result: unknown;
  /** Outermost first. The thread resumes only the innermost body, so that a deep stack costs no more than a flat one. */
  #frames: OpenFrame[];
  readonly #make: () => Routine;
  readonly #witness: Witness | undefined;
  readonly #restsAt: string | undefined;

  /** @param make makes bodies that are all the same thread's: what they are to share is made outside */
  constructor(
    readonly id: ThreadId,
    name: string,
    make: () => Routine,
    startNs: number,
    { witness, restsAt }: VmmThreadOptions = {},
  ) {
    this.clockNs = startNs;
    this.#make = make;
    this.#witness = witness;
    this.#restsAt = restsAt;
    this.#frames = [new OpenFrame(name, make())];
    this.#advance(undefined);
  }

  get pending(): Action | undefined {
    return this.#pending;
  }

  /** Innermost first. */
  get frames(): readonly VmmFrame[] {
    return this.#frames.map(({ shown }) => shown).reverse();
  }

  get depth(): number {
    return this.#frames.length;
  }

  /** Performs the pending action, or begins to wait for what it needs. */
  act(): void {
    const action = this.#pending;
    if (!action) throw new Error(`thread ${this.id} has ended`);
    switch (action.kind) {
      case 'do': {
        if (!this._isInAction) {
          this._result = action.perform(this.clockNs);
          this.clockNs += typeof action.costNs === 'number' ? action.costNs : action.costNs(this._result as never);
        }
        this._isInAction = action.sleeps?.(this) ?? false;
        if (!this._isInAction) this.#advance(this._result);
        return;
      }
      case 'store':
        if (action.sleeps(this)) return;
        action.perform(this.clockNs, this);
        this.clockNs += action.costNs;
        this.#advance(undefined);
        return;
      case 'call':
        this.#frames.push(new OpenFrame(action.name, action.body));
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

  /**
   * Performs the pending call by its shortcut, and each like it that follows, as so many turns would: those that are over
   * before `untilNs`. Returns how many actions that was.
   */
  callAtOnce(shortcut: Shortcut, untilNs: number, acted: () => void): number {
    let count = 0;
    while (this.#pending?.at === shortcut.at && this.clockNs + shortcut.nsMax < untilNs) {
      const actionCount = shortcut.perform(this, acted);
      this._result = undefined;
      this.actionNumber += actionCount;
      count += 1 + actionCount;
      this.#advance(shortcut.result);
    }
    return count;
  }

  /** The stack as plain data; of a thread that has ended, nothing. */
  keep(): readonly KeptFrame[] {
    if (!this.#pending) return [];
    return this.#frames.map((frame) => frame.keep());
  }

  /**
   * Makes the bodies again and gives them what they had been given. Nothing is performed, but what they do between their
   * actions is done again: all else is to be put back behind this.
   */
  putBack(kept: readonly KeptFrame[]): void {
    let body: Routine<unknown> = this.#make();
    this.#pending = undefined;
    this.#frames = kept.map(({ name, at, given, forgotten }) => {
      const frame = new OpenFrame(name, body, given, forgotten);
      frame.at = at;
      const action = this.#giveAgain(name, body, given);
      if (action?.kind === 'call') body = action.body;
      if (action?.at !== at) throw new Error(`${this.id}: ${name} came to ${action?.at} instead of ${at}`);
      this.#pending = action;
      return frame;
    });
  }

  #giveAgain(name: string, body: Routine<unknown>, given: KeptThings): Action | undefined {
    let last: Action | undefined;
    for (const { thing, seen } of thingsOf(given)) {
      this.#witness?.pretend(seen);
      const next = body.next(thing);
      if (next.done) throw new Error(`${this.id}: ${name} ended when it was made again`);
      last = next.value.kind === 'look' ? undefined : next.value;
    }
    return last;
  }

  /** Resumes the innermost body with what it waited for; a body that ends gives its result to its caller. */
  #advance(result: unknown): void {
    for (;;) {
      const frame = this.#frames[this.#frames.length - 1]!;
      let next = frame.give(frame.at, result, this.#witness?.see());
      while (!next.done && next.value.kind === 'look') {
        const { name, see } = next.value;
        const found = see();
        next = frame.give(name, found, this.#witness?.see());
      }
      if (!next.done) {
        this.#pending = next.value as Action;
        this.actionNumber++;
        frame.at = this.#pending.at;
        if (this.#frames.length === 1 && frame.at === this.#restsAt) frame.forget();
        return;
      }
      if (this.#frames.length === 1) {
        this.#pending = undefined;
        this.wait = { resource: 'nothing: it has ended', deadlineNs: Infinity, idle: true };
        return;
      }
      this.#frames.pop();
      result = next.value;
    }
  }
}
