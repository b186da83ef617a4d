const bitsPerWord = 32;

/** Numbers below some bound. */
export class BitSet {
  private constructor(private readonly words: Int32Array) {}

  /** @param entries not 0 for each number that is in it; a multiple of 32, where words may begin */
  static of(entries: Uint8Array): BitSet {
    const words = new Int32Array(entries.length / bitsPerWord);
    // Most are 0: four at a time are passed over.
    const fours = new Int32Array(entries.buffer, entries.byteOffset, entries.length / 4);
    for (let four = 0; four < fours.length; four++) {
      if (fours[four] === 0) continue;
      for (let index = 4 * four; index < 4 * four + 4; index++) {
        if (entries[index] !== 0) words[Math.floor(index / bitsPerWord)]! |= 1 << (index % bitsPerWord);
      }
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
