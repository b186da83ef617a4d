import type { DmaWrite } from '../emulator/machine/machine';
import { act, call, lock, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs } from './costs';
import { addressSpaceWrite, virtioInput } from './virtio';
import { vmStart } from './vm-start';
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

/** The monitor's command `stop`. A vCPU that sleeps in a write fault stops only after the fault has been served. */
export function* qmpStop(vm: Vmm): Routine {
  yield* act('vm_stop', costs.vmStopNs, (now) => vm.stop(now));
  yield* waitUntil('pause_all_vcpus_stop', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('cpu_disable_ticks', costs.trivialNs, () => vm.stopClock());
}

/** The monitor's command `cont`: for a paused machine. */
export function* qmpCont(vm: Vmm): Routine {
  if (!vm.isSuspended) yield* call('vm_start_cont', 'vmStart', vmStart(vm));
}

/** The monitor's command `system_wakeup`: for a suspended one. */
export function* qmpSystemWakeup(vm: Vmm): Routine {
  if (!vm.isSuspended) return;
  yield* act('qemu_system_wakeup', costs.trivialNs, () => vm.wakeUp());
  yield* call('vm_start_wakeup', 'vmStart', vmStart(vm));
}

/**
 * A debugger's write to guest RAM (QEMU: gdbstub, cpu_memory_rw_debug) meets protected pages like any other: the debugger
 * hangs until the page has been saved.
 */
export function* gdbWriteMemory(vm: Vmm, writes: readonly DmaWrite[]): Routine {
  for (const write of writes) {
    yield* call('cpu_memory_rw_debug', 'addressSpaceWrite', addressSpaceWrite(vm, write));
  }
}

/** The monitor's command `balloon`: what the guest is to give away is all but so many pages of RAM. */
export function* qmpBalloon(vm: Vmm, pageCount: number): Routine {
  const given = vm.machine.core.pages.states.length - pageCount;
  yield* act('virtio_balloon_to_target', costs.trivialNs, (now) =>
    vm.interrupt(() => vm.machine.balloon?.setTarget(given), now),
  );
}

/**
 * The guest has asked for a reset (QEMU: qemu_system_reset). RAM keeps what it holds but for the images, which are loaded
 * again: during a snapshot these writes meet protected pages like any other.
 */
export function* qemuSystemReset(vm: Vmm): Routine {
  yield* act('pause_all_vcpus_request', costs.vmStopNs, (now) => vm.pauseAllVcpus(now));
  yield* waitUntil('pause_all_vcpus_reset', vm.vcpuStopped, () => vm.allVcpusStopped, vm.untilVcpusStop);
  yield* act('qemu_devices_reset', costs.trivialNs, () => vm.reset());
  for (const { address, bytes, zeroByteCount } of vm.machine.loaded) {
    yield* call('rom_reset', 'addressSpaceWrite', addressSpaceWrite(vm, { address, bytes }));
    const zeros = { address: address + bytes.length, bytes: new Uint8Array(zeroByteCount) };
    yield* call('rom_reset_zeros', 'addressSpaceWrite', addressSpaceWrite(vm, zeros));
  }
  yield* act('resume_all_vcpus_reset', costs.vmStartNs, (now) => vm.resumeAllVcpus(now));
}

/**
 * Bytes typed at the console reach the UART, or the virtio console if the guest printed there last; harts in WFI may
 * have an interrupt to take now.
 */
export function* qemuChrBeWrite(vm: Vmm, bytes: Uint8Array): Routine {
  const device = yield* act('qemu_chr_be_write', costs.trivialNs, (now) => vm.receive(bytes, now));
  if (device) yield* call('virtio_serial_write', 'virtioInput', virtioInput(vm, device));
}
