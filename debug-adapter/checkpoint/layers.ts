import type { Pieces } from '../debuggee/pieces';
import { type Entries, merged, noEntries } from './page-words';

/**
 * Words of pages in layers: of those that have a word, the uppermost counts. Each takes at least twice what the one below it
 * takes, so they are few.
 */
export class Layers {
  #layers: readonly Entries[] = [];
  #byteCount = 0;

  /** @param entries the only layer, so far */
  constructor(entries?: Entries) {
    if (entries) this.#exchange([entries]);
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get fromTop(): readonly Entries[] {
    return this.#layers;
  }

  has(page: number): boolean {
    return this.#layers.some((layer) => layer.find(page) >= 0);
  }

  /** All of them in one. */
  *flat(): Pieces<Entries> {
    let flat = noEntries;
    for (const layer of [...this.#layers].reverse()) flat = yield* merged(layer, flat);
    return flat;
  }

  /** Words beside those that are there. A layer is written again only when those below have come to half of it. */
  *putBelow(entries: Entries): Pieces<void> {
    if (entries.count === 0) return;
    const layers = [...this.#layers];
    let lowest = entries;
    while (layers.length > 0 && layers.at(-1)!.byteCount < 2 * lowest.byteCount)
      lowest = yield* merged(layers.pop()!, lowest);
    this.#exchange([...layers, lowest]);
  }

  *putOnTop(entries: Entries): Pieces<void> {
    this.#exchange([yield* merged(entries, yield* this.flat())]);
  }

  clear(): void {
    this.#exchange([]);
  }

  #exchange(layers: readonly Entries[]): void {
    this.#layers = layers;
    this.#byteCount = layers.reduce((sum, { byteCount }) => sum + byteCount, 0);
  }
}
