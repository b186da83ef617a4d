import { SnapshotPage } from '../protocol/snapshot-pages';

/** What a page was before a difference: a place in the file, or a difference by its number. */
export interface CopyBefore {
  readonly form: SnapshotPage;
  readonly place: number;
}

export interface MemoryUsage {
  byteCount: number;
}

const perBlock = 4096;

/** Pages' differences from their copies before, each with a link to that: 17 bytes a difference. */
export class DifferenceList {
  readonly #blocks: {
    readonly offsets: Float64Array;
    readonly places: Float64Array;
    readonly forms: Uint8Array;
  }[] = [];
  #count = 0;

  constructor(private readonly usage: MemoryUsage) {}

  /** @returns its number */
  add(offset: number, before: CopyBefore): number {
    const number = this.#count++;
    const at = number % perBlock;
    if (at === 0) {
      this.#blocks.push({
        offsets: new Float64Array(perBlock),
        places: new Float64Array(perBlock),
        forms: new Uint8Array(perBlock),
      });
      this.usage.byteCount += perBlock * (8 + 8 + 1);
    }
    const block = this.#blocks.at(-1)!;
    block.offsets[at] = offset;
    block.places[at] = before.place;
    block.forms[at] = before.form;
    return number;
  }

  offsetOf(number: number): number {
    return this.#blocks[Math.floor(number / perBlock)]!.offsets[number % perBlock]!;
  }

  /** What to begin with, and the differences to apply to it, up to that one. */
  upTo(number: number): { readonly first: CopyBefore; readonly offsets: readonly number[] } {
    const offsets: number[] = [];
    for (let place = number; ; ) {
      offsets.push(this.offsetOf(place));
      const { places, forms } = this.#blocks[Math.floor(place / perBlock)]!;
      const form = forms[place % perBlock]!;
      place = places[place % perBlock]!;
      if (form !== SnapshotPage.Xbzrle) return { first: { form, place }, offsets: offsets.reverse() };
    }
  }
}
