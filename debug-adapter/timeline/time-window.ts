import { SharedBlocks } from './shared-blocks';

/** A stretch of time, cut into at most so many buckets of one length for all that is summed up in them. */
export class TimeWindow {
  private _bucketNs: number;
  /** How often the buckets have become longer. */
  private _doublings = 0;
  private readonly _series: Buckets[] = [];

  constructor(
    readonly startNs: number,
    firstBucketNs: number,
    readonly bucketCountMax: number,
  ) {
    this._bucketNs = firstBucketNs;
  }

  get bucketNs(): number {
    return this._bucketNs;
  }

  get doublings(): number {
    return this._doublings;
  }

  addSeries(columnCount: number): Buckets {
    const series = new Buckets(this, columnCount);
    this._series.push(series);
    return series;
  }

  /** The bucket of a time at or after the start; the buckets become long enough for it. */
  bucketAt(timeNs: number): number {
    const offsetNs = timeNs - this.startNs;
    while (offsetNs >= this._bucketNs * this.bucketCountMax) {
      this._bucketNs *= 2;
      this._doublings++;
      for (const series of this._series) series.halve();
    }
    return Math.floor(offsetNs / this._bucketNs);
  }

  /** Where the bucket of such a time ends, or later: buckets only become longer. */
  bucketEndNs(timeNs: number): number {
    return this.startNs + (this.bucketAt(timeNs) + 1) * this._bucketNs;
  }
}

const bucketsPerBlock = 64;

/** Sums by bucket and column. Whole numbers up to 2^53 stay exact, however often buckets are merged. */
export class Buckets {
  private _blocks: SharedBlocks<Float64Array>;
  /** Behind the last one that something was added to. */
  private _length = 0;

  constructor(
    private readonly window: TimeWindow,
    readonly columnCount: number,
  ) {
    const blockCount = Math.ceil(window.bucketCountMax / bucketsPerBlock);
    this._blocks = new SharedBlocks(blockCount, new Float64Array(bucketsPerBlock * columnCount));
  }

  get length(): number {
    return this._length;
  }

  sum(bucket: number, column: number): number {
    return this._blocks.at(Math.floor(bucket / bucketsPerBlock))[
      (bucket % bucketsPerBlock) * this.columnCount + column
    ]!;
  }

  /** What is before the window's start does not count. */
  add(column: number, timeNs: number, amount: number): void {
    if (timeNs < this.window.startNs) return;
    this.#add(this.window.bucketAt(timeNs), column, amount);
  }

  /** To each bucket the part of the span that lies in it, in ns. */
  addSpan(column: number, fromNs: number, toNs: number): void {
    const { window } = this;
    const startNs = Math.max(fromNs, window.startNs);
    if (toNs <= startNs) return;
    const last = window.bucketAt(toNs - 1);
    const { bucketNs } = window;
    let atNs = startNs;
    for (let bucket = window.bucketAt(startNs); bucket <= last; bucket++) {
      const endNs = Math.min(toNs, window.startNs + (bucket + 1) * bucketNs);
      this.#add(bucket, column, endNs - atNs);
      atNs = endNs;
    }
  }

  /** Two and two buckets become one. */
  halve(): void {
    const { columnCount } = this;
    const halved = new Buckets(this.window, columnCount);
    for (let bucket = 0; bucket < this._length; bucket += bucketsPerBlock) {
      const from = this._blocks.at(bucket / bucketsPerBlock);
      const to = halved._blocks.toChange(Math.floor(bucket / 2 / bucketsPerBlock));
      let at = ((bucket / 2) % bucketsPerBlock) * columnCount;
      for (let pair = 0; pair < from.length; pair += 2 * columnCount) {
        for (let column = pair; column < pair + columnCount; column++) {
          to[at++] = from[column]! + from[column + columnCount]!;
        }
      }
    }
    this._blocks = halved._blocks;
    this._length = Math.ceil(this._length / 2);
  }

  #add(bucket: number, column: number, amount: number): void {
    const block = Math.floor(bucket / bucketsPerBlock);
    this._blocks.toChange(block)[(bucket % bucketsPerBlock) * this.columnCount + column]! += amount;
    if (bucket >= this._length) this._length = bucket + 1;
  }
}
