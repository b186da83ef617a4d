import { pageByteCount } from '../emulator/core/guest-core';
import { PageState } from '../protocol/page-states';
import type { Shortcut } from '../simulation/actions';
import type { Actor } from '../simulation/actor';
import { costs, flushCostNs, pageCostNs, zeroPageCostNs } from '../vmm/costs';
import { deviations } from '../vmm/what-if';
import { promptReader } from './channel';
import type { Snapshot } from './snapshot';

/** So many pages are saved while the guest runs once. */
const pageCountMax = 256;
/** Of a page: its place, with the longest name of a block, and what it holds. */
const recordByteCountMax = 8 + 256 + pageByteCount;
/** Less is never spent on a page that is still to be sent; on one that is protected, `costs.unprotectNs` more. */
const pageNsMin = costs.uffdReadNs + costs.zeroScanNs + costs.trivialNs + costs.flushNs + 2 * costs.bitmapNs;

/**
 * How long the write-tracking migration thread leads: until then at least it saves one page after the other, none of which
 * the guest can write to before: RAM is protected, ROM is ROM, and before a write to flash a hart waits for the thread
 * (`HartActor.runAhead`). So nobody can tell whether the guest has run first. Only in a snapshot that is as it should be,
 * with nothing on the way that holds the thread up or ends the saving.
 *
 * @param timeNs where the thread stands in the phase `save`; the answer where it does not lead
 */
export function leadEndsNs(s: Snapshot, timeNs: number): number {
  const { state, file, protection, ram, options, vm } = s;
  const isSure =
    options.capabilities.has('background-snapshot') &&
    options.channel === promptReader &&
    state.isActive &&
    file.error === undefined &&
    protection.uffd.isQuiet &&
    deviations(vm.whatIf).length === 0;
  // With the first of them it may be nearly done.
  const pageCount = isSure ? ram.dirtyAhead(pageCountMax) - 1 : 0;
  const nsMin = protection.isTracked(ram.scanPosition) ? pageNsMin + costs.unprotectNs : pageNsMin;
  return timeNs + Math.max(0, pageCount) * nsMin;
}

/** What `ramFindAndSaveBlock` comes to while the thread leads: a page is left, and nobody waits for one. */
export class ScannedPage implements Shortcut {
  readonly at = 'ram_find_and_save_block';
  readonly result = true;

  constructor(private readonly s: Snapshot) {}

  /** With one flush more than that of the page, of what the file has gathered before. */
  get nsMax(): number {
    return (
      pageNsMin + costs.unprotectNs + costs.copyPageNs + flushCostNs(this.s.file.pendingByteCount + recordByteCountMax)
    );
  }

  perform(thread: Actor, acted: () => void): number {
    const { s } = this;
    const { file, protection, ram } = s;
    thread.clockNs += costs.uffdReadNs + costs.bitmapNs;
    const page = ram.findDirty()!;
    ram.clearDirty(page);
    const isZero = s.isZero(page);
    thread.clockNs += costs.bitmapNs + costs.zeroScanNs;
    const { clockNs } = thread;
    thread.clockNs += isZero ? zeroPageCostNs(s.writeZeroPage(page, clockNs)) : pageCostNs(s.writePage(page, clockNs));
    s.whileFull.sleeps(thread);
    acted();
    thread.clockNs += flushCostNs(file.flush());
    s.whileFull.sleeps(thread);
    acted();
    if (!protection.isTracked(page)) return 7;
    protection.unprotect(page, isZero ? PageState.Zero : PageState.CopiedScan, thread.clockNs);
    thread.clockNs += costs.unprotectNs;
    return 8;
  }
}
