import { Signal } from '../simulation/signal';

/** How long a cancelled snapshot goes on waiting for an unplug that the guest has been asked for (QEMU: 120 × 250 ms). */
const graceNs = 30_000_000_000;

/**
 * A network card passed through to the guest, beside a virtio one that takes over while it is away. Its state cannot be
 * saved, so the guest is asked to give it up before the snapshot, and gets it back afterwards. All that is modelled of
 * it is how long the guest takes.
 */
export class FailoverNic {
  /** Wakes who waits for the unplug: it is no longer wanted. */
  readonly signal = new Signal();
  /** Virtual ns at which the guest gives it up; Infinity when it never will, or has not been asked. */
  unpluggedAtNs = Infinity;
  /** Virtual ns at which a cancelled snapshot waits no longer. */
  graceEndsAtNs = Infinity;

  /** @param unplugNs from the request until the guest has let go; Infinity: it never does. */
  constructor(private readonly unplugNs: number) {}

  requestUnplug(timeNs: number): void {
    this.unpluggedAtNs = timeNs + this.unplugNs;
  }

  cancelUnplug(timeNs: number): void {
    this.graceEndsAtNs = timeNs + graceNs;
    this.signal.notify(timeNs);
  }
}
