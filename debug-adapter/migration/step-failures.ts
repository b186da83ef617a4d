import type { FallibleStep } from '../debuggee/fallible-steps';
import type { WhatIf } from '../vmm/what-if';
import type { MigrationState } from './migration-state';

/** In words, what went wrong at a step that failed. */
export const stepFailures: Readonly<Record<FallibleStep, string>> = {
  'output-open': 'the output could not be connected: connection refused',
  'thread-create': 'the migration thread could not be created: resource temporarily unavailable',
  populate: 'RAM could not be populated: madvise(MADV_POPULATE_READ): cannot allocate memory',
  'vm-stop': 'the VM could not be stopped: its disks could not be flushed: input/output error',
  stash: 'the device state could not be saved: a device failed before its section was written',
  'uffd-open': 'the uffd could not be opened: operation not permitted (see /proc/sys/vm/unprivileged_userfaultfd)',
  'uffd-register': 'RAM could not be registered with the uffd: invalid argument',
  'uffd-protect': 'RAM could not be write-protected: no such file or directory',
};

/** Asked once at each step that may fail: false when it does, and the snapshot with it. */
export function succeeds(step: FallibleStep, { failAt }: WhatIf, state: MigrationState): boolean {
  if (failAt !== step) return true;
  state.fail(stepFailures[step]);
  return false;
}
