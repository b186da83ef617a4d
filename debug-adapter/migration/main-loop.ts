import { act, call, lock, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs } from './costs';
import type { Vmm } from './vmm';

/**
 * QEMU's main loop: polls without the big QEMU lock (BQL), dispatches with it. Bottom halves, the monitor's commands and
 * the devices' back ends all run here.
 */
export function* mainLoop(vm: Vmm): Routine {
  for (;;) {
    yield* waitUntil('os_host_main_loop_wait', vm.mainLoop.signal, () => !vm.mainLoop.isEmpty, {
      resource: 'events',
      idle: true,
    });
    yield* lock('bql_lock', vm.bql);
    for (;;) {
      const work = yield* act('aio_bh_poll', costs.trivialNs, () => vm.mainLoop.take());
      if (!work) break;
      yield* call('aio_bh_call', work.name, work.body());
    }
    yield* unlock('bql_unlock', vm.bql);
  }
}

/** The monitor's command `migrate`: connects the output and creates the migration thread. */
export function* qmpMigrate(connect: (timeNs: number) => void): Routine {
  yield* act('migrate_fd_connect', costs.threadCreateNs, connect, { phase: 'setup' });
}

/** Bytes typed at the console reach the UART; harts in WFI may have an interrupt to take now. */
export function* qemuChrBeWrite(vm: Vmm, bytes: Uint8Array): Routine {
  yield* act('qemu_chr_be_write', costs.trivialNs, (now) => vm.receive(bytes, now));
}

/** Bottom half: the migration thread has ended; what it used is given back. */
export function* migrateFdCleanup(cleanUp: () => void): Routine {
  yield* act('migrate_fd_cleanup', costs.trivialNs, cleanUp);
}
