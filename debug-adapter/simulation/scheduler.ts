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

  /** Who waits for what for ever, when `next` found nobody to act; empty when the machine is merely idle. */
  deadlock(): WaitsFor[] {
    return this.#actors.flatMap(({ id, wait }) => {
      if (!wait || wait.idle) return [];
      const heldBy = wait.heldBy?.();
      return [
        heldBy === undefined
          ? { thread: id, resource: wait.resource }
          : { thread: id, resource: wait.resource, heldBy },
      ];
    });
  }
}

function readyAtNs(actor: Actor): number {
  return actor.wait ? Math.max(actor.clockNs, actor.wait.deadlineNs) : actor.clockNs;
}
