/**
 * The guest's clock (QEMU_CLOCK_VIRTUAL): stands still while the machine is stopped, so it lags behind the simulation's
 * time by the sum of all stops. All in ns.
 */
export class VirtualClock {
  #lagNs: number;
  #stoppedAtNs: number | undefined;

  /** @param startNs what it shows when the simulation begins: a restored machine has run before. */
  constructor(startNs = 0) {
    this.#lagNs = -startNs;
  }

  /** The guest's time at a point of the simulation's time. */
  at(timeNs: number): number {
    return (this.#stoppedAtNs ?? timeNs) - this.#lagNs;
  }

  /** The simulation's time at a point of the guest's, if the machine is not stopped before. */
  toSimulation(guestNs: number): number {
    return guestNs + this.#lagNs;
  }

  get isStopped(): boolean {
    return this.#stoppedAtNs !== undefined;
  }

  stop(timeNs: number): void {
    this.#stoppedAtNs ??= timeNs;
  }

  /** @returns from when on it runs: a hart may have been ahead of those who stopped it. */
  start(timeNs: number): number {
    if (this.#stoppedAtNs === undefined) return timeNs;
    const startsNs = Math.max(timeNs, this.#stoppedAtNs);
    this.#lagNs += startsNs - this.#stoppedAtNs;
    this.#stoppedAtNs = undefined;
    return startsNs;
  }
}
