import { costs } from '../vmm/costs';
import { deviations } from '../vmm/what-if';
import { promptReader } from './channel';
import type { Snapshot } from './snapshot';

/** So many pages are saved while the guest runs once. */
const pageCountMax = 64;
/** Less is never spent on a page that is still to be sent. */
const pageNsMin =
  costs.uffdReadNs + costs.zeroScanNs + costs.trivialNs + costs.flushNs + costs.unprotectNs + 2 * costs.bitmapNs;

/**
 * How long the write-tracking migration thread leads: until then at least it saves one page after the other, none of which
 * the guest can write to before. So nobody can tell whether the guest has run first. Only in a snapshot that is as it should
 * be, with nothing on the way that holds the thread up or ends the saving.
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
    protection.isTracked(ram.scanPosition) &&
    deviations(vm.whatIf).length === 0;
  // With the first of them it may be nearly done.
  const pageCount = isSure ? ram.dirtyAhead(pageCountMax) - 1 : 0;
  return timeNs + Math.max(0, pageCount) * pageNsMin;
}
