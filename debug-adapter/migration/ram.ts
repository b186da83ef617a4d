import { PageState } from '../protocol/page-states';
import { act, call, type Routine } from '../simulation/actions';
import { costs, flushCostNs, pageCostNs, zeroPageCostNs } from '../vmm/costs';
import type { PageAddress } from './ram-state';
import type { Snapshot } from './snapshot';

/** An iteration ends after so long, so that the thread looks at errors and at the status in between. */
const iterationNsMax = 50_000_000;
/** How many pages go by between two looks at the clock. */
const pagesPerClockCheck = 64;

/** Reads one byte of every page, so that each has a page-table entry that can be write-protected. */
export function* ramWriteTrackingPrepare(s: Snapshot): Routine {
  yield* act('populate_read', s.ram.writablePageCount * costs.populatePerPageNs, () => s.protection.populate());
}

/** The section START: names and sizes of all blocks; every page is still to be sent. */
export function* ramSaveSetup(s: Snapshot): Routine {
  yield* act('ram_init_bitmaps', s.ram.pageCount * costs.bitmapPerPageNs, () => {});
  yield* act('RAM_SAVE_FLAG_MEM_SIZE', costs.trivialNs, () => s.stream.writeRamSetup());
  yield* act('qemu_fflush_setup', flushCostNs, () => s.file.flush(), s.whileFull);
}

/** Opens the uffd and write-protects RAM. From here on no page changes before it has been saved. */
export function* ramWriteTrackingStart({ protection, ram }: Snapshot): Routine {
  const isOpen = yield* act('uffd_create_fd', costs.uffdOpenNs, () => protection.open());
  if (!isOpen) return;
  const isRegistered = yield* act('uffd_register_memory', costs.uffdRegisterNs, () => protection.register());
  if (!isRegistered) return;
  yield* act('uffd_change_protection', ram.writablePageCount * costs.writeProtectPerPageNs, (now) =>
    protection.protect(now),
  );
}

/** Takes the protection off whatever is left, wakes all sleepers and closes the uffd. */
export function* ramWriteTrackingStop({ protection, ram }: Snapshot): Routine {
  yield* act(
    'uffd_unregister_memory',
    () => ram.remaining * costs.unprotectPerPageNs + costs.trivialNs,
    (now) => protection.close(now),
  );
}

/** One PART section: pages until the time or the quota of `max-bandwidth` is up, or all are sent. */
export function* ramSaveIterate(s: Snapshot): Routine<'more' | 'done'> {
  const { file } = s;
  const isLimited = yield* act('qemu_file_rate_limit', costs.rateLimitNs, () => file.isRateLimited);
  // Over quota the thread neither sleeps nor serves a fault: it comes back here at once, until the window is over.
  if (isLimited) return 'more';
  const endsNs = yield* act('QEMU_VM_SECTION_PART', costs.trivialNs, (now) => s.beginPart(now) + iterationNsMax);
  let progress: 'more' | 'done' = 'more';
  for (let pages = 1; progress === 'more' && !file.isRateLimited; pages++) {
    const saved = yield* call('ram_find_and_save_block', 'ramFindAndSaveBlock', ramFindAndSaveBlock(s));
    if (!saved) progress = 'done';
    if (pages % pagesPerClockCheck === 0) {
      const isOver = yield* act('qemu_clock_get_ns', costs.trivialNs, (now) => now >= endsNs);
      if (isOver) break;
    }
  }
  yield* act('RAM_SAVE_FLAG_EOS', costs.trivialNs, () => s.stream.endRamSection());
  yield* act('qemu_fflush_part', flushCostNs, () => file.flush(), s.whileFull);
  return progress;
}

/** The page somebody waits for, else the next one of the scan. False when all pages are sent and nobody waits. */
function* ramFindAndSaveBlock(s: Snapshot): Routine<boolean> {
  const { protection, ram } = s;
  const fault = yield* act('poll_fault_page', costs.uffdReadNs, () => protection.uffd.read());
  if (fault) {
    const page = protection.trackedPage(fault.page);
    ram.moveScanTo(page);
    yield* call('ram_save_host_page_fault', 'ramSaveHostPage', ramSaveHostPage(s, page, PageState.CopiedFault));
    yield* act('fault_served', 0, (now) => s.state.faults.add(now - fault.timeNs));
    return true;
  }
  const page = yield* act('find_dirty_block', costs.bitmapNs, () => ram.findDirty());
  if (!page) return false;
  yield* call('ram_save_host_page', 'ramSaveHostPage', ramSaveHostPage(s, page, PageState.CopiedScan));
  return true;
}

/** Saves a page and only then lets writes to it through. A page already sent is just let through. */
function* ramSaveHostPage(s: Snapshot, page: PageAddress, copied: PageState): Routine {
  const { ram, file } = s;
  const { whatIf } = s.vm;
  const isUnsent = yield* act('migration_bitmap_clear_dirty', costs.bitmapNs, () => ram.clearDirty(page));
  let saved = copied;
  if (isUnsent) {
    const isZero = yield* act('buffer_is_zero', costs.zeroScanNs, () => s.isZero(page));
    if (isZero) {
      yield* act('save_zero_page', zeroPageCostNs, (now) => s.writeZeroPage(page, now), s.whileFull);
      if (copied === PageState.CopiedScan) saved = PageState.Zero;
    } else {
      yield* act('save_normal_page', pageCostNs, (now) => s.writePage(page, now), s.whileFull);
    }
    // The channel holds a reference to the page itself: it must be out before the guest may write.
    if (whatIf.flushBeforeUnprotect) yield* act('qemu_fflush_page', flushCostNs, () => file.flush(), s.whileFull);
  }
  if (s.protection.isTracked(page)) {
    yield* act('uffd_change_protection_off', costs.unprotectNs, (now) =>
      s.protection.unprotect(page, isUnsent ? saved : undefined, now),
    );
  }
}
