import type { MigrationStatus } from '../debuggee/migration-status';
import { FaultLatencies } from './fault-latencies';

/**
 * ```
 * none ─► setup ──► wait-unplug ──► active ──► completed
 *           └─────────────────────►              ▲
 *           └────────────── savevm ──────────────┘
 *         each of the three ─► failed
 *         each of the three ─► cancelling ─► cancelled
 * ```
 * `cancelling`: the user has given up, the migration thread has not noticed yet.
 */
const transitions: Readonly<Record<MigrationStatus, readonly MigrationStatus[]>> = {
  none: ['setup'],
  setup: ['wait-unplug', 'active', 'completed', 'failed', 'cancelling'],
  'wait-unplug': ['active', 'failed', 'cancelling'],
  active: ['completed', 'failed', 'cancelling'],
  completed: [],
  failed: [],
  cancelling: ['cancelled'],
  cancelled: [],
};

/** The plain data of one snapshot: all that a user can look at while it runs. Times in virtual ns. */
export class MigrationState {
  private _status: MigrationStatus = 'none';

  /** @param onStatus told of every status entered. */
  constructor(private readonly onStatus: (status: MigrationStatus) => void = () => {}) {}

  startNs = 0;
  setupNs = 0;
  downtimeStartNs = 0;
  downtimeNs = 0;
  totalNs = 0;
  /** Why it failed, and what to do. */
  error: string | undefined;

  pagesSent = 0;
  zeroPages = 0;
  readonly faults = new FaultLatencies();
  iterations = 0;

  get status(): MigrationStatus {
    return this._status;
  }

  /** For a `Witness`. */
  pretend(status: MigrationStatus): void {
    this._status = status;
  }

  /** Enters `to`. An illegal transition is a bug in the thread. */
  setStatus(to: MigrationStatus): void {
    if (!transitions[this._status].includes(to)) throw new Error(`migration status ${this._status} → ${to}`);
    this._status = to;
    this.onStatus(to);
  }

  /** A snapshot that has ended, or that is being cancelled, does not fail any more. */
  fail(error: string): void {
    if (!transitions[this._status].includes('failed')) return;
    this.error = error;
    this.setStatus('failed');
  }

  get isActive(): boolean {
    return this._status === 'active';
  }

  /** Under way, and nobody has given up. */
  get isRunning(): boolean {
    return transitions[this._status].includes('cancelling');
  }

  get hasEnded(): boolean {
    return transitions[this._status].length === 0;
  }
}
