import { act, call, lock, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs, flushCostNs } from '../vmm/costs';
import { vmStart } from '../vmm/vm-start';
import type { Precopy } from './precopy';
import { precopyRamSaveIterate, precopyRamSaveSetup, ramSaveComplete, ramSavePending } from './precopy-ram';
import { waitUnplug } from './write-tracking-thread';

/**
 * The dirty-logging migration thread (QEMU: migration_thread), without a capability the way to save a machine.
 *
 *   guest      ────×───×──────×─×──────×────×───┤ stopped ├──   × first write to a clean page: logged
 *   migration  all of RAM ─ sync ─ what was written ─ sync ─ … ┤ the rest, devices
 *
 * RAM is sent while the guest changes it, so what it writes is sent again, until so little is left that the guest may stand
 * still for it. The stream shows the machine as it is at the end.
 */
export function* migrationThread(m: Precopy): Routine {
  const { s } = m;
  const { vm, state } = s;

  yield* act('qemu_file_set_rate_limit', costs.trivialNs, () => s.file.setRateLimit(m.parameters.maxBandwidth));
  yield* act('update_iteration_initial_status', 0, (now) => m.beginWindow(now));
  yield* act('qemu_savevm_state_header', costs.headerNs, () => s.stream.writeHeader(), { phase: 'head' });
  yield* call('qemu_savevm_state_setup', 'precopyRamSaveSetup', precopyRamSaveSetup(m));
  yield* act('qemu_file_get_error', 0, () => s.detectError());
  if (s.failoverNic && state.isRunning) {
    yield* call('qemu_savevm_wait_unplug', 'waitUnplug', waitUnplug(s, s.failoverNic));
  }

  if (state.isRunning) {
    yield* act('migrate_set_state_active', costs.trivialNs, (now) => s.enterActive(now), { phase: 'active' });
    yield* act('trace_migration_thread_setup_complete', 0, () => {}, { phase: 'save' });
  }
  while (state.isActive) {
    if (!s.file.isRateLimited) {
      const isComplete = yield* call('migration_iteration_run', 'migrationIterationRun', migrationIterationRun(m));
      if (isComplete) break;
    }
    yield* act('migration_detect_error', costs.trivialNs, () => s.detectError());
    yield* act('migration_update_counters', costs.trivialNs, (now) => m.updateCounters(now));
    if (s.file.isRateLimited && state.isActive) yield* call('migration_rate_limit', 'rateLimit', rateLimit(m));
  }

  // In every ending: the guest runs at its own speed again, and nobody notes what it writes.
  yield* lock('qemu_mutex_lock_iothread_finish', vm.bql);
  yield* act('cpu_throttle_stop', costs.trivialNs, (now) => vm.throttle(0, now));
  yield* act('memory_global_dirty_log_stop', costs.trivialNs, () => m.stopDirtyLog());
  yield* act('migration_iteration_finish', costs.trivialNs, (now) => s.finish(now));
  if (vm.isFrozen) {
    yield* act('qemu_bh_schedule', costs.trivialNs, (now) =>
      vm.mainLoop.schedule({ name: 'contBh', body: () => contBh(m) }, now),
    );
  }
  yield* act('migrate_fd_cleanup_schedule', costs.trivialNs, (now) => s.scheduleCleanup(now), { phase: s.endingPhase });
  yield* unlock('qemu_mutex_unlock_iothread_finish', vm.bql);
}

/** Sends some pages, or all that is left if the guest may stand still for so long. True: that was the end. */
function* migrationIterationRun(m: Precopy): Routine<boolean> {
  const pendingByteCount = yield* call('qemu_savevm_state_pending', 'ramSavePending', ramSavePending(m));
  if (pendingByteCount > 0 && pendingByteCount >= m.thresholdByteCount) {
    yield* call('qemu_savevm_state_iterate', 'precopyRamSaveIterate', precopyRamSaveIterate(m));
    return false;
  }
  yield* call('migration_completion', 'migrationCompletion', migrationCompletion(m));
  return true;
}

/** The guest stands still from here on, so that what is sent now need not be sent again. All under the BQL. */
function* migrationCompletion(m: Precopy): Routine {
  const { s } = m;
  const { vm, state } = s;

  yield* lock('qemu_mutex_lock_iothread', vm.bql, { phase: 'vm-stop' });
  yield* act('downtime_start', costs.trivialNs, (now) => s.stampDowntimeStart(now));
  yield* act('global_state_store', costs.trivialNs, () => s.storeGlobalState());
  yield* act('vm_stop_force_state', costs.vmStopNs, (now) => vm.freeze(now));
  yield* waitUntil('pause_all_vcpus', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('bdrv_flush_all', costs.trivialNs, () => s.vmStopped());

  if (state.isActive) {
    yield* act('qemu_file_set_rate_limit', costs.trivialNs, () => s.file.setRateLimit(Infinity));
    yield* act('cpu_synchronize_all_states', costs.synchronizeStatesNs, () => s.synchronizeStates());
    yield* call('qemu_savevm_state_complete_precopy_iterable', 'ramSaveComplete', ramSaveComplete(m), {
      phase: 'last-pages',
    });
    yield* act('qemu_savevm_state_complete_precopy_non_iterable', costs.stashNs, (now) => s.writeDeviceState(now), {
      phase: 'device-state',
      ...s.whileFull,
    });
    yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.untilRead);
  }
  yield* act('migration_completion_error', costs.trivialNs, () => s.detectError());
  if (state.isActive) yield* act('migrate_set_state_completed', costs.flushNs, () => s.complete());
  yield* unlock('qemu_mutex_unlock_iothread', vm.bql);
}

/** What max-bandwidth allows for this window has been sent: sleeps until the next one. */
function* rateLimit(m: Precopy): Routine {
  yield* waitUntil('qemu_sem_timedwait', m.rateLimitSemaphore, () => false, {
    resource: 'max-bandwidth to allow more',
    deadlineNs: () => m.windowEndNs,
  });
  yield* act('migration_update_counters_window', costs.trivialNs, (now) => m.updateCounters(now));
}

/**
 * In the main loop, under the BQL: the guest goes on. QEMU leaves a machine stopped that has gone elsewhere; who saves a
 * running one to a file says `cont` then, as libvirt does.
 */
function* contBh({ s }: Precopy): Routine {
  const { vm } = s;
  if (vm.runsAfterFreeze) yield* call('qmp_cont', 'vmStart', vmStart(vm), { phase: 'vm-start-bh' });
  else yield* act('vm_stays_stopped', costs.trivialNs, () => vm.thaw(), { phase: 'vm-start-bh' });
  yield* act('downtime', costs.trivialNs, (now) => s.stampDowntime(now));
}
