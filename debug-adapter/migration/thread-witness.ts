import type { MigrationStatus } from '../debuggee/migration-status';
import type { Witness } from '../simulation/vmm-thread';
import type { RunState, Vmm } from '../vmm/vmm';
import type { Snapshot } from './snapshot';

/** What the threads' bodies read by name between their actions. */
interface Seen {
  readonly snapshot: Snapshot | undefined;
  readonly status: MigrationStatus;
  readonly error: string | undefined;
  readonly isRateLimited: boolean;
  readonly thresholdByteCount: number;
  readonly runState: RunState;
  readonly isFrozen: boolean;
}

/** Sees the machine, and the snapshot under way or the last one. */
export class ThreadWitness implements Witness<Seen> {
  #last: Seen | undefined;

  constructor(
    private readonly vm: Vmm,
    private readonly snapshotOf: () => Snapshot | undefined,
  ) {}

  see(): Seen {
    const last = this.#last;
    if (last && this.#isStill(last)) return last;
    const { vm } = this;
    const snapshot = this.snapshotOf();
    this.#last = {
      snapshot,
      status: snapshot?.state.status ?? 'none',
      error: snapshot?.file.error,
      isRateLimited: snapshot?.file.isRateLimited ?? false,
      thresholdByteCount: snapshot?.precopy?.thresholdByteCount ?? 0,
      runState: vm.runStateAsked,
      isFrozen: vm.isFrozen,
    };
    return this.#last;
  }
  pretend({ snapshot, status, error, isRateLimited, thresholdByteCount, runState, isFrozen }: Seen): void {
    this.vm.pretend(runState, isFrozen);
    if (!snapshot) return;
    snapshot.state.pretend(status);
    snapshot.file.pretend(error, isRateLimited);
    if (snapshot.precopy) snapshot.precopy.thresholdByteCount = thresholdByteCount;
  }

  /** Nearly always: nothing is made then. */
  #isStill(last: Seen): boolean {
    const { vm } = this;
    const snapshot = this.snapshotOf();
    if (last.snapshot !== snapshot || last.runState !== vm.runStateAsked || last.isFrozen !== vm.isFrozen) return false;
    if (!snapshot) return true;
    const { state, file, precopy } = snapshot;
    return (
      last.status === state.status &&
      last.error === file.error &&
      last.isRateLimited === file.isRateLimited &&
      last.thresholdByteCount === (precopy?.thresholdByteCount ?? 0)
    );
  }
}
