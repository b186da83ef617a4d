import { act, call, lock, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs, flushCostNs } from '../vmm/costs';
import { vmStart } from '../vmm/vm-start';
import type { FailoverNic } from './failover-nic';
import {
  ramSaveIterate,
  ramSaveSetup,
  ramWriteTrackingPrepare,
  ramWriteTrackingStart,
  ramWriteTrackingStop,
} from './ram';
import type { Snapshot } from './snapshot';

/**
 * The write-tracking migration thread (QEMU: bg_migration_thread).
 *
 * The snapshot shows the machine at one instant, the freeze, although RAM is saved while the guest runs on:
 *
 *   guest    ─────────────────┤ stopped ├──────×·····►───────────────────×···►──────────────
 *   main loop                           │vm_start    × write to a protected page: sleeps in uffd
 *   migration  populate, head ┤ stash, arm ├─ scan ── fault ── scan ── … ── disarm, append stash
 *
 * Device state is stashed while the guest stands still, but RAM comes first in the stream; so it is kept aside and
 * appended at the end.
 */
export function* writeTrackingThread(s: Snapshot): Routine {
  const { vm, state, stash } = s;
  const { whatIf } = vm;

  // Of `max-bandwidth` nothing is obeyed but what is set later.
  yield* act('qemu_file_set_rate_limit', costs.trivialNs, () => s.file.setRateLimit(Infinity));

  // Every page must have an entry in the page table before the freeze: the kernel write-protects nothing that has none.
  if (whatIf.populate) {
    yield* call('ram_write_tracking_prepare', 'ramWriteTrackingPrepare', ramWriteTrackingPrepare(s), {
      phase: 'populate',
    });
  }

  // The head of the stream. The guest still runs.
  if (state.isRunning) {
    yield* act('qemu_savevm_state_header', costs.headerNs, () => s.stream.writeHeader(), { phase: 'head' });
    yield* call('qemu_savevm_state_setup', 'ramSaveSetup', ramSaveSetup(s));
    yield* act('qemu_file_get_error', 0, () => s.detectError());
  }
  if (s.failoverNic && state.isRunning) {
    yield* call('qemu_savevm_wait_unplug', 'waitUnplug', waitUnplug(s, s.failoverNic));
  }

  if (state.isRunning) {
    yield* act('migrate_set_state_active', costs.trivialNs, (now) => s.enterActive(now), { phase: 'active' });
    yield* call('freeze', 'freeze', freeze(s));
  }

  // While the guest runs: the pages it wants to write first, all others in order.
  if (state.isActive) {
    yield* act('update_iteration_initial_status', 0, (now) => s.beginWindow(now), { phase: 'save' });
  }
  while (state.isActive) {
    const progress = yield* call('bg_migration_iteration_run', 'ramSaveIterate', ramSaveIterate(s));
    yield* act('migration_detect_error', costs.trivialNs, () => s.detectError());
    yield* act('migration_update_counters', costs.trivialNs, (now) => s.updateCounters(now));
    if (progress === 'done') break;
  }

  // In every ending, whether completed, failed or cancelled: nothing stays protected, nobody stays asleep.
  if (state.isActive || whatIf.stopTrackingOnCancel) {
    yield* call('ram_write_tracking_stop', 'ramWriteTrackingStop', ramWriteTrackingStop(s), { phase: 'wp-disarm' });
  }

  if (state.isActive) {
    yield* act('qemu_put_buffer_stash', flushCostNs(stash.byteCount), () => s.appendStash(), {
      phase: 'append-stash',
      ...s.whileFull,
    });
    // QEMU does not wait for its reader. But a file is whole only when that has all of it.
    yield* act('qemu_fclose', costs.flushNs, () => {}, s.untilRead);
    yield* act('migrate_set_state_completed', costs.trivialNs, () => s.complete());
  }

  yield* lock('qemu_mutex_lock_iothread_finish', vm.bql);
  yield* act('migration_completion', costs.trivialNs, (now) => s.finish(now));
  yield* act('migrate_fd_cleanup_schedule', costs.trivialNs, (now) => s.scheduleCleanup(now), { phase: s.endingPhase });
  yield* unlock('qemu_mutex_unlock_iothread_finish', vm.bql);
}

