/** The bytes of guest RAM. Pages are counted from its start, 4 KiB each. */
export interface GuestRam {
  /** From physical address `ramBase`. A live view into the core's memory. */
  readonly ram: Uint8Array;
  /** All 4096 bytes are zero (SIMD). */
  isZero(page: number): boolean;
  /** The first of 4096 bytes that the page of RAM has otherwise, or -1 (SIMD). */
  firstDifference(page: number, bytes: Uint8Array): number;
  /**
   * Bytes of RAM written from outside a hart (loader, restore, DMA) go through here, so that decoded code is dropped.
   * `actor`, `timeNs`: who writes and when, for `GuestPages` and its `preserve`.
   */
  writeRam(offset: number, bytes: Uint8Array, actor?: number, timeNs?: number): void;

  /**
   * Watches bytes of RAM, instead of those before. Accesses to other pages are as quick as ever. One that hits ends the
   * run behind its instruction, and is in `watchHits`.
   */
  watch(ranges: readonly WatchedRange[]): void;
  /** Accesses to watched bytes, oldest first, until whoever looks empties it. */
  readonly watchHits: WatchHit[];
}

/** Bytes from an offset in RAM. Reads are those of harts, writes those of all. */
export interface WatchedRange {
  readonly offset: number;
  readonly byteCount: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface WatchHit {
  readonly range: WatchedRange;
  readonly kind: 'read' | 'write';
  /** The bytes accessed, from an offset in RAM. */
  readonly offset: number;
  readonly byteCount: number;
  /** As in `GuestPages.actors`. */
  readonly actor: number;
  /** Of the instruction, when a hart makes the access. */
  readonly pc: bigint;
  /** The watched bytes as they were. */
  readonly before: Uint8Array;
}
