import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { DmaWrite, VirtioMmio } from '../emulator/machine/machine';
import { act, call, look, type Routine, store } from '../simulation/actions';
import { costs } from './costs';
import type { Vmm } from './vmm';

/**
 * A driver has put requests into a virtqueue. They are served here under the BQL, in the main loop's thread, and so are
 * the writes to guest RAM: during a snapshot one of them may meet a protected page, and then the whole main loop sleeps
 * until the migration thread has saved it (QEMU: virtio_queue_notify).
 */
export function* virtioQueueNotify(vm: Vmm, device: VirtioMmio, queue: number): Routine {
  for (;;) {
    const request = yield* act('virtqueue_pop', costs.trivialNs, () => device.pop(queue));
    if (!request) break;
    const event = yield* look('event', () => device.availableEvent(queue));
    if (event) yield* call('vring_set_avail_event', 'addressSpaceWrite', addressSpaceWrite(vm, event));
    const discards = yield* look('discards', () => device.discards(queue, request));
    for (const pageFrame of discards) {
      yield* act('ram_block_discard_range', costs.unprotectNs, (now) => vm.discard(pageFrame, now));
    }
    const answer = yield* act('handle_output', costs.trivialNs, () => device.serve(queue, request));
    for (const write of answer) {
      yield* call('iov_from_buf', 'addressSpaceWrite', addressSpaceWrite(vm, write));
    }
    // The element first, the index that makes it count last.
    const element = yield* look('element', () => device.fill(queue, request, answer));
    yield* call('virtqueue_fill', 'addressSpaceWrite', addressSpaceWrite(vm, element));
    const index = yield* look('index', () => device.flush(queue));
    yield* call('virtqueue_flush', 'addressSpaceWrite', addressSpaceWrite(vm, index));
    yield* act('virtio_notify', costs.trivialNs, (now) => vm.interrupt(() => device.interrupt(queue), now));
  }
  if (!device.inputQueues.includes(queue)) yield* call('virtio_input', 'virtioInput', virtioInput(vm, device));
}

/** Something may have come for the guest, from the other end of the wire or the line: into the buffers that it has given. */
export function* virtioInput(vm: Vmm, device: VirtioMmio): Routine {
  for (const queue of device.inputQueues) {
    yield* call('virtio_queue_notify_input', 'virtioQueueNotify', virtioQueueNotify(vm, device, queue));
  }
}

/** A write to guest RAM by the main loop, page by page: to a protected one only after its protection is off. */
export function* addressSpaceWrite(vm: Vmm, { address, bytes }: DmaWrite): Routine {
  for (let at = 0; at < bytes.length; ) {
    const offset = address + at - ramBase;
    const piece = bytes.subarray(at, at + pageByteCount - (offset % pageByteCount));
    yield* store('address_space_write', costs.trivialNs, {
      physicalAddress: ramBase + offset,
      sleeps: (thread) => !vm.whatIf.dmaBypassesUffd && vm.faultsOnWrite(thread, Math.floor(offset / pageByteCount)),
      perform: (now, thread) => vm.machine.core.writeRam(offset, piece, vm.actorNumberOf(thread), now),
    });
    at += piece.length;
  }
}
