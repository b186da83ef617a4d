import type { MigrationParameters } from '../debuggee/migration-parameters';
import { act, call, type Routine } from '../simulation/actions';
import { costs } from '../vmm/costs';
import type { Snapshot } from './snapshot';

/** The monitor's command `migrate`: connects the output and creates the migration thread. */
export function* qmpMigrate(s: Snapshot, createThread: (timeNs: number) => void): Routine {
  const { state } = s;
  yield* act('migrate_init', costs.trivialNs, (now) => s.begin(now), { phase: 'setup' });
  yield* act('start_outgoing_migration', costs.trivialNs, () => s.succeeds('output-open'));
  if (state.isRunning) yield* act('migrate_fd_connect', costs.threadCreateNs, () => s.succeeds('thread-create'));
  if (state.isRunning) yield* act('qemu_thread_create', costs.trivialNs, createThread);
  else {
    yield* act('migrate_fd_error', costs.trivialNs, (now) => s.finish(now), { phase: 'failed' });
    yield* call('migrate_fd_cleanup_error', 'migrateFdCleanup', migrateFdCleanup(s));
  }
}

/** The monitor's command `migrate_cancel`. The migration thread looks at the status, or finds its channel shut down. */
export function* qmpMigrateCancel(s: Snapshot): Routine {
  if (s.state.isRunning) {
    yield* act('migrate_fd_cancel', costs.trivialNs, (now) => s.cancel(now), { phase: 'cancelling' });
  }
}

/** The monitor's command `migrate_set_parameter`, for the migration under way. */
export function* qmpMigrateSetParameters(s: Snapshot, change: Partial<MigrationParameters>): Routine {
  if (s.state.isRunning) {
    yield* act('migrate_params_apply', costs.trivialNs, () => s.setParameters(change));
  }
}

/** Bottom half: the migration thread has ended; what it used is given back. */
export function* migrateFdCleanup(s: Snapshot): Routine {
  yield* act('migrate_fd_cleanup', costs.trivialNs, () => s.cleanUp(), { phase: s.cleanupPhase });
}
