/**
 * The guest's clock (QEMU_CLOCK_VIRTUAL): stands still while the machine is stopped, so it lags behind the simulation's
 * time by the sum of all stops. All in ns.
 */
export class VirtualClock {
  private _lagNs: number;
  private _stoppedAtNs: number | undefined;

  /** @param startNs what it shows when the simulation begins: a restored machine has run before. */
  constructor(startNs = 0) {
    this._lagNs = -startNs;
  }

  /** The guest's time at a point of the simulation's time. */
  at(timeNs: number): number {
    return (this._stoppedAtNs ?? timeNs) - this._lagNs;
  }

  /** The simulation's time at a point of the guest's, if the machine is not stopped before. */
  toSimulation(guestNs: number): number {
    return guestNs + this._lagNs;
  }

  get isStopped(): boolean {
    return this._stoppedAtNs !== undefined;
  }

  stop(timeNs: number): void {
    this._stoppedAtNs ??= timeNs;
  }

  /** @returns from when on it runs: a hart may have been ahead of those who stopped it. */
  start(timeNs: number): number {
    if (this._stoppedAtNs === undefined) return timeNs;
    const startsNs = Math.max(timeNs, this._stoppedAtNs);
    this._lagNs += startsNs - this._stoppedAtNs;
    this._stoppedAtNs = undefined;
    return startsNs;
  }
}
