import type { WaitsFor } from '../debuggee/stop';
import type { Actor } from './actor';

/** Who acts, and how far it may go before another is due. */
interface Turn<A> {
  readonly actor: A;
  readonly untilNs: number;
}

/**
 * Orders actors by virtual time: the one furthest behind acts, and of equals the one that joined first, so that the same
 * inputs give the same run. A waiting actor counts from its deadline. Actors with quanta (harts) take turns with each
 * other by these alone: the one acts whose quantum began first, up to its end. Everyone else acts when the hart whose turn
 * it is has come to their time, so that their actions do not change the order of the harts.
 */
export class Scheduler<A extends Actor> {
  private readonly _actors: A[] = [];

  get actors(): readonly A[] {
    return this._actors;
  }

  add(actor: A): void {
    this._actors.push(actor);
  }

  remove(actor: A): void {
    const at = this._actors.indexOf(actor);
    if (at >= 0) this._actors.splice(at, 1);
  }

  /** Undefined when no actor can act: all are idle, or it is a deadlock. */
  next(): Turn<A> | undefined {
    let first = -1;
    let actsAtNs = Infinity;
    let untilNs = Infinity;
    for (let at = 0; at < this._actors.length; at++) {
      const candidate = this._actors[at]!;
      if (candidate.quantumAt) continue;
      const readyNs = readyAtNs(candidate);
      if (readyNs < actsAtNs) {
        untilNs = actsAtNs;
        first = at;
        actsAtNs = readyNs;
      } else if (readyNs < untilNs) {
        untilNs = readyNs;
      }
    }
    const turn = this.#nextQuantum(first, actsAtNs) ?? this.#turn(first, untilNs);
    return turn && begun(turn);
  }

  /** The turn of an actor whose turn it need not be; undefined when it waits for others. */
  turnOf(actor: A): Turn<A> | undefined {
    if (readyAtNs(actor) === Infinity) return undefined;
    return begun({ actor, untilNs: Infinity });
  }

  #turn(at: number, untilNs: number): Turn<A> | undefined {
    const actor = this._actors[at];
    return actor && { actor, untilNs };
  }

  /** The one of those with quanta that is to act, unless the actor at place `other` comes first, which is due at `dueNs`. */
  #nextQuantum(other: number, dueNs: number): Turn<A> | undefined {
    let first = -1;
    let firstNs = Infinity;
    let second = -1;
    let secondNs = Infinity;
    for (let at = 0; at < this._actors.length; at++) {
      const candidate = this._actors[at]!;
      if (!candidate.quantumAt) continue;
      const readyNs = readyAtNs(candidate);
      if (readyNs === Infinity) continue;
      const { beginsNs } = candidate.quantumAt(readyNs);
      if (first < 0 || beginsNs < firstNs) {
        second = first;
        secondNs = firstNs;
        first = at;
        firstNs = beginsNs;
      } else if (second < 0 || beginsNs < secondNs) {
        second = at;
        secondNs = beginsNs;
      }
    }
    const actor = this._actors[first];
    if (!actor?.quantumAt) return undefined;
    const readyNs = readyAtNs(actor);
    if (dueNs < readyNs || (dueNs === readyNs && other < first)) return undefined;
    if (second < 0) return { actor, untilNs: dueNs };
    // Its quanta up to the first one that begins after the other's, or with it if the other comes first then.
    const { beginsNs, endsNs } = actor.quantumAt(secondNs);
    return { actor, untilNs: Math.min(dueNs, second < first && beginsNs === secondNs ? beginsNs : endsNs) };
  }

  /** When the first of the chosen actors will act, as far as is known now. */
  dueNs(isChosen: (actor: A) => boolean): number {
    let dueNs = Infinity;
    for (const actor of this._actors) if (isChosen(actor)) dueNs = Math.min(dueNs, readyAtNs(actor));
    return dueNs;
  }

  /**
   * When somebody besides these will act, as far as is known now; or come between them: beside one with quanta, another
   * one's turn may begin with a quantum that it sleeps through in part.
   */
  dueNsBeside(one: A, other: A | undefined): number {
    let dueNs = Infinity;
    for (const actor of this._actors) {
      if (actor === one || actor === other) continue;
      const readyNs = readyAtNs(actor);
      const hasQuanta = other?.quantumAt && actor.quantumAt && readyNs < Infinity;
      dueNs = Math.min(dueNs, hasQuanta ? actor.quantumAt(readyNs).beginsNs : readyNs);
    }
    return dueNs;
  }

  /**
   * Who waits for what, when `next` found nobody to act; empty when the machine is merely idle. A circle comes first, then
   * who else waits for ever, then the idle and those who wait for them.
   */
  deadlock(): WaitsFor[] {
    const waits = this._actors.flatMap(({ id, wait }): WaitsFor[] => {
      if (!wait) return [];
      const heldBy = wait.heldBy?.();
      const { resource, idle } = wait;
      return [{ thread: id, resource, ...(heldBy !== undefined && { heldBy }), ...(idle && { idle }) }];
    });
    const stuck = waits.filter((wait) => !mayEnd(wait, waits));
    if (stuck.length === 0) return [];
    const circle = circleOf(stuck);
    return [
      ...circle,
      ...stuck.filter((wait) => !circle.includes(wait)),
      ...waits.filter((wait) => !stuck.includes(wait)),
    ];
  }
}

/** Who acts waits no more. */
function begun<A extends Actor>(turn: Turn<A>): Turn<A> {
  const { actor } = turn;
  if (actor.wait) {
    actor.clockNs = readyAtNs(actor);
    actor.wait = undefined;
  }
  return turn;
}

function readyAtNs(actor: Actor): number {
  return actor.wait ? Math.max(actor.clockNs, actor.wait.deadlineNs) : actor.clockNs;
}

/** Something outside may end the wait, or that of the thread that it waits for, by however many others. */
function mayEnd(wait: WaitsFor, waits: readonly WaitsFor[]): boolean {
  const seen = new Set<WaitsFor>();
  for (let at: WaitsFor | undefined = wait; at && !seen.has(at); ) {
    if (at.idle) return true;
    seen.add(at);
    const { heldBy }: WaitsFor = at;
    at = waits.find(({ thread }) => thread === heldBy);
  }
  return false;
}

/** Threads that wait for each other all the way round, or for themselves; empty when no threads do. */
function circleOf(waits: readonly WaitsFor[]): WaitsFor[] {
  for (const start of waits) {
    const path: WaitsFor[] = [];
    let wait: WaitsFor | undefined = start;
    while (wait && !path.includes(wait)) {
      path.push(wait);
      const { heldBy }: WaitsFor = wait;
      wait = waits.find(({ thread }) => thread === heldBy);
    }
    if (wait === start) return path;
  }
  return [];
}
