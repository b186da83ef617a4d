import { z } from 'zod';
import { fallibleSteps } from '../debuggee/fallible-steps';

/**
 * Switches named for the cause of a fault; each defaults to the right behaviour. What they do: `WhatIf` of the
 * emulated debuggee, migration/what-if.ts.
 */
export const whatIf = z.strictObject({
  vmStart: z
    .enum(['bottomHalf', 'inline'], { error: 'expected "bottomHalf" or "inline"' })
    .default('bottomHalf')
    .describe(
      '"inline": the migration thread itself lets the guest go on after the freeze; a device that then writes to guest RAM puts the only thread to sleep that could serve the write fault: a deadlock.',
    ),
  populate: z
    .boolean()
    .default(true)
    .describe(
      'false: RAM is not read through before the freeze, so the kernel write-protects none of the pages that nobody has touched, and what the guest writes to them leaks into the snapshot (before QEMU 6.0).',
    ),
  uffdFeatureWpUnpopulated: z
    .boolean()
    .default(false)
    .describe(
      'true: the kernel write-protects pages that nobody has touched, too (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4), so that `populate` is not needed.',
    ),
  flushStash: z
    .boolean()
    .default(true)
    .describe(
      'false: the device state is not flushed into its buffer, so what the channel in front of it still holds is lost and nobody can restore the file (before QEMU 6.0).',
    ),
  flushBeforeUnprotect: z
    .boolean()
    .default(true)
    .describe(
      'false: a page is let go before it has left; the channel only refers to it, so the snapshot gets what the guest writes next.',
    ),
  failAt: z
    .enum(['none', ...fallibleSteps], { error: `expected one of ${fallibleSteps.join(', ')}` })
    .default('none')
    .describe('The step, before RAM is saved, at which the snapshot fails.'),
  resumeAfterFailedFreeze: z
    .boolean()
    .default(true)
    .describe('false: a snapshot that fails during the freeze (`failAt`) leaves the guest paused (QEMU 7.2).'),
  restoreRunState: z
    .boolean()
    .default(true)
    .describe('false: a guest that was paused or suspended before the snapshot is started by it (fixed in 2024).'),
  stopTrackingOnCancel: z
    .boolean()
    .default(true)
    .describe(
      'false: after a cancel or a failure RAM stays write-protected and the uffd open, so that the next write sleeps for ever and the next snapshot never gets the vCPUs to stop (before QEMU 8.1).',
    ),
  zeroDowntimeMeansUnset: z
    .boolean()
    .default(false)
    .describe(
      'true: a downtime below a millisecond is taken for one never measured, and all the time from the freeze to the end is reported instead (QEMU 7.2).',
    ),
  dmaBypassesUffd: z
    .boolean()
    .default(false)
    .describe(
      'true: devices write to guest RAM past the page table, as one passed through by VFIO does, so that no write protection stops them.',
    ),
  raiseTimers: z
    .boolean()
    .default(true)
    .describe(
      'false: the interrupts of timers that are set are not raised in the stream; QEMU 7.2 arms no timer at a restore, so the restored guest waits for them for ever.',
    ),
  inhibitBalloon: z
    .boolean()
    .default(true)
    .describe(
      'false: the balloon discards pages during a snapshot, too; a page loses its contents and its protection, and what the guest writes next is not noticed.',
    ),
  diskSnapshot: z
    .enum(['freeze', 'end'], { error: 'expected "freeze" or "end"' })
    .default('freeze')
    .describe(
      '"end": the disk beside the snapshot is the one at its end, when the guest has written on, so that RAM and disk are not of one instant.',
    ),
  memoryBackend: z
    .enum(['anonymous', 'memfd', 'shm', 'file'], { error: 'expected "anonymous", "memfd", "shm" or "file"' })
    .default('anonymous')
    .describe(
      'What guest RAM is on the host; "file", a shared file on a disk, cannot be write-protected, so that `background-snapshot` is refused, and `track-writes-ram`, which did not look, fails in the freeze.',
    ),
  uffdFeatureWpShmem: z
    .boolean()
    .default(true)
    .describe(
      'false: the kernel write-protects no shared memory (before Linux 5.19), so that "memfd" and "shm" are refused, too.',
    ),
  savevmHeedsCapability: z
    .boolean()
    .default(false)
    .describe(
      'true: `monitor savevm` takes itself for a write-tracking snapshot when the capability `background-snapshot` is on, starts no dirty log, and writes all of RAM twice (QEMU 7.2).',
    ),
});
