const pieceByteCount = 4096;
const wordByteCount = 4;

/** What an array held once, piece by piece. Checkpoints share the pieces that are the same. */
export type Pieces = readonly Uint8Array[];

/** Keeps what an array of bytes holds at several times, and every piece of it that changes only as often as it does. */
export class PieceTable {
  #last: Pieces = [];

  /** @param live its length never changes */
  constructor(private readonly live: Uint8Array) {}

  /** How many bytes the last `keep` took. */
  newByteCount = 0;

  keep(): Pieces {
    this.newByteCount = 0;
    let pieces: Uint8Array[] | undefined;
    for (let index = 0; index * pieceByteCount < this.live.length; index++) {
      const live = this.#piece(index);
      const last = this.#last[index];
      if (last && isSame(live, last)) continue;
      pieces ??= [...this.#last];
      pieces[index] = live.slice();
      this.newByteCount += live.length;
    }
    if (pieces) this.#last = pieces;
    return this.#last;
  }

  putBack(pieces: Pieces): void {
    for (const [index, piece] of pieces.entries()) this.#piece(index).set(piece);
    this.#last = pieces;
  }

  #piece(index: number): Uint8Array {
    return this.live.subarray(index * pieceByteCount, (index + 1) * pieceByteCount);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  const isAligned = one.byteOffset % wordByteCount === 0 && one.length % wordByteCount === 0;
  if (!isAligned) return one.every((byte, index) => byte === other[index]);
  const mine = new Int32Array(one.buffer, one.byteOffset, one.length / wordByteCount);
  const theirs = new Int32Array(other.buffer, other.byteOffset, other.length / wordByteCount);
  for (let index = 0; index < mine.length; index++) if (mine[index] !== theirs[index]) return false;
  return true;
}
