/**
 * Phases of a snapshot, in the order a successful one enters them. Names follow what QEMU's source calls each step; a
 * debugger can stop at the entry of each. A phase belongs to the thread that enters it; the snapshot's is its migration
 * thread's. `vm-start-bh` is the main loop's and races `save`. A dirty-logging snapshot has neither stash nor write
 * protection; it enters `bitmap-sync` often, and `vm-stop` towards the end.
 */
export const phases = [
  { id: 'setup', label: 'Setup: migration thread created' },
  { id: 'populate', label: 'Populate: one read per page' },
  { id: 'head', label: 'Head: header, configuration, RAM block list' },
  { id: 'wait-unplug', label: 'Wait unplug: the guest unplugs the failover NIC' },
  { id: 'active', label: 'Active: setup complete' },
  { id: 'vm-stop', label: 'Freeze: vm_stop under the BQL' },
  { id: 'state-stash', label: 'State stash: device state into the buffer' },
  { id: 'wp-arm', label: 'WP arm: uffd register and write-protect' },
  { id: 'vm-start-bh', label: 'vm_start bottom half' },
  { id: 'save', label: 'Save: linear scan and write faults' },
  { id: 'wp-disarm', label: 'WP disarm: unprotect and unregister' },
  { id: 'append-stash', label: 'Append: stashed device state to the stream' },
  { id: 'bitmap-sync', label: 'Bitmap sync: precopy collects dirty pages' },
  { id: 'last-pages', label: 'Last pages: precopy completes with the guest stopped' },
  { id: 'device-state', label: 'Device state: after the last pages of precopy' },
  { id: 'completed', label: 'Completed' },
  { id: 'failed', label: 'Failed' },
  { id: 'cancelling', label: 'Cancelling: by the user' },
  { id: 'cancelled', label: 'Cancelled' },
] as const;

export type Phase = (typeof phases)[number]['id'];

/** In a word or two: `Freeze`, `WP arm`. */
export function phaseName(phase: Phase): string {
  return phases.find(({ id }) => id === phase)!.label.replace(/:.*/, '');
}

/** Of these a snapshot comes to one, and stays in it. */
export const endingPhases: readonly Phase[] = ['completed', 'failed', 'cancelled'];

export function isEnding(phase: string): boolean {
  return endingPhases.some((each) => each === phase);
}
