import type { QmpClient } from './qmp-client';

/** Of `query-block`. */
interface BlockDevice {
  readonly device: string;
  readonly qdev?: string;
  readonly inserted?: { readonly ro: boolean };
}

/** Those that the guest can write to, by QEMU's names for them. */
export async function writableDisks(qmp: QmpClient): Promise<readonly string[]> {
  const all = (await qmp.execute('query-block')) as readonly BlockDevice[];
  return all.flatMap(({ device, qdev, inserted }) => (inserted?.ro === false ? device || qdev || [] : []));
}

/**
 * A background snapshot leaves disks alone. From the freeze to vm_start nobody writes to them, and what was written is in
 * their images: an overlay, which QEMU makes, keeps small what is to be copied then.
 */
export function disksText(disks: readonly string[]): string {
  const [name] = disks.length === 1 ? disks : ['NAME'];
  const subject = disks.length === 1 ? `${name} is` : `${disks.join(', ')} are`;
  const them = disks.length === 1 ? 'it' : 'them';
  return (
    `${subject} not in the file. To capture ${them} at the freeze, run \`snapshot_blkdev ${name} OVERLAY\` in QEMU’s monitor ` +
    'before the snapshot, and copy OVERLAY while QEMU is held at WP arm.'
  );
}
