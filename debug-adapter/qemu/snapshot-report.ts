import { countText, mebibytesText } from '../debuggee/quantities';
import type { SnapshotFact, SnapshotReport } from '../protocol/snapshot-report';
import { disksText } from './disks';
import { waitsText } from './fault-waits';
import type { HeldSnapshot } from './held-snapshot';

/** Names of bad pages that are told. */
const badPageCountMax = 8;

/** How a snapshot has ended. @param file its path, if it was kept, and why it could not be written */
export function snapshotReport(
  { ending, counts, truth, disks, said, faults: { waits } }: HeldSnapshot,
  { path, failed }: { readonly path: string | undefined; readonly failed: string | undefined },
): SnapshotReport {
  const { badPages, comparedCount } = truth;
  const facts: SnapshotFact[] = [
    ...(ending === 'failed' ? [{ name: 'QEMU says', value: said.join('; ') || 'nothing of why' }] : []),
    {
      name: 'Sent',
      value: `${mebibytesText(counts.byteCount)}, ${countText(counts.pages)} pages, ${countText(counts.zeroPages)} of them zero`,
    },
    { name: 'Write faults seen', value: countText(counts.faults) },
    ...(waits.mostMs.length > 0 ? [{ name: 'Fault waits', value: waitsText(waits) }] : []),
    { name: 'RAM at the freeze', value: verdict(truth, counts.pages) },
    ...(disks.length > 0 && path !== undefined ? [{ name: 'Disks', value: disksText(disks) }] : []),
  ];
  const common = { facts, ...(path !== undefined && { path }) };
  if (ending === 'cancelled') return { outcome: 'cancelled', title: 'Snapshot of a real QEMU cancelled.', ...common };
  if (ending !== 'completed') return { outcome: 'failed', title: 'Snapshot of a real QEMU failed.', ...common };
  if (failed !== undefined)
    return { outcome: 'failed', title: `The snapshot could not be written: ${failed}.`, ...common };
  if (badPages.length > 0) {
    const title = `Snapshot of a real QEMU is wrong: ${badPages.length} of ${comparedCount} pages.`;
    return { outcome: 'wrong', title, ...common };
  }
  if (path === undefined)
    return { outcome: 'cancelled', title: 'Snapshot of a real QEMU completed, not kept.', ...common };
  return { outcome: 'written', title: `Snapshot of a real QEMU written to ${path}.`, ...common };
}

function verdict({ badPages, comparedCount }: HeldSnapshot['truth'], sentCount: number): string {
  const unknown = uncomparedText(sentCount - comparedCount);
  if (badPages.length === 0) return `all ${countText(comparedCount)} pages compared are as it was${unknown}`;
  const named = badPages.slice(0, badPageCountMax).map(({ block, page }) => `${block} 0x${page.toString(16)}`);
  return `${countText(badPages.length)} pages are not as it was: ${named.join(', ')}${badPages.length > named.length ? ', …' : ''}${unknown}`;
}

/** Of blocks whose place is not known, and of pages that were not protected when they were to be copied. */
export function uncomparedText(pageCount: number): string {
  return pageCount === 0 ? '' : `; what ${countText(pageCount)} others were is not known`;
}
