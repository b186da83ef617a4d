/**
 * Virtual nanoseconds that the VMM's actions take. The page costs add up to the 12 µs a page measured on QEMU 7.2 (one
 * flush and one ioctl a page dominate); setup and freeze to the event times of one run there (setup 0.6 ms, active
 * 2.4 ms, STOP 2.5 ms, RESUME 2.9 ms for 64 MiB).
 */
export const costs = {
  /** A system call or a trace point that does nothing else. */
  trivialNs: 200,
  threadCreateNs: 60_000,
  populatePerPageNs: 50,
  headerNs: 20_000,
  bitmapPerPageNs: 1,
  vmStopNs: 60_000,
  synchronizeStatesNs: 20_000,
  stashNs: 120_000,
  uffdOpenNs: 10_000,
  uffdRegisterNs: 30_000,
  writeProtectPerPageNs: 5,
  /** Starting, reading and clearing the dirty log. */
  dirtyLogPerPageNs: 5,
  /** The first write to a page that the dirty log has as clean: the vCPU leaves the guest once. An estimate. */
  dirtyLogFaultNs: 1_500,
  vmStartNs: 40_000,
  /** One read of the non-blocking uffd. */
  uffdReadNs: 700,
  /** Bitmap operations are over before a guest instruction is. */
  bitmapNs: 0,
  zeroScanNs: 300,
  copyPageNs: 900,
  /** A look at the quota. Coarser than in QEMU, where a thread over quota looks far more often than is worth simulating. */
  rateLimitNs: 2_000,
  flushNs: 4_000,
  flushPerByteNs: 0.125,
  unprotectNs: 5_600,
  unprotectPerPageNs: 5,
} as const;

/** A flush of so many bytes, in whole ns. */
export function flushCostNs(byteCount: number): number {
  return costs.flushNs + Math.round(byteCount * costs.flushPerByteNs);
}

/** Putting something that takes `ownNs` into a channel, which may flush first: a function of the bytes that left. */
export function putCostNs(ownNs: number): (flushedByteCount: number) => number {
  return (flushed) => (flushed === 0 ? ownNs : ownNs + flushCostNs(flushed));
}

/** Putting a page into a channel: functions of the bytes that left to make room. */
export const zeroPageCostNs = putCostNs(costs.trivialNs);
export const pageCostNs = putCostNs(costs.copyPageNs);
