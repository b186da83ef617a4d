import type { RandomAccess } from './random-access';

/** Bytes of a file that a reading wants next. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a file without saying how: yields the pieces that it wants, one after the other, and is given their bytes. So the
 * same code reads a file that answers at once and one that answers later, and others may have their turn in between.
 */
export type Reading<T, P extends Piece = Piece> = Generator<P, T, Uint8Array>;

/** A piece of nothing, which nobody reads: what is to be done takes long, and others may have their turn. */
export const pause: Piece = { offset: 0, length: 0 };
export const none = new Uint8Array(0);

/** All of it at once. */
export function readWhole<T>(source: RandomAccess, reading: Reading<T>): T {
  return answered(reading, ({ offset, length }) => source.read(offset, length));
}

/** All of it at once, each piece from wherever it lies. */
export function answered<T, P extends Piece>(reading: Reading<T, P>, answer: (piece: P) => Uint8Array): T {
  for (let step = reading.next(); ; ) {
    if (step.done) return step.value;
    step = reading.next(step.value.length === 0 ? none : answer(step.value));
  }
}

/** Yields, after each piece, where in the file it ends. */
export function* readInTurns<T>(source: RandomAccess, reading: Reading<T>): Generator<number, T> {
  for (let step = reading.next(); ; ) {
    if (step.done) return step.value;
    const { offset, length } = step.value;
    step = reading.next(length === 0 ? none : source.read(offset, length));
    yield offset + length;
  }
}
