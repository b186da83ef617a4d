import type { CapabilityName } from '../debuggee/migration-capabilities';
import type { WhatIf } from '../vmm/what-if';

export type Capabilities = ReadonlySet<CapabilityName>;

/** What a write-tracking snapshot cannot go with, in the order in which QEMU looks for them. */
const incompatible: readonly CapabilityName[] = [
  'postcopy-ram',
  'dirty-bitmaps',
  'postcopy-blocktime',
  'late-block-activate',
  'return-path',
  'multifd',
  'pause-before-switchover',
  'auto-converge',
  'release-ram',
  'rdma-pin-all',
  'compress',
  'xbzrle',
  'x-colo',
  'validate-uuid',
  'zero-copy-send',
];

/** The series' own check was older than some capabilities, and called two of them by other names. */
const seriesNames: ReadonlyMap<CapabilityName, string> = new Map([
  ['compress', 'compression'],
  ['xbzrle', 'XBZLRE'],
]);

/** Those that make a difference here, or rightly make none: nothing of this machine is migrated block-wise or shared. */
const modelled: ReadonlySet<CapabilityName> = new Set<CapabilityName>([
  'auto-converge',
  'background-snapshot',
  'block',
  'events',
  'track-writes-ram',
  'x-ignore-shared',
  'zero-blocks',
]);

/** Why these cannot be enabled together, in QEMU's words where QEMU has any; undefined when they can. */
export function capabilityProblem(enabled: Capabilities): string | undefined {
  if (enabled.has('postcopy-ram') && enabled.has('x-ignore-shared')) {
    return 'Postcopy is not compatible with ignore-shared';
  }
  const other = incompatible.find((name) => enabled.has(name));
  if (enabled.has('background-snapshot') && enabled.has('track-writes-ram')) {
    return 'background-snapshot and track-writes-ram are one capability, as merged and as first proposed: enable one of them';
  }
  if (enabled.has('background-snapshot') && other) return `Background-snapshot is not compatible with ${other}`;
  if (enabled.has('track-writes-ram') && other) {
    return `Track-writes is not compatible with ${seriesNames.get(other) ?? other}`;
  }
  if (enabled.has('postcopy-preempt') && !enabled.has('postcopy-ram')) return 'Postcopy preempt requires postcopy-ram';
  if (enabled.has('zero-copy-send') && (!enabled.has('multifd') || enabled.has('compress'))) {
    return 'Zero copy only available for non-compressed non-TLS multifd migration';
  }
  if (enabled.has('multifd') && enabled.has('compress')) return 'Multifd is not compatible with compress';
  const unmodelled = [...enabled].find((name) => !modelled.has(name));
  return unmodelled && `Freezeframe has no model of the capability ${unmodelled}`;
}

/** Whether the host's kernel can write-protect guest RAM by uffd. */
export function canWriteProtect({ memoryBackend, uffdFeatureWpShmem }: WhatIf): boolean {
  return memoryBackend === 'anonymous' || (memoryBackend !== 'file' && uffdFeatureWpShmem);
}

/**
 * Why the host cannot do what is enabled, as QEMU says it; undefined when it can. The series did not ask before its
 * freeze.
 */
export function hostProblem(enabled: Capabilities, whatIf: WhatIf): string | undefined {
  if (!enabled.has('background-snapshot') || canWriteProtect(whatIf)) return undefined;
  const backend = whatIf.memoryBackend === 'file' ? 'a shared file on a disk' : 'shared memory';
  return (
    `Background-snapshot is not compatible with guest memory configuration: RAM is ${backend}, which this kernel ` +
    'cannot write-protect'
  );
}
