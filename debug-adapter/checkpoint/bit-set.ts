const bitsPerWord = 32;

/** Numbers below some bound. */
export class BitSet {
  private constructor(private readonly words: Int32Array) {}

  /** @param entries not 0 for each number that is in it; a multiple of 32 */
  static of(entries: Uint8Array): BitSet {
    const words = new Int32Array(entries.length / bitsPerWord);
    for (let index = 0; index < entries.length; index++) {
      if (entries[index] !== 0) words[Math.floor(index / bitsPerWord)]! |= 1 << (index % bitsPerWord);
    }
    return new BitSet(words);
  }

  has(index: number): boolean {
    return ((this.words[Math.floor(index / bitsPerWord)]! >>> (index % bitsPerWord)) & 1) !== 0;
  }

  /** Those of both. */
  with({ words }: BitSet): BitSet {
    return new BitSet(this.words.map((word, index) => word | words[index]!));
  }
}
