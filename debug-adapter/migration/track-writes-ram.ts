import { PageState } from '../protocol/page-states';
import { act, call, lock, look, type Routine, unlock, waitUntil } from '../simulation/actions';
import { costs, flushCostNs, pageCostNs, zeroPageCostNs } from '../vmm/costs';
import type { UffdMessage } from '../vmm/userfaultfd';
import type { PageAddress } from './ram-state';
import type { Snapshot } from './snapshot';

const iterationNsMax = 1_000_000_000;
const pagesPerClockCheck = 64;

/** A fault that took longer from its fetch to its end makes the scan give way to faults, for so many pages. */
const slowFaultNs = 5_000_000;
const slowFaultPages = 200;
/** How long a page of the scan waits for a fault then. */
const slowFaultPollNs = 5_000_000;

/**
 * While faults are slow, the channel is busy with pages that nobody waits for: before each of these the thread waits for a
 * fault, so that the channel can drain. (Left out of later versions: what is measured starts at the fetch of the fault, not
 * at the fault.)
 */
export class SlowFaultThrottle {
  private _pagesLeft = 0;

  faultServed(latencyNs: number): void {
    if (latencyNs > slowFaultNs) this._pagesLeft = slowFaultPages;
  }

  /** The next page of the scan is to wait. */
  takePage(): boolean {
    if (this._pagesLeft === 0) return false;
    this._pagesLeft--;
    return true;
  }
}

/** As for a dirty-logging migration: nobody has turned the log off for this one. */
export function* wtRamSaveSetup(s: Snapshot): Routine {
  const { vm, ram } = s;
  yield* lock('qemu_mutex_lock_iothread', vm.bql);
  yield* act('ram_init_bitmaps', ram.pageCount * costs.bitmapPerPageNs, () => {});
  yield* act('memory_global_dirty_log_start', ram.writablePageCount * costs.dirtyLogPerPageNs, () =>
    vm.machine.core.pages.startDirtyLog(),
  );
  yield* unlock('qemu_mutex_unlock_iothread', vm.bql);
  yield* act('RAM_SAVE_FLAG_MEM_SIZE', costs.trivialNs, () => s.stream.writeRamSetup());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
}

/** A page without an entry in the page table stays unprotected, in silence. */
export function* wtRamWriteTrackingStart({ protection, ram }: Snapshot): Routine {
  const isOpen = yield* act('uffd_create_fd', costs.uffdOpenNs, () => protection.open());
  if (!isOpen) return;
  const isRegistered = yield* act('uffd_register_memory', costs.uffdRegisterNs, () => protection.register());
  if (!isRegistered) return;
  yield* act('uffd_protect_memory', ram.writablePageCount * costs.writeProtectPerPageNs, (now) =>
    protection.protect(now),
  );
}

/** Closing the descriptor does it all: the kernel drops what protection is left and wakes who sleeps. */
export function* wtRamWriteTrackingStop({ protection, ram }: Snapshot): Routine {
  yield* act(
    'uffd_close_fd',
    () => ram.remaining * costs.unprotectPerPageNs + costs.trivialNs,
    (now) => protection.close(now),
  );
}

/** One PART section. An error of the channel ends the pages, as their end does. */
export function* wtRamSaveIterate(s: Snapshot, throttle: SlowFaultThrottle): Routine<'more' | 'done' | 'error'> {
  const isLimited = yield* act('qemu_file_rate_limit', costs.rateLimitNs, () => s.file.isRateLimited);
  if (isLimited) return s.file.error === undefined ? 'more' : 'error';
  const endsNs = yield* act('QEMU_VM_SECTION_PART', costs.trivialNs, (now) => s.beginPart(now) + iterationNsMax);
  let progress: 'more' | 'done' = 'more';
  for (let pages = 1; progress === 'more' && !s.file.isRateLimited; pages++) {
    const isSaved = yield* call('ram_find_and_save_block', 'wtFindAndSaveBlock', wtFindAndSaveBlock(s, throttle));
    if (!isSaved) progress = 'done';
    if (pages % pagesPerClockCheck === 0) {
      const isOver = yield* act('qemu_clock_get_ns', costs.trivialNs, (now) => now >= endsNs);
      if (isOver) break;
    }
  }
  yield* act('RAM_SAVE_FLAG_EOS', costs.trivialNs, () => s.stream.endRamSection());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
  return s.file.error === undefined ? progress : 'error';
}

/** The page somebody waits for, else the next one of the scan. False when all pages are sent and nobody waits. */
function* wtFindAndSaveBlock(s: Snapshot, throttle: SlowFaultThrottle): Routine<boolean> {
  const { protection, ram } = s;
  const fault = yield* call('get_fault_page', 'getFaultPage', getFaultPage(s, throttle));
  if (fault) {
    const fetchedNs = yield* act('qemu_clock_get_us_fault', 0, (now) => now);
    const page = protection.trackedPage(fault.page);
    ram.moveScanTo(page);
    yield* call('ram_save_host_page_fault', 'wtSaveHostPage', wtSaveHostPage(s, page, PageState.CopiedFault));
    yield* act('fault_served', 0, (now) => {
      s.state.faults.add(now - fault.timeNs);
      throttle.faultServed(now - fetchedNs);
    });
    return true;
  }
  const page = yield* act('find_dirty_block', costs.bitmapNs, () => ram.findDirty());
  if (!page) return false;
  yield* call('ram_save_host_page', 'wtSaveHostPage', wtSaveHostPage(s, page, PageState.CopiedScan));
  return true;
}

/** A write fault, if there is one; after a slow one there is time to wait for the next. */
function* getFaultPage({ protection }: Snapshot, throttle: SlowFaultThrottle): Routine<UffdMessage | undefined> {
  const waits = yield* look('waits', () => throttle.takePage());
  if (waits) {
    const endsNs = yield* act('qemu_clock_get_us', 0, (now) => now + slowFaultPollNs);
    yield* waitUntil('uffd_poll_events', protection.uffd.readable, () => protection.uffd.pending > 0, {
      resource: 'a write fault, before the scan goes on',
      deadlineNs: () => endsNs,
    });
  }
  return yield* act('uffd_read_events', costs.uffdReadNs, () => protection.uffd.read());
}

/** Lets writes to the page through when it has been saved, or could not be. */
function* wtSaveHostPage(s: Snapshot, page: PageAddress, copied: PageState): Routine {
  const { ram, file } = s;
  const isUnsent = yield* act('migration_bitmap_clear_dirty', costs.bitmapNs, () => ram.clearDirty(page));
  let saved = copied;
  if (isUnsent) {
    const isZero = yield* act('buffer_is_zero', costs.zeroScanNs, () => s.isZero(page));
    if (isZero) {
      yield* act('save_zero_page', zeroPageCostNs, (now) => s.writeZeroPage(page, now), s.whileFull);
      if (copied === PageState.CopiedScan) saved = PageState.Zero;
    } else yield* act('save_normal_page', pageCostNs, (now) => s.writePage(page, now), s.whileFull);
    yield* act('qemu_fflush', flushCostNs, () => file.flush(), s.whileFull);
  }
  if (s.protection.isTracked(page)) {
    yield* act('uffd_protect_memory_off', costs.unprotectNs, (now) =>
      s.protection.unprotect(page, isUnsent ? saved : undefined, now),
    );
  }
}
