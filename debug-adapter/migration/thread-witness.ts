import type { Witness } from '../simulation/vmm-thread';
import type { MigrationStatus } from './migration-state';
import type { Snapshot } from './snapshot';
import type { RunState, Vmm } from './vmm';

/** What the threads' bodies read by name between their actions. */
interface Seen {
  readonly snapshot: Snapshot | undefined;
  readonly status: MigrationStatus;
  readonly error: string | undefined;
  readonly isRateLimited: boolean;
  readonly remaining: number;
  readonly thresholdByteCount: number;
  readonly runState: RunState;
  readonly isFrozen: boolean;
}

/** Sees the machine, and the snapshot under way or the last one. */
export class ThreadWitness implements Witness<Seen> {
  /** Mostly it is as it was the last time. */
  #last: Seen | undefined;

  constructor(
    private readonly vm: Vmm,
    private readonly snapshotOf: () => Snapshot | undefined,
  ) {}

  see(): Seen {
    const { vm } = this;
    const snapshot = this.snapshotOf();
    const seen: Seen = {
      snapshot,
      status: snapshot?.state.status ?? 'none',
      error: snapshot?.file.error,
      isRateLimited: snapshot?.file.isRateLimited ?? false,
      remaining: snapshot?.ram.remaining ?? 0,
      thresholdByteCount: snapshot?.precopy?.thresholdByteCount ?? 0,
      runState: vm.runStateAsked,
      isFrozen: vm.isFrozen,
    };
    if (!this.#last || !isSame(seen, this.#last)) this.#last = seen;
    return this.#last;
  }

  pretend({ snapshot, status, error, isRateLimited, remaining, thresholdByteCount, runState, isFrozen }: Seen): void {
    this.vm.pretend(runState, isFrozen);
    if (!snapshot) return;
    snapshot.state.pretend(status);
    snapshot.ram.pretend(remaining);
    snapshot.file.pretend(error, isRateLimited);
    if (snapshot.precopy) snapshot.precopy.thresholdByteCount = thresholdByteCount;
  }
}

function isSame(one: Seen, other: Seen): boolean {
  return (
    one.snapshot === other.snapshot &&
    one.status === other.status &&
    one.error === other.error &&
    one.isRateLimited === other.isRateLimited &&
    one.remaining === other.remaining &&
    one.thresholdByteCount === other.thresholdByteCount &&
    one.runState === other.runState &&
    one.isFrozen === other.isFrozen
  );
}
