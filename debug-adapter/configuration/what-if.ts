import { z } from 'zod';
import { fallibleSteps } from '../debuggee/fallible-steps';

/**
 * Switches named for the cause of a fault; each defaults to the right behaviour. What they do: `WhatIf` of the
 * emulated debuggee, vmm/what-if.ts.
 */
export const whatIf = z.strictObject({
  vmStart: z
    .enum(['bottomHalf', 'inline'], { error: 'expected "bottomHalf" or "inline"' })
    .default('bottomHalf')
    .describe(
      '"inline": the migration thread itself calls vm_start after the freeze. A device that writes to guest RAM from there puts to sleep the only thread that could serve the write fault: a deadlock.',
    ),
  populate: z
    .boolean()
    .default(true)
    .describe(
      'false: RAM is not populated before the freeze, so the kernel does not write-protect pages that were never touched, and what the guest writes to them leaks into the snapshot (before QEMU 6.0).',
    ),
  uffdFeatureWpUnpopulated: z
    .boolean()
    .default(false)
    .describe(
      'true: the kernel also write-protects pages that were never touched (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4), so `populate` is not needed.',
    ),
  flushStash: z
    .boolean()
    .default(true)
    .describe(
      'false: the device state is not flushed into its buffer, so its tail is lost and the file cannot be restored (before QEMU 6.0).',
    ),
  flushBeforeUnprotect: z
    .boolean()
    .default(true)
    .describe(
      'false: a page is unprotected before it is flushed. The channel holds only a reference to it, so the snapshot gets what the guest writes next.',
    ),
  failAt: z
    .enum(['none', ...fallibleSteps], { error: `expected one of ${fallibleSteps.join(', ')}` })
    .default('none')
    .describe('Step before RAM is saved at which the snapshot fails.'),
  resumeAfterFailedFreeze: z
    .boolean()
    .default(true)
    .describe('false: a snapshot that fails during the freeze (`failAt`) leaves the guest paused (QEMU 7.2).'),
  restoreRunState: z
    .boolean()
    .default(true)
    .describe('false: the snapshot starts a guest that was paused or suspended before it (fixed in 2024).'),
  stopTrackingOnCancel: z
    .boolean()
    .default(true)
    .describe(
      'false: after a cancel or a failure RAM stays write-protected and the uffd open, so the next write sleeps for good and the next snapshot never gets the vCPUs to stop (before QEMU 8.1).',
    ),
  zeroDowntimeMeansUnset: z
    .boolean()
    .default(false)
    .describe(
      'true: a downtime below a millisecond counts as not measured, and the time from the freeze to the end is reported instead (QEMU 7.2).',
    ),
  dmaBypassesUffd: z
    .boolean()
    .default(false)
    .describe(
      'true: devices write to guest RAM past the host page table, as with VFIO, so write protection does not stop them.',
    ),
  raiseTimers: z
    .boolean()
    .default(true)
    .describe(
      'false: pending timers are not raised as interrupts in the stream. QEMU 7.2 arms no timer on restore, so the restored guest waits for them in vain.',
    ),
  inhibitBalloon: z
    .boolean()
    .default(true)
    .describe(
      'false: the balloon also discards pages during a snapshot. A page loses its contents and its protection, and the next write to it goes unnoticed.',
    ),
  diskSnapshot: z
    .enum(['freeze', 'end'], { error: 'expected "freeze" or "end"' })
    .default('freeze')
    .describe(
      '"end": the disk is captured at the end of the snapshot, after further writes by the guest, so RAM and disk are not of one instant.',
    ),
  memoryBackend: z
    .enum(['anonymous', 'memfd', 'shm', 'file'], { error: 'expected "anonymous", "memfd", "shm" or "file"' })
    .default('anonymous')
    .describe(
      'What backs guest RAM on the host. "file", a shared file on a disk, cannot be write-protected: `background-snapshot` is refused; `track-writes-ram`, which did not check, fails in the freeze.',
    ),
  uffdFeatureWpShmem: z
    .boolean()
    .default(true)
    .describe(
      'false: the kernel cannot write-protect shared memory (before Linux 5.19), so "memfd" and "shm" are refused too.',
    ),
  savevmHeedsCapability: z
    .boolean()
    .default(false)
    .describe(
      'true: with the capability `background-snapshot` on, `monitor savevm` behaves like a write-tracking snapshot, starts no dirty log, and writes all of RAM twice (QEMU 7.2).',
    ),
});
