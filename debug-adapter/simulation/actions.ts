import type { Phase } from '../debuggee/phase';
import type { ThreadId } from '../debuggee/thread';
import type { Actor } from './actor';
import type { Lock } from './lock';
import type { Signal } from './signal';

/**
 * What a VMM thread does, one observable action at a time. `at` is the action's label: it stands as a string literal on
 * the line that yields it, which is how a debugger finds the line.
 */
export type Action =
  | {
      readonly kind: 'do';
      readonly at: string;
      /** The snapshot enters this phase with this action. */
      readonly phase: Phase | undefined;
      readonly perform: (timeNs: number) => unknown;
      readonly costNs: Cost<never>;
      /** Asked when the action has been performed and its cost has passed: true while the thread sleeps inside it. */
      readonly sleeps: ((thread: Actor) => boolean) | undefined;
    }
  | {
      readonly kind: 'store';
      readonly at: string;
      readonly phase: undefined;
      readonly physicalAddress: number;
      /** True: the thread sleeps now, its wait is set; the action is tried again when it wakes. */
      readonly sleeps: (thread: Actor) => boolean;
      readonly perform: (timeNs: number, thread: Actor) => void;
      readonly costNs: number;
    }
  | { readonly kind: 'lock'; readonly at: string; readonly lock: Lock; readonly phase: Phase | undefined }
  | { readonly kind: 'unlock'; readonly at: string; readonly lock: Lock; readonly phase: undefined }
  | {
      readonly kind: 'wait';
      readonly at: string;
      readonly phase: undefined;
      readonly signal: Signal;
      readonly until: () => boolean;
      readonly resource: string;
      readonly heldBy: (() => ThreadId | undefined) | undefined;
      readonly idle: boolean;
      /** Ends the wait by itself; read when the wait begins. */
      readonly deadlineNs: () => number;
    }
  | {
      readonly kind: 'call';
      readonly at: string;
      readonly phase: Phase | undefined;
      /** The callee as a stack frame names it. */
      readonly name: string;
      readonly body: Routine<unknown>;
    };

/** All that comes of a call in one go. For who knows that nobody looks meanwhile, and nothing makes it wait. */
export interface Shortcut {
  /** The call's label. */
  readonly at: string;
  /** It takes no longer. */
  readonly nsMax: number;
  /** What the callee returns. */
  readonly result: unknown;
  /**
   * @param thread whose clock goes on
   * @param acted to be told behind actions that change how much has been sent
   * @returns how many actions of the callee that were
   */
  perform(thread: Actor, acted: () => void): number;
}

/** Something that a body reads, or takes, between its actions. Nobody sees it; a body made again is given the same. */
export interface Look {
  readonly kind: 'look';
  /** What the body calls it. */
  readonly name: string;
  readonly see: () => unknown;
}

/** Nanoseconds, or a function of what the action returned. */
export type Cost<T> = number | ((result: T) => number);

/** The body of a thread or of a function that a thread calls. */
export type Routine<R = void> = Generator<Action | Look, R, unknown>;

interface PhaseOption {
  readonly phase?: Phase | undefined;
}

interface ActOptions extends PhaseOption {
  /** Sets the thread's wait and answers true while the action is not over: a write to a pipe that is full. */
  readonly sleeps?: (thread: Actor) => boolean;
}

/**
 * What `yield*` makes a body yield, to get the answer: as a generator of one `yield` would, which costs several times as
 * much. It is its own answer to `next`, once with the action and once with what that comes to.
 */
class Yield<T = void> implements Iterator<Action | Look, T, unknown> {
  done: boolean | undefined;
  value: Action | Look | T;

  constructor(action: Action | Look) {
    this.value = action;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(answer: unknown): IteratorResult<Action | Look, T> {
    if (this.done === undefined) this.done = false;
    else {
      this.done = true;
      this.value = answer as T;
    }
    return this as IteratorResult<Action | Look, T>;
  }
}

/** Performs `perform` at the thread's clock, then lets `costNs` pass, then sleeps as long as it must. */
export function act<T>(at: string, costNs: Cost<T>, perform: (timeNs: number) => T, options?: ActOptions): Yield<T> {
  return new Yield({ kind: 'do', at, phase: options?.phase, perform, costNs, sleeps: options?.sleeps });
}

interface Store {
  readonly physicalAddress: number;
  readonly sleeps: (thread: Actor) => boolean;
  readonly perform: (timeNs: number, thread: Actor) => void;
}

/** A write to memory that may be protected: performed once the thread no longer sleeps for it. */
export function store(at: string, costNs: number, how: Store): Yield {
  return new Yield({ kind: 'store', at, phase: undefined, costNs, ...how });
}

export function lock(at: string, taken: Lock, options?: PhaseOption): Yield {
  return new Yield({ kind: 'lock', at, lock: taken, phase: options?.phase });
}

export function unlock(at: string, released: Lock): Yield {
  return new Yield({ kind: 'unlock', at, lock: released, phase: undefined });
}

export interface WaitOptions {
  readonly resource: string;
  /** Who will end the wait, where one thread alone can. */
  readonly heldBy?: () => ThreadId | undefined;
  /** Something outside the machine may end the wait. */
  readonly idle?: boolean;
  readonly deadlineNs?: () => number;
}

/** Waits until `until` holds; looked at again after each `notify` of the signal and at the deadline. */
export function waitUntil(at: string, signal: Signal, until: () => boolean, options: WaitOptions): Yield {
  return new Yield({
    kind: 'wait',
    at,
    phase: undefined,
    signal,
    until,
    resource: options.resource,
    heldBy: options.heldBy,
    idle: options.idle ?? false,
    deadlineNs: options.deadlineNs ?? never,
  });
}

/** Calls another routine: a frame of its own on the thread's stack while it runs. */
export function call<T>(at: string, name: string, body: Routine<T>, options?: PhaseOption): Yield<T> {
  return new Yield({ kind: 'call', at, name, body, phase: options?.phase });
}

/** What changes under a body that stands still is read by this, unless the thread's `Witness` sees it. */
export function look<T>(name: string, see: () => T): Yield<T> {
  return new Yield({ kind: 'look', name, see });
}

function never(): number {
  return Infinity;
}
