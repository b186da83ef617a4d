import type { Action } from '../simulation/actions';
import type { Snapshot } from './snapshot';

/** They touch only what the migration thread alone touches: its bitmap, its counters, its own clock. */
const onOwnState = new Set([
  'ram_find_and_save_block',
  'find_dirty_block',
  'ram_save_host_page',
  'ram_save_host_page_fault',
  'migration_bitmap_clear_dirty',
  'fault_served',
  'qemu_clock_get_ns',
]);

/** They read the page at the scan position, or send it. */
const onPage = new Set(['buffer_is_zero', 'save_zero_page', 'save_normal_page', 'qemu_fflush_page']);

/**
 * Whether the migration thread's next action commutes with whatever harts and devices may do up to its time, so that it
 * makes no difference which comes first. A page that is protected cannot change before this thread lets it go.
 */
export function commutes(s: Snapshot, { at }: Action): boolean {
  if (onOwnState.has(at)) return true;
  if (!onPage.has(at)) return false;
  const { flushBeforeUnprotect, dmaBypassesUffd, inhibitBalloon } = s.vm.whatIf;
  if (!flushBeforeUnprotect || dmaBypassesUffd || !inhibitBalloon) return false;
  const page = s.ram.scanPosition;
  return s.isTracked(page) && s.vm.machine.core.isProtected(page.page);
}
