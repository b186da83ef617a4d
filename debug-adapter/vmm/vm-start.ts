import { act, call, look, type Routine } from '../simulation/actions';
import { costs } from './costs';
import { virtioQueueNotify } from './virtio';
import type { Vmm } from './vmm';

/**
 * The machine goes on, under the BQL. Its devices hear of it first (QEMU: vm_state_notify): virtio devices take up their
 * queues again, and so write to guest RAM. Whoever calls this sleeps in the uffd if that RAM is protected.
 */
export function* vmStart(vm: Vmm): Routine {
  for (const device of vm.machine.virtio) {
    const queues = yield* look('queues', () => device.startedQueues);
    for (const queue of queues) {
      yield* call('virtio_vmstate_change', 'virtioQueueNotify', virtioQueueNotify(vm, device, queue));
    }
  }
  yield* act('resume_all_vcpus', costs.vmStartNs, (now) => vm.start(now));
}
