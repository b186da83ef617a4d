/** How long a throttled vCPU runs between two naps (QEMU: CPU_THROTTLE_TIMESLICE_NS). */
const sliceNs = 10_000_000;

/** The nap that a vCPU is in at a time, or its next one. In ns. */
export type CpuThrottle = (timeNs: number) => { readonly beginsNs: number; readonly endsNs: number };

/** Keeps a vCPU from running for `percent` of the time, 1 to 99, from `startNs` on: ten milliseconds run, the rest asleep. */
export function cpuThrottle(percent: number, startNs: number): CpuThrottle {
  const periodNs = Math.round((sliceNs * 100) / (100 - percent));
  return (timeNs) => {
    const period = Math.max(0, Math.floor((timeNs - startNs) / periodNs));
    const beginsNs = startNs + period * periodNs + sliceNs;
    return { beginsNs, endsNs: startNs + (period + 1) * periodNs };
  };
}
