/** Work that takes long, in pieces: at each `yield` others may have their turn. */
export type Pieces<T> = Generator<void, T>;

/** All of it at once. */
export function whole<T>(pieces: Pieces<T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

export function isPieces<T>(value: T | Pieces<T>): value is Pieces<T> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value;
}
