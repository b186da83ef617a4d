/** A list that only grows. Checkpoints share it; there may be more of it ahead, that has been run through before. */
export class GrowingList<Item> {
  #items: Item[] = [];
  #count = 0;

  /** @param isSame two items that were made at the same instant of the same run */
  constructor(private readonly isSame: (one: Item, other: Item) => boolean = Object.is) {}

  get count(): number {
    return this.#count;
  }

  add(item: Item): void {
    const known = this.#items[this.#count];
    const isAhead = this.#items.length > this.#count;
    // The run has taken another course: what others share stays as it is.
    if (isAhead && !this.isSame(known as Item, item)) this.#items = this.#items.slice(0, this.#count);
    if (this.#items.length === this.#count) this.#items.push(item);
    this.#count++;
  }

  /** @param end before which item */
  items(start = 0, end = this.#count): Item[] {
    return this.#items.slice(start, end);
  }

  keep(): { readonly items: Item[]; readonly count: number } {
    return { items: this.#items, count: this.#count };
  }

  putBack({ items, count }: ReturnType<GrowingList<Item>['keep']>): void {
    this.#items = items;
    this.#count = count;
  }
}
