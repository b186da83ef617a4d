/** QEMU's MigrationStatus, as far as a write-tracking snapshot goes through it. */
export type MigrationStatus = 'none' | 'setup' | 'active' | 'completed' | 'failed';

const transitions: Readonly<Record<MigrationStatus, readonly MigrationStatus[]>> = {
  none: ['setup'],
  setup: ['active', 'failed'],
  active: ['completed', 'failed'],
  completed: [],
  failed: [],
};

/** The plain data of one snapshot: all that a user can look at while it runs. Times in virtual ns. */
export class MigrationState {
  #status: MigrationStatus = 'none';

  startNs = 0;
  setupNs = 0;
  downtimeStartNs = 0;
  downtimeNs = 0;
  totalNs = 0;
  /** Why it failed, and what to do. */
  error: string | undefined;

  pagesSent = 0;
  zeroPages = 0;
  faultsServed = 0;
  /** The longest and the sum of the times from a fault to its wake-up. */
  faultLatencyNsMax = 0;
  faultLatencyNsTotal = 0;
  iterations = 0;

  get status(): MigrationStatus {
    return this.#status;
  }

  /** Enters `to`. An illegal transition is a bug in the thread. */
  setStatus(to: MigrationStatus): void {
    if (!transitions[this.#status].includes(to)) throw new Error(`migration status ${this.#status} → ${to}`);
    this.#status = to;
  }

  get isActive(): boolean {
    return this.#status === 'active';
  }

  get hasEnded(): boolean {
    return transitions[this.#status].length === 0;
  }
}
