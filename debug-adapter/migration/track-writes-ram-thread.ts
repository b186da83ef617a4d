import { act, call, lock, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs, flushCostNs } from '../vmm/costs';
import { vmStart } from '../vmm/vm-start';
import type { Snapshot } from './snapshot';
import {
  type SlowFaultThrottle,
  wtRamSaveIterate,
  wtRamSaveSetup,
  wtRamWriteTrackingStart,
  wtRamWriteTrackingStop,
} from './track-writes-ram';
import { waitUnplug } from './write-tracking-thread';

/**
 * The write-tracking migration thread as its patch series first had it (version 2, 2020: wt_migration_thread), selected by
 * the capability track-writes-ram. The algorithm is that of write-tracking-thread.ts; what reviews and users found later is
 * not in it yet:
 *
 * - RAM is not read through before it is write-protected: what nobody has touched stays unprotected, and leaks.
 * - The stashed device state is not flushed into its buffer: what the channel still holds is not in the stream.
 * - A freeze that fails leaves the guest paused; one that succeeds starts a guest that was paused before.
 * - Write tracking stops only at a completion; a cancel gets there because an iteration that fails counts as the last.
 * - The dirty log is on all the time, for nobody.
 */
export function* wtMigrationThread(s: Snapshot, throttle: SlowFaultThrottle): Routine {
  const { vm, state, stash } = s;

  yield* act('qemu_file_set_rate_limit', costs.trivialNs, () => s.file.setRateLimit(Infinity));
  yield* act('update_iteration_initial_status', 0, (now) => s.beginWindow(now));
  yield* act('qemu_savevm_state_header', costs.headerNs, () => s.stream.writeHeader(), { phase: 'head' });
  yield* call('qemu_savevm_state_setup', 'wtRamSaveSetup', wtRamSaveSetup(s));
  if (s.failoverNic && state.isRunning) {
    yield* call('qemu_savevm_wait_unplug', 'waitUnplug', waitUnplug(s, s.failoverNic));
  }
  if (state.isRunning) {
    yield* act('migrate_set_state_active', costs.trivialNs, (now) => s.enterActive(now), { phase: 'active' });
    yield* call('early', 'wtFreeze', wtFreeze(s));
  }

  if (state.isActive) yield* act('trace_migration_thread_setup_complete', 0, () => {}, { phase: 'save' });
  while (state.isActive) {
    const isComplete = yield* call(
      'wt_migration_iteration_run',
      'wtMigrationIterationRun',
      wtMigrationIterationRun(s, throttle),
    );
    if (isComplete) break;
    yield* act('migration_detect_error', costs.trivialNs, () => s.detectError());
    yield* act('migration_update_counters', costs.trivialNs, (now) => s.updateCounters(now));
  }

  yield* lock('qemu_mutex_lock_iothread_finish', vm.bql);
  yield* act('memory_global_dirty_log_stop', costs.trivialNs, () => vm.machine.core.pages.stopDirtyLog());
  yield* act('wt_migration_iteration_finish', costs.trivialNs, (now) => s.finish(now));
  yield* act('qemu_fclose', costs.trivialNs, () => stash.flush());
  yield* act('migrate_fd_cleanup_schedule', costs.trivialNs, (now) => s.scheduleCleanup(now), { phase: s.endingPhase });
  yield* unlock('qemu_mutex_unlock_iothread_finish', vm.bql);
}

/** The instant of the snapshot. Whatever fails here leaves the guest as `vm_stop_force_state` left it: paused. */
function* wtFreeze(s: Snapshot): Routine {
  const { vm, state } = s;

  yield* act('downtime_start', costs.trivialNs, (now) => s.stampDowntimeStart(now));
  yield* lock('qemu_mutex_lock_iothread', vm.bql, { phase: 'vm-stop' });
  yield* act('global_state_store', costs.trivialNs, () => s.storeGlobalState());
  yield* act('vm_stop_force_state', costs.vmStopNs, (now) => vm.freeze(now));
  yield* waitUntil('pause_all_vcpus', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('bdrv_flush_all', costs.trivialNs, () => s.vmStopped());

  if (state.isActive) {
    yield* act('cpu_synchronize_all_states', costs.synchronizeStatesNs, () => s.synchronizeStates(), {
      phase: 'state-stash',
    });
    yield* act('qemu_savevm_state_complete_precopy_non_iterable', costs.stashNs, (now) => s.stashDeviceState(now));
  }
  if (state.isActive) {
    yield* call('ram_write_tracking_start', 'wtRamWriteTrackingStart', wtRamWriteTrackingStart(s), { phase: 'wp-arm' });
  }
  // In the main loop, for vm_start's notifiers may write to guest RAM, which is protected now.
  if (state.isActive) {
    yield* act('qemu_bh_schedule', costs.trivialNs, (now) =>
      vm.mainLoop.schedule({ name: 'wtMigrationVmStartBh', body: () => wtMigrationVmStartBh(s) }, now),
    );
  }
  yield* unlock('qemu_mutex_unlock_iothread', vm.bql);
}

/** Bottom half: the guest goes on, also one that the user had paused before. */
function* wtMigrationVmStartBh(s: Snapshot): Routine {
  yield* call('vm_start', 'vmStart', vmStart(s.vm), { phase: 'vm-start-bh' });
  yield* act('downtime', costs.trivialNs, (now) => s.stampDowntime(now));
}

/** True: that was the end. A failed iteration counts as the last one. */
function* wtMigrationIterationRun(s: Snapshot, throttle: SlowFaultThrottle): Routine<boolean> {
  const result = yield* call('qemu_savevm_state_iterate', 'wtRamSaveIterate', wtRamSaveIterate(s, throttle));
  if (result === 'more') return false;
  yield* call('wt_migration_completion', 'wtMigrationCompletion', wtMigrationCompletion(s));
  return true;
}

function* wtMigrationCompletion(s: Snapshot): Routine {
  const { state, stash } = s;
  yield* call('ram_write_tracking_stop', 'wtRamWriteTrackingStop', wtRamWriteTrackingStop(s), { phase: 'wp-disarm' });
  if (state.isActive) {
    yield* act('qemu_put_buffer', flushCostNs(stash.byteCount), () => s.appendStash(), {
      phase: 'append-stash',
      ...s.untilRead,
    });
    yield* act('qemu_file_get_error', costs.trivialNs, () => s.detectError());
  }
  if (state.isActive) yield* act('migrate_set_state_completed', costs.flushNs, () => s.complete());
}
