/** How long write faults took from the write to the wake-up, each of them, in virtual ns. */
export class FaultLatencies {
  readonly #ns: number[] = [];

  add(latencyNs: number): void {
    this.#ns.push(latencyNs);
  }

  get count(): number {
    return this.#ns.length;
  }

  get maxNs(): number {
    return this.#ns.reduce((max, ns) => Math.max(max, ns), 0);
  }

  /** The shortest latency that `percent` of all faults do not exceed; 0 when there was none. */
  percentilesNs(percents: readonly number[]): number[] {
    const sorted = [...this.#ns].sort((a, b) => a - b);
    return percents.map((percent) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0);
  }

  /** Counts by power of two: element `n` has the faults of 2ⁿ µs and more, less than 2ⁿ⁺¹ µs; the first also all shorter. */
  log2Histogram(): number[] {
    const counts: number[] = [];
    for (const ns of this.#ns) {
      const bucket = Math.max(0, Math.floor(Math.log2(Math.max(1, Math.floor(ns / 1000)))));
      while (counts.length <= bucket) counts.push(0);
      counts[bucket]!++;
    }
    return counts;
  }
}
