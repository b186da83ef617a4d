import type { Capabilities } from './capabilities';

/** How a snapshot is taken. */
export interface SnapshotOptions {
  readonly capabilities: Capabilities;
  /** There is a failover NIC, and the guest takes so long to let go of it, in virtual ns; Infinity: it never does. */
  readonly unplugNs: number | undefined;
}

export const defaultSnapshotOptions: SnapshotOptions = {
  capabilities: new Set(['background-snapshot'] as const),
  unplugNs: undefined,
};
