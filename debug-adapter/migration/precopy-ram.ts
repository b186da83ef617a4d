import { act, call, lock, look, type Routine, unlock } from '../simulation/actions';
import { costs, flushCostNs, pageCostNs, zeroPageCostNs } from '../vmm/costs';
import type { Precopy } from './precopy';

/** A round over RAM is interrupted after so long, so that the thread looks at errors and at the status in between. */
const iterationNsMax = 50_000_000;
/** How many pages go by between two looks at the clock. */
const pagesPerClockCheck = 64;

/** All pages are to be sent, and from now on the guest's writes are logged. Then the section START (QEMU: ram_save_setup). */
export function* precopyRamSaveSetup(m: Precopy): Routine {
  const { s } = m;
  yield* lock('qemu_mutex_lock_iothread', s.vm.bql);
  yield* act('ram_init_bitmaps', s.ram.pageCount * costs.bitmapPerPageNs, () => {});
  yield* act('memory_global_dirty_log_start', s.ram.writablePageCount * costs.dirtyLogPerPageNs, () =>
    m.startDirtyLog(),
  );
  yield* call('migration_bitmap_sync_precopy', 'migrationBitmapSync', migrationBitmapSync(m));
  yield* unlock('qemu_mutex_unlock_iothread', s.vm.bql);
  yield* act('RAM_SAVE_FLAG_MEM_SIZE', costs.trivialNs, () => s.stream.writeRamSetup());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
}

/** What the guest has written since the last look is to be sent again. */
function* migrationBitmapSync(m: Precopy): Routine {
  const { ram } = m.s;
  const isPeriodOver = yield* act(
    'memory_global_dirty_log_sync',
    ram.writablePageCount * costs.dirtyLogPerPageNs,
    (now) => m.synchronizeBitmap(now),
    { phase: 'bitmap-sync' },
  );
  if (!isPeriodOver) return;
  // Does the guest write faster than RAM is sent? Then this would never end.
  const isTooFast = yield* act('migration_trigger_throttle', costs.trivialNs, () => m.countHighDirtyRate());
  if (isTooFast && m.autoConverges) {
    yield* act('mig_throttle_guest_down', costs.trivialNs, (now) => m.throttleGuestDown(now));
  }
  yield* act('migration_update_rates', 0, (now) => m.beginPeriod(now));
}

/** Bytes still to be sent; exact, with the latest writes, when there are few. */
export function* ramSavePending(m: Precopy): Routine<number> {
  const { bql } = m.s.vm;
  const isNear = yield* act('ram_save_pending', costs.trivialNs, () => m.remainingByteCount < m.thresholdByteCount);
  if (isNear) {
    yield* lock('qemu_mutex_lock_iothread', bql);
    yield* call('migration_bitmap_sync_precopy', 'migrationBitmapSync', migrationBitmapSync(m));
    yield* unlock('qemu_mutex_unlock_iothread', bql);
  }
  return yield* look('remainingByteCount', () => m.remainingByteCount);
}

/** One PART section: pages until the time is up, the window's bandwidth is used up, or none is left. */
export function* precopyRamSaveIterate(m: Precopy): Routine {
  const { s } = m;
  const endsNs = yield* act('QEMU_VM_SECTION_PART', costs.trivialNs, (now) => s.beginPart(now) + iterationNsMax);
  for (let pages = 1; !s.file.isRateLimited; pages++) {
    const isSent = yield* call('ram_find_and_save_block', 'findAndSaveBlock', findAndSaveBlock(m));
    if (!isSent) break;
    if (pages % pagesPerClockCheck === 0) {
      const isOver = yield* act('qemu_clock_get_ns', costs.trivialNs, (now) => now >= endsNs);
      if (isOver) break;
    }
  }
  yield* act('RAM_SAVE_FLAG_EOS', costs.trivialNs, () => s.stream.endRamSection());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
}

/** The section END: all that is left. The guest stands still. */
export function* ramSaveComplete(m: Precopy): Routine {
  const { s } = m;
  yield* call('migration_bitmap_sync_precopy', 'migrationBitmapSync', migrationBitmapSync(m));
  yield* act('QEMU_VM_SECTION_END', costs.trivialNs, () => s.stream.beginRamSection('end'));
  while (s.file.error === undefined) {
    const isSent = yield* call('ram_find_and_save_block', 'findAndSaveBlock', findAndSaveBlock(m));
    if (!isSent) break;
  }
  yield* act('RAM_SAVE_FLAG_EOS', costs.trivialNs, () => s.stream.endRamSection());
  yield* act('qemu_fflush', flushCostNs, () => s.file.flush(), s.whileFull);
}

/** The next page that the bitmap has. False: there is none. */
function* findAndSaveBlock(m: Precopy): Routine<boolean> {
  const { s } = m;
  const page = yield* act('find_dirty_block', costs.bitmapNs, () => s.ram.findDirty());
  if (!page) return false;
  // Before the copy, so that a write from now on is seen by the next synchronization.
  yield* act('migration_bitmap_clear_dirty', costs.bitmapNs, () => s.ram.clearDirty(page));
  const isZero = yield* act('buffer_is_zero', costs.zeroScanNs, () => s.isZero(page));
  if (isZero) yield* act('save_zero_page', zeroPageCostNs, (now) => m.writeZeroPage(page, now), s.whileFull);
  else yield* act('save_normal_page', pageCostNs, (now) => m.writePage(page, now), s.whileFull);
  return true;
}
