import { GrowingList } from '../vmm/growing-list';

interface FrozenPage {
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** What pages held at the freeze, in the order in which they first changed. */
export class FrozenPages {
  readonly #pages = new Map<number, Uint8Array>();
  readonly #list = new GrowingList<FrozenPage>((one, other) => one.page === other.page);

  get size(): number {
    return this.#list.count;
  }

  get(page: number): Uint8Array | undefined {
    return this.#pages.get(page);
  }

  add(page: number, bytes: Uint8Array): void {
    this.#pages.set(page, bytes);
    this.#list.add({ page, bytes });
  }

  keep(): ReturnType<GrowingList<FrozenPage>['keep']> {
    return this.#list.keep();
  }

  putBack(kept: ReturnType<GrowingList<FrozenPage>['keep']>): void {
    this.#list.putBack(kept);
    this.#pages.clear();
    for (const { page, bytes } of this.#list.items()) this.#pages.set(page, bytes);
  }
}