/** The instant of the snapshot: all under the BQL, so that nothing but this thread touches the machine. */
function* freeze(s: Snapshot): Routine {
  const { vm, state, stash } = s;
  const { whatIf } = vm;

  yield* act('downtime_start', costs.trivialNs, (now) => s.stampDowntimeStart(now));
  yield* lock('qemu_mutex_lock_iothread', vm.bql, { phase: 'vm-stop' });
  // A wake-up was QEMU's way to a machine that may be stopped. It changes the state that is to be kept.
  if (!whatIf.restoreRunState) yield* act('qemu_system_wakeup_request', costs.trivialNs, () => vm.wakeUp());
  yield* act('global_state_store', costs.trivialNs, () => s.storeGlobalState());
  yield* act('vm_stop_force_state', costs.vmStopNs, (now) => vm.freeze(now));
  yield* waitUntil('pause_all_vcpus', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('bdrv_flush_all', costs.trivialNs, () => s.vmStopped());

  if (state.isActive) {
    yield* act('cpu_synchronize_all_states', costs.synchronizeStatesNs, () => s.synchronizeStates(), {
      phase: 'state-stash',
    });
    yield* act('qemu_savevm_state_complete_precopy_non_iterable', costs.stashNs, (now) => s.stashDeviceState(now));
    if (whatIf.flushStash) yield* act('qemu_fflush_stash', costs.trivialNs, () => stash.flush());
  }

  if (state.isActive) {
    yield* call('ram_write_tracking_start', 'ramWriteTrackingStart', ramWriteTrackingStart(s), { phase: 'wp-arm' });
  }

  // In every ending: what ran before goes on, also when nothing came of the snapshot.
  // Not here but in the main loop: vm_start's notifiers may write to guest RAM, which is protected now, and this thread
  // is the only one that can serve their faults. Calling it from here is a deadlock.
  if (whatIf.vmStart === 'inline') yield* call('vm_start_inline', 'vmStartBh', vmStartBh(s));
  else if (state.isActive || whatIf.resumeAfterFailedFreeze) {
    yield* act('qemu_bh_schedule', costs.trivialNs, (now) =>
      vm.mainLoop.schedule({ name: 'vmStartBh', body: () => vmStartBh(s) }, now),
    );
  }
  yield* unlock('qemu_mutex_unlock_iothread', vm.bql);
}

/** A card passed through to the guest must have left it: its state cannot be saved (QEMU: qemu_savevm_wait_unplug). */
export function* waitUnplug(s: Snapshot, nic: FailoverNic): Routine {
  const { state } = s;
  yield* act('migrate_set_state_wait_unplug', costs.trivialNs, () => s.enterWaitUnplug(), { phase: 'wait-unplug' });
  yield* waitUntil('wait_unplug_sem', nic.signal, () => !state.isRunning, {
    resource: 'the guest to unplug the failover NIC',
    idle: true,
    deadlineNs: () => nic.unpluggedAtNs,
  });
  // Cancelled while the guest is at it: only what has been unplugged can be plugged back in.
  if (!state.isRunning) {
    yield* waitUntil('wait_unplug_sem_cancelled', nic.signal, () => false, {
      resource: 'the guest to unplug the failover NIC, before it gets it back',
      deadlineNs: () => Math.min(nic.unpluggedAtNs, nic.graceEndsAtNs),
    });
  }
}

/**
 * Bottom half, in the main loop under the BQL: the guest goes on, unless it stood still before the freeze already, paused
 * or suspended (QEMU: bg_migration_vm_start_bh).
 */
function* vmStartBh(s: Snapshot): Routine {
  const { vm } = s;
  if (vm.runsAfterFreeze || !vm.whatIf.restoreRunState) {
    yield* call('vm_start', 'vmStart', vmStart(vm), { phase: 'vm-start-bh' });
  } else yield* act('vm_stays_stopped', costs.trivialNs, () => vm.thaw(), { phase: 'vm-start-bh' });
  yield* act('downtime', costs.trivialNs, (now) => s.stampDowntime(now));
}
