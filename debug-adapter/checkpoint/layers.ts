import { type Entries, merged, noEntries } from './page-words';

/**
 * Words of pages in layers: of those that have a word, the uppermost counts. Each takes at least twice what the one below it
 * takes, so they are few.
 */
export class Layers {
  #layers: readonly Entries[] = [];
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  get fromTop(): readonly Entries[] {
    return this.#layers;
  }

  /** All of them in one. */
  get flat(): Entries {
    return this.#layers.reduceRight((below, layer) => merged(layer, below), noEntries);
  }

  /** Words beside those that are there. A layer is written again only when those below have come to half of it. */
  putBelow(entries: Entries): void {
    if (entries.count === 0) return;
    const layers = [...this.#layers];
    let lowest = entries;
    while (layers.length > 0 && layers.at(-1)!.byteCount < 2 * lowest.byteCount) lowest = merged(layers.pop()!, lowest);
    this.#exchange([...layers, lowest]);
  }

  putOnTop(entries: Entries): void {
    this.#exchange([merged(entries, this.flat)]);
  }

  clear(): void {
    this.#exchange([]);
  }

  #exchange(layers: readonly Entries[]): void {
    this.#layers = layers;
    this.#byteCount = layers.reduce((sum, { byteCount }) => sum + byteCount, 0);
  }
}
