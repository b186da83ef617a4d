/** QEMU's migration parameters (`migrate-set-parameters`), as far as they matter here. */
export interface MigrationParameters {
  /** Bytes a second that a dirty-logging migration may send; 0: no limit. */
  readonly maxBandwidth: number;
  /** How long the guest may stand still at the end of a dirty-logging migration. */
  readonly downtimeLimitMs: number;
  /** auto-converge: the guest writes too fast when it writes more than so many percent of what has been sent. */
  readonly throttleTriggerThreshold: number;
  /** Percent of the time that the vCPUs are kept from running at first; by how much that grows, and up to what. */
  readonly cpuThrottleInitial: number;
  readonly cpuThrottleIncrement: number;
  readonly maxCpuThrottle: number;
}

/** QEMU 7.2's. Until 5.2 `max-bandwidth` was 32 MiB/s. */
export const defaultParameters: MigrationParameters = {
  maxBandwidth: 128 << 20,
  downtimeLimitMs: 300,
  throttleTriggerThreshold: 50,
  cpuThrottleInitial: 20,
  cpuThrottleIncrement: 10,
  maxCpuThrottle: 99,
};
