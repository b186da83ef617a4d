import { act, call, lock, look, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs, flushCostNs } from '../vmm/costs';
import { vmStart } from '../vmm/vm-start';
import { migrateFdCleanup } from './migration';
import type { Precopy } from './precopy';
import { precopyRamSaveIterate, precopyRamSaveSetup, ramSaveComplete } from './precopy-ram';

/**
 * The monitor's command `savevm` (QEMU: save_snapshot), which the main loop itself carries out while the machine stands
 * still. Nothing changes meanwhile, so each page is sent once; nobody has to track writes.
 *
 * QEMU saves RAM by the code that a migration uses too, which looks at capabilities. With `background-snapshot` left on it
 * takes this for a write-tracking snapshot: no dirty log is started, so what the log last said is still there at the end,
 * that all of RAM is dirty.
 */
export function* saveSnapshot(m: Precopy): Routine {
  const { s } = m;
  const { vm, state } = s;
  const logsWrites = !(vm.whatIf.savevmHeedsCapability && s.options.capabilities.has('background-snapshot'));

  yield* act('global_state_store', costs.trivialNs, () => s.storeGlobalState());
  yield* act('vm_stop', costs.vmStopNs, (now) => vm.freeze(now), { phase: 'vm-stop' });
  yield* waitUntil('pause_all_vcpus', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('cpu_disable_ticks', costs.trivialNs, () => vm.stopClock());
  yield* act('migrate_init', costs.trivialNs, (now) => s.begin(now), { phase: 'setup' });
  yield* act('bdrv_drain_all', costs.trivialNs, (now) => {
    s.stampDowntimeStart(now);
    s.vmStopped();
  });

  yield* unlock('qemu_mutex_unlock_iothread', vm.bql);
  if (state.isRunning) yield* call('qemu_savevm_state_setup', 'savevmStateSetup', savevmStateSetup(m, logsWrites));
  yield* lock('qemu_mutex_lock_iothread', vm.bql);

  while (state.isRunning && (yield* look('isLeft', () => s.ram.remaining > 0))) {
    yield* call('qemu_savevm_state_iterate', 'precopyRamSaveIterate', precopyRamSaveIterate(m), { phase: 'save' });
    yield* act('qemu_file_get_error', 0, () => s.detectError());
  }
  if (state.isRunning)
    yield* call('qemu_savevm_state_complete_precopy', 'savevmComplete', savevmComplete(m, logsWrites));
  if (state.isRunning) yield* act('migrate_set_state', costs.flushNs, () => s.complete());

  // In every ending: what ran before goes on.
  yield* act('memory_global_dirty_log_stop', costs.trivialNs, () => m.stopDirtyLog());
  yield* act('ram_save_cleanup', costs.trivialNs, (now) => s.finish(now));
  if (vm.runsAfterFreeze) yield* call('vm_start', 'vmStart', vmStart(vm));
  else yield* act('vm_stays_stopped', costs.trivialNs, () => vm.thaw());
  yield* act('downtime', costs.trivialNs, (now) => s.stampDowntime(now));
  yield* call('migrate_fd_cleanup', 'migrateFdCleanup', migrateFdCleanup(s), { phase: s.endingPhase });
}

function* savevmStateSetup(m: Precopy, logsWrites: boolean): Routine {
  const { s } = m;
  yield* act('qemu_savevm_state_header', costs.headerNs, () => s.stream.writeHeader(), { phase: 'head' });
  if (logsWrites) {
    yield* call('ram_save_setup', 'precopyRamSaveSetup', precopyRamSaveSetup(m));
    return;
  }
  yield* act('ram_init_bitmaps', s.ram.pageCount * costs.bitmapPerPageNs, () => {});
  yield* act('RAM_SAVE_FLAG_MEM_SIZE', costs.trivialNs, () => s.stream.writeRamSetup());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
}

function* savevmComplete(m: Precopy, logsWrites: boolean): Routine {
  const { s } = m;
  if (!logsWrites) {
    yield* act('ramblock_sync_dirty_bitmap', s.ram.pageCount * costs.dirtyLogPerPageNs, () => s.ram.setAllDirty(), {
      phase: 'bitmap-sync',
    });
  }
  yield* act('cpu_synchronize_all_states', costs.synchronizeStatesNs, () => s.synchronizeStates());
  yield* call('ram_save_complete', 'ramSaveComplete', ramSaveComplete(m), { phase: 'last-pages' });
  yield* act('qemu_savevm_state_complete_precopy_non_iterable', costs.stashNs, (now) => s.writeDeviceState(now), {
    phase: 'device-state',
    ...s.whileFull,
  });
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.untilRead);
  yield* act('qemu_file_get_error', 0, () => s.detectError());
}
