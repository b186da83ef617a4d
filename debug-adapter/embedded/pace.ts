/** On the wall: shorter waits are put off until they add up to it, as no timer of a host is finer. */
const leastMs = 2;
/** A host's timer takes no longer ones. */
const mostMs = 1 << 30;

/**
 * Makes a guest that waits for nothing but a timer wait as long on the wall, as QEMU does with `-icount sleep=on`. It never
 * touches the simulation, which comes to the same instants in the same order whether and how long somebody has slept.
 */
export class Pace {
  /** Waited for in virtual time and not yet on the wall; less than 0 after a timer of the host that rang late. */
  #owedMs = 0;
  #dueNs = 0;

  /** The guest has come to `nowNs` and waits until `dueNs`. @returns how long to sleep; 0 for not now */
  msToSleep(nowNs: number, dueNs: number): number {
    if (this.#dueNs !== dueNs) {
      this.#dueNs = dueNs;
      this.#owedMs = Math.max(this.#owedMs, -leastMs) + Math.max(0, dueNs - nowNs) / 1e6;
    }
    return this.#owedMs < leastMs ? 0 : Math.min(this.#owedMs, mostMs);
  }

  /** So long has been slept of it, whoever has ended the sleep. */
  slept(ms: number): void {
    this.#owedMs -= ms;
  }
}
