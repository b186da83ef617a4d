import type { WaitsFor } from '../debuggee/stop';
import type { Actor } from './actor';

/**
 * Orders actors by virtual time: the one furthest behind acts, and of equals the one that joined first, so that the same
 * inputs give the same run. A waiting actor counts from its deadline.
 */
export class Scheduler<A extends Actor> {
  readonly #actors: A[] = [];

  get actors(): readonly A[] {
    return this.#actors;
  }

  add(actor: A): void {
    this.#actors.push(actor);
  }

  remove(actor: A): void {
    const at = this.#actors.indexOf(actor);
    if (at >= 0) this.#actors.splice(at, 1);
  }

  /** Undefined when no actor can act: all are idle, or it is a deadlock. */
  next(): { readonly actor: A; readonly untilNs: number } | undefined {
    let actor: A | undefined;
    let actsAtNs = Infinity;
    let untilNs = Infinity;
    for (const candidate of this.#actors) {
      const atNs = readyAtNs(candidate);
      if (atNs < actsAtNs) {
        untilNs = actsAtNs;
        actor = candidate;
        actsAtNs = atNs;
      } else if (atNs < untilNs) {
        untilNs = atNs;
      }
    }
    if (!actor) return undefined;
    if (actor.wait) {
      actor.clockNs = actsAtNs;
      actor.wait = undefined;
    }
    return { actor, untilNs };
  }

  /** When the first of the chosen actors will act, as far as is known now. */
  dueNs(isChosen: (actor: A) => boolean): number {
    let dueNs = Infinity;
    for (const actor of this.#actors) if (isChosen(actor)) dueNs = Math.min(dueNs, readyAtNs(actor));
    return dueNs;
  }

  /**
   * Who waits for what, when `next` found nobody to act; empty when the machine is merely idle. A circle comes first, then
   * who else waits for ever, then the idle and those who wait for them.
   */
  deadlock(): WaitsFor[] {
    const waits = this.#actors.flatMap(({ id, wait }): WaitsFor[] => {
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
