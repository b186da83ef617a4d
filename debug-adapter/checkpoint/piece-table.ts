const pieceByteCount = 4096;

/** What an array held once, piece by piece. Checkpoints share the pieces that are the same. */
export type Pieces = readonly Units[];

type Units = Int32Array<ArrayBufferLike> | Uint8Array<ArrayBufferLike>;

/** From the first byte up to the one before the end. */
type ByteStretch = readonly [first: number, end: number];

const everything: readonly ByteStretch[] = [[0, Infinity]];

/** Keeps what an array of bytes holds at several times, and every piece of it that changes only as often as it does. */
export class PieceTable {
  readonly #live: Units;
  /** As the pieces of the last time have it. */
  readonly #last: Units;
  readonly #piecesLength: number;
  #pieces: Pieces = [];
  /** How many bytes the last `keep` took. */
  newByteCount = 0;

  /** @param live its length never changes */
  constructor({ buffer, byteOffset, byteLength }: ArrayBufferView) {
    const isWords = byteOffset % 4 === 0 && byteLength % 4 === 0;
    this.#live = isWords
      ? new Int32Array(buffer, byteOffset, byteLength / 4)
      : new Uint8Array(buffer, byteOffset, byteLength);
    this.#last = this.#live.slice();
    this.#piecesLength = pieceByteCount / this.#live.BYTES_PER_ELEMENT;
  }

  /** @param changed between which bytes there may be other ones than the last time; all unless given */
  keep(changed: readonly ByteStretch[] = everything): Pieces {
    this.newByteCount = 0;
    let pieces: Units[] | undefined;
    for (const [from, to] of this.#pieces.length === 0 ? everything : changed) {
      const last = Math.min(to, this.#live.byteLength);
      for (let index = Math.floor(from / pieceByteCount); index * pieceByteCount < last; index++) {
        const begin = index * this.#piecesLength;
        const end = Math.min(begin + this.#piecesLength, this.#live.length);
        const isKnown = this.#pieces[index] !== undefined;
        if (isKnown && isSame(this.#live, this.#last, begin, end)) continue;
        const piece = this.#live.slice(begin, end);
        this.#last.set(piece, begin);
        pieces ??= [...this.#pieces];
        pieces[index] = piece;
        this.newByteCount += piece.byteLength;
      }
    }
    if (pieces) this.#pieces = pieces;
    return this.#pieces;
  }

  putBack(pieces: Pieces): void {
    for (const [index, piece] of pieces.entries()) {
      const begin = index * this.#piecesLength;
      this.#live.set(piece, begin);
      if (piece !== this.#pieces[index]) this.#last.set(piece, begin);
    }
    this.#pieces = pieces;
  }
}

// One function for both would be slower for words, of which nearly all are.
function isSame(one: Units, other: Units, begin: number, end: number): boolean {
  return one instanceof Int32Array && other instanceof Int32Array
    ? hasSameWords(one, other, begin, end)
    : hasSameBytes(one as Uint8Array, other as Uint8Array, begin, end);
}

function hasSameWords(one: Int32Array, other: Int32Array, begin: number, end: number): boolean {
  for (let index = begin; index < end; index++) if (one[index] !== other[index]) return false;
  return true;
}

function hasSameBytes(one: Uint8Array, other: Uint8Array, begin: number, end: number): boolean {
  for (let index = begin; index < end; index++) if (one[index] !== other[index]) return false;
  return true;
}
