import type { Tail } from '../protocol/timeline';

/** The newest so many items of a list, each by its number from the first that there ever was. */
export class Newest<Item> {
  readonly #items: Item[] = [];
  #end = 0;

  constructor(readonly countMax: number) {}

  /** The number of the next item. */
  get end(): number {
    return this.#end;
  }

  /** The number of the oldest that is kept. */
  get first(): number {
    return Math.max(0, this.#end - this.countMax);
  }

  get last(): Item | undefined {
    return this.at(this.#end - 1);
  }

  at(number: number): Item | undefined {
    return number >= this.first && number < this.#end ? this.#items[number % this.countMax] : undefined;
  }

  push(item: Item): void {
    this.#items[this.#end++ % this.countMax] = item;
  }

  /** One that is kept. */
  replace(number: number, item: Item): void {
    this.#items[number % this.countMax] = item;
  }

  dropLast(): void {
    this.#end--;
  }

  /** What there is from item `from` on. */
  tail(from: number): Tail<Item> {
    const { first } = this;
    const start = Math.max(from, first);
    const items = Array.from({ length: Math.max(0, this.#end - start) }, (_, index) => this.at(start + index)!);
    return { first, from: start, items };
  }
}
