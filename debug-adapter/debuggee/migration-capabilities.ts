/**
 * Migration capabilities by QEMU's names, in the order of `query-migrate-capabilities` (7.2). `track-writes-ram` is what
 * the patch series called `background-snapshot` before it was merged.
 */
export const capabilityNames = [
  'xbzrle',
  'rdma-pin-all',
  'auto-converge',
  'zero-blocks',
  'compress',
  'events',
  'postcopy-ram',
  'x-colo',
  'release-ram',
  'block',
  'return-path',
  'pause-before-switchover',
  'multifd',
  'dirty-bitmaps',
  'postcopy-blocktime',
  'late-block-activate',
  'x-ignore-shared',
  'validate-uuid',
  'background-snapshot',
  'zero-copy-send',
  'postcopy-preempt',
  'track-writes-ram',
] as const;

export type CapabilityName = (typeof capabilityNames)[number];
