import type { ThreadId } from '../debuggee/thread';
import type { Quantum } from './interleaving';

/** Why an actor cannot act now. */
export interface Wait {
  /** In words, for a thread list and for a wait-for graph: `the BQL`, `uffd: page 0x80400`. */
  readonly resource: string;
  readonly heldBy?: () => ThreadId | undefined;
  /** Virtual ns at which the wait ends by itself; Infinity when only another actor ends it. */
  readonly deadlineNs: number;
  /** Something outside may end it (a key press, a command), so that it is no part of a deadlock. */
  readonly idle: boolean;
}

/** Something that acts in virtual time. */
export interface Actor {
  readonly id: ThreadId;
  /** Virtual ns, integer: everything before it has happened to this actor. */
  clockNs: number;
  /** Undefined while the actor can act. */
  wait: Wait | undefined;
  /** Those that have it run ahead of each other up to the end of a quantum, and then ahead of what others did meanwhile. */
  readonly quantumAt?: (timeNs: number) => Quantum;
}

/**
 * What a clock holds before it is set. V8 then keeps a double: in place, and from the start, so that nothing that it has
 * compiled for integers goes to waste when the time comes to 2^31 ns.
 */
export const asDouble = NaN;

/** Ends an actor's wait at `timeNs`; its clock never runs backwards. */
export function wake(actor: Actor, timeNs: number): void {
  actor.wait = undefined;
  if (actor.clockNs < timeNs) actor.clockNs = timeNs;
}
