/** How long write faults took from the write to the wake-up, each of them, in virtual ns. */
export class FaultLatencies {
  readonly #ns: number[] = [];
  readonly #log2Counts: number[] = [];
  #maxNs = 0;

  add(latencyNs: number): void {
    this.#ns.push(latencyNs);
    this.#maxNs = Math.max(this.#maxNs, latencyNs);
    const bucket = Math.max(0, Math.floor(Math.log2(Math.max(1, Math.floor(latencyNs / 1000)))));
    while (this.#log2Counts.length <= bucket) this.#log2Counts.push(0);
    this.#log2Counts[bucket]!++;
  }

  get count(): number {
    return this.#ns.length;
  }

  get maxNs(): number {
    return this.#maxNs;
  }

  /** The shortest latency that `percent` of all faults do not exceed; 0 when there was none. */
  percentilesNs(percents: readonly number[]): number[] {
    const sorted = [...this.#ns].sort((a, b) => a - b);
    return percents.map((percent) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0);
  }

  /** Counts by power of two: element `n` has the faults of 2ⁿ µs and more, less than 2ⁿ⁺¹ µs; the first also all shorter. */
  log2Histogram(): number[] {
    return [...this.#log2Counts];
  }
}
