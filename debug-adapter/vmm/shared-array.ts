const itemsPerPiece = 1024;

/** An array that is changed here and there. Checkpoints share the pieces that have not changed since. */
export class SharedArray<Items extends Uint8Array | Float64Array> {
  readonly #items: Items;
  /** As they were last kept. */
  #pieces: readonly Items[] = [];
  /** Of each piece, 1: it may have changed since. */
  readonly #changed: Uint8Array;

  /** @param items its length never changes */
  constructor(items: Items) {
    this.#items = items;
    this.#changed = new Uint8Array(Math.ceil(items.length / itemsPerPiece)).fill(1);
  }

  /** Live, and not to be changed. */
  get items(): Items {
    return this.#items;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
    this.#changed[Math.floor(index / itemsPerPiece)] = 1;
  }

  fill(item: number): void {
    this.#items.fill(item);
    this.#changed.fill(1);
  }

  keep(): readonly Items[] {
    if (!this.#changed.includes(1)) return this.#pieces;
    this.#pieces = Array.from(this.#changed, (isChanged, piece) =>
      isChanged ? this.#pieceNow(piece) : this.#pieces[piece]!,
    );
    this.#changed.fill(0);
    return this.#pieces;
  }

  putBack(pieces: readonly Items[]): void {
    for (const [piece, items] of pieces.entries()) {
      if (this.#changed[piece] || items !== this.#pieces[piece]) this.#items.set(items, piece * itemsPerPiece);
    }
    this.#pieces = pieces;
    this.#changed.fill(0);
  }

  #pieceNow(piece: number): Items {
    return this.#items.slice(piece * itemsPerPiece, (piece + 1) * itemsPerPiece) as Items;
  }
}
