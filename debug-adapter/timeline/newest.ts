import type { Tail } from '../protocol/timeline';

/** The newest so many items of a list, each by its number from the first that there ever was. */
export class Newest<Item> {
  #items: Item[] = [];
  private _end = 0;

  constructor(readonly countMax: number) {}

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
    return number >= this.first && number < this._end ? this.#items[number % this.countMax] : undefined;
  }

  push(item: Item): void {
    this.#items[this._end++ % this.countMax] = item;
  }

  /** One that is kept. */
  replace(number: number, item: Item): void {
    this.#items[number % this.countMax] = item;
  }

  dropLast(): void {
    this._end--;
  }

  /** For a checkpoint: the items themselves never change. */
  keep(): readonly Item[] {
    return this.#items.slice();
  }

  putBack(items: readonly Item[]): void {
    this.#items = items.slice();
  }

  /** What there is from item `from` on. */
  tail(from: number): Tail<Item> {
    const { first } = this;
    const start = Math.max(from, first);
    const items = Array.from({ length: Math.max(0, this._end - start) }, (_, index) => this.at(start + index)!);
    return { first, from: start, items };
  }
}
