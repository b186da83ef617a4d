/** QEMU's migration parameters (`migrate-set-parameters`), as far as they matter here. */
export interface MigrationParameters {
  /** auto-converge: the guest writes too fast when it writes more than so many percent of what has been sent. */
  readonly throttleTriggerThreshold: number;
  /** Percent of the time that the vCPUs are kept from running at first; by how much that grows, and up to what. */
  readonly cpuThrottleInitial: number;
  readonly cpuThrottleIncrement: number;
  readonly maxCpuThrottle: number;
  /** Bytes a second that a dirty-logging migration may send; 0: no limit. */
  readonly maxBandwidth: number;
  /** How long the guest may stand still at the end of a dirty-logging migration. */
  readonly downtimeLimitMs: number;
}

/** QEMU 7.2's. Until 5.2 `max-bandwidth` was 32 MiB/s. */
export const defaultParameters: MigrationParameters = {
  throttleTriggerThreshold: 50,
  cpuThrottleInitial: 20,
  cpuThrottleIncrement: 10,
  maxCpuThrottle: 99,
  maxBandwidth: 128 << 20,
  downtimeLimitMs: 300,
};

/** What QEMU calls a parameter, and the whole numbers that it takes for it. */
export interface ParameterRange {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export type RangedParameter = Exclude<keyof MigrationParameters, 'maxBandwidth'>;

export const parameterRanges: Readonly<Record<RangedParameter, ParameterRange>> = {
  throttleTriggerThreshold: { name: 'throttle-trigger-threshold', min: 1, max: 100 },
  cpuThrottleInitial: { name: 'cpu-throttle-initial', min: 1, max: 99 },
  cpuThrottleIncrement: { name: 'cpu-throttle-increment', min: 1, max: 99 },
  maxCpuThrottle: { name: 'max-cpu-throttle', min: 1, max: 99 },
  downtimeLimitMs: { name: 'downtime-limit', min: 0, max: 2_000_000 },
};
