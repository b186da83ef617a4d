import type { Tail } from '../protocol/timeline';
import { SharedBlocks } from './shared-blocks';

const itemsPerBlock = 64;

/** The newest so many items of a list, each by its number from the first that there ever was. */
export class Newest<Item> {
  private readonly _blocks: SharedBlocks<Item[]>;
  private _end = 0;

  constructor(readonly countMax: number) {
    this._blocks = new SharedBlocks<Item[]>(Math.ceil(countMax / itemsPerBlock), []);
  }

  /** The number of the next item. */
  get end(): number {
    return this._end;
  }

  /** The number of the oldest that is kept. */
  get first(): number {
    return Math.max(0, this._end - this.countMax);
  }

  get last(): Item | undefined {
    return this.at(this._end - 1);
  }

  at(number: number): Item | undefined {
    if (number < this.first || number >= this._end) return undefined;
    const place = number % this.countMax;
    return this._blocks.at(Math.floor(place / itemsPerBlock))[place % itemsPerBlock];
  }

  push(item: Item): void {
    this.#put(this._end++, item);
  }

  /** One that is kept. */
  replace(number: number, item: Item): void {
    this.#put(number, item);
  }

  dropLast(): void {
    this._end--;
  }

  /** What there is from item `from` on. */
  tail(from: number): Tail<Item> {
    const { first } = this;
    const start = Math.max(from, first);
    const items = Array.from({ length: Math.max(0, this._end - start) }, (_, index) => this.at(start + index)!);
    return { first, from: start, items };
  }

  #put(number: number, item: Item): void {
    const place = number % this.countMax;
    this._blocks.toChange(Math.floor(place / itemsPerBlock))[place % itemsPerBlock] = item;
  }
}
