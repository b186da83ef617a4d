import type { FallibleStep } from '../debuggee/fallible-steps';

/**
 * Ways in which write-tracking snapshots were, or are, less than right. Each is a switch that puts one of them back, so
 * that its consequence can be watched. Nothing of a consequence is scripted: it follows from the rest of the model.
 */
export interface WhatIf {
  /** Where the guest is let go after the freeze: in a bottom half of the main loop, or in the migration thread itself. */
  readonly vmStart: 'bottomHalf' | 'inline';
  /** Read a byte of every page before the freeze. Without it, pages that nobody has touched are not write-protected. */
  readonly populate: boolean;
  /** The kernel write-protects pages without a page-table entry too (UFFD_FEATURE_WP_UNPOPULATED, Linux 6.4). */
  readonly uffdFeatureWpUnpopulated: boolean;
  /** Flush the device state into its buffer before that is appended. Without it, what the channel still holds is lost. */
  readonly flushStash: boolean;
  /** Flush a page before its protection is taken off. Without it, the channel sends what the page holds later. */
  readonly flushBeforeUnprotect: boolean;
  /** The step, before RAM is saved, at which the snapshot fails. */
  readonly failAt: FallibleStep | 'none';
  /** Let the guest go on when the freeze fails. Without it, the guest stays paused for a snapshot that never came. */
  readonly resumeAfterFailedFreeze: boolean;
  /** Leave a guest paused or suspended that was so before. Without it, the bottom half starts it. */
  readonly restoreRunState: boolean;
  /** Stop write tracking after a cancel or a failure, too. Without it, what is protected stays so, and nobody serves. */
  readonly stopTrackingOnCancel: boolean;
  /** A downtime of 0 ms counts as not measured: all of the snapshot counts as downtime. */
  readonly zeroDowntimeMeansUnset: boolean;
  /** Devices write to guest RAM without a page table in between, as a passed-through device does (VFIO). */
  readonly dmaBypassesUffd: boolean;
  /** Raise the interrupts of the timers that are set. Without it, a guest restored by QEMU 7.2 never sees them expire. */
  readonly raiseTimers: boolean;
  /** The balloon keeps its hands off RAM while it is tracked. Otherwise it takes pages away, protection and all. */
  readonly inhibitBalloon: boolean;
  /** When the disks are captured: at the freeze, with RAM, or when the snapshot ends. */
  readonly diskSnapshot: 'freeze' | 'end';
  /** What guest RAM is on the host: private memory, a memfd, a file in /dev/shm, or a shared file on a disk. */
  readonly memoryBackend: 'anonymous' | 'memfd' | 'shm' | 'file';
  /** The kernel write-protects shared memory by uffd, too (UFFD_FEATURE_WP_HUGETLBFS_SHMEM, Linux 5.19). */
  readonly uffdFeatureWpShmem: boolean;
  /** `savevm` takes itself for a write-tracking snapshot when the capability is on. */
  readonly savevmHeedsCapability: boolean;
}

/** As it should be. */
export const correct: WhatIf = {
  vmStart: 'bottomHalf',
  populate: true,
  uffdFeatureWpUnpopulated: false,
  flushStash: true,
  flushBeforeUnprotect: true,
  failAt: 'none',
  resumeAfterFailedFreeze: true,
  restoreRunState: true,
  stopTrackingOnCancel: true,
  zeroDowntimeMeansUnset: false,
  dmaBypassesUffd: false,
  raiseTimers: true,
  inhibitBalloon: true,
  diskSnapshot: 'freeze',
  memoryBackend: 'anonymous',
  uffdFeatureWpShmem: true,
  savevmHeedsCapability: false,
};

/** The switches that are not as they should be: `populate: false`. Empty for a correct snapshot. */
export function deviations(whatIf: WhatIf): string[] {
  return (Object.keys(correct) as (keyof WhatIf)[])
    .filter((name) => whatIf[name] !== correct[name])
    .map((name) => `${name}: ${JSON.stringify(whatIf[name])}`);
}
