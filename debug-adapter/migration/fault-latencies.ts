import { GrowingList } from '../vmm/growing-list';

/** How long write faults took from the write to the wake-up, each of them, in virtual ns. */
export class FaultLatencies {
  private readonly _ns = new GrowingList<number>();
  private readonly _log2Counts: number[] = [];
  private _maxNs = 0;

  add(latencyNs: number): void {
    this._ns.add(latencyNs);
    this._maxNs = Math.max(this._maxNs, latencyNs);
    const bucket = Math.max(0, Math.floor(Math.log2(Math.max(1, Math.floor(latencyNs / 1000)))));
    while (this._log2Counts.length <= bucket) this._log2Counts.push(0);
    this._log2Counts[bucket]!++;
  }

  get count(): number {
    return this._ns.count;
  }

  get maxNs(): number {
    return this._maxNs;
  }

  /** The shortest latency that `percent` of all faults do not exceed; 0 when there was none. */
  percentilesNs(percents: readonly number[]): number[] {
    const sorted = this._ns.items().sort((a, b) => a - b);
    return percents.map((percent) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0);
  }

  /** Counts by power of two: element `n` has the faults of 2ⁿ µs and more, less than 2ⁿ⁺¹ µs; the first also all shorter. */
  log2Histogram(): number[] {
    return [...this._log2Counts];
  }
}
