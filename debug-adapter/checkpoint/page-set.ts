const pagesPerWord = 32;

/** Virtual pages, by their numbers modulo a power of two: it may have more of them than were put in, and never less. */
export class PageSet {
  private constructor(private readonly words: Int32Array) {}

  /** @param entries one for each number, not 0 where a page is in it; as many as a power of two */
  static of(entries: Uint8Array): PageSet {
    const words = new Int32Array(entries.length / pagesPerWord);
    for (let page = 0; page < entries.length; page++) {
      if (entries[page] !== 0) words[Math.floor(page / pagesPerWord)]! |= 1 << (page % pagesPerWord);
    }
    return new PageSet(words);
  }

  has(page: bigint): boolean {
    const index = Number(page & BigInt(this.words.length * pagesPerWord - 1));
    return ((this.words[Math.floor(index / pagesPerWord)]! >>> (index % pagesPerWord)) & 1) !== 0;
  }

  /** Those of both. */
  with({ words }: PageSet): PageSet {
    return new PageSet(this.words.map((word, index) => word | words[index]!));
  }
}
