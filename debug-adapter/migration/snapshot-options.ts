import { defaultParameters, type MigrationParameters } from '../debuggee/migration-parameters';
import type { Capabilities } from './capabilities';
import { type ChannelOptions, promptReader } from './channel';

/** How a snapshot is taken. */
export interface SnapshotOptions {
  readonly capabilities: Capabilities;
  readonly parameters: MigrationParameters;
  /** What reads the stream at the other end. */
  readonly channel: ChannelOptions;
  /** There is a failover NIC, and the guest takes so long to let go of it, in virtual ns; Infinity: it never does. */
  readonly unplugNs: number | undefined;
}

export const defaultSnapshotOptions: SnapshotOptions = {
  capabilities: new Set(['background-snapshot'] as const),
  parameters: defaultParameters,
  channel: promptReader,
  unplugNs: undefined,
};
