import { none, type Piece, type Reading } from '../vmstate/reading';

/** A file whose bytes come later. */
export interface ByteSource {
  readonly byteCount: number;
  /** @returns exactly so many bytes; the caller stays within `byteCount`. */
  read(offset: number, byteCount: number): Promise<Uint8Array>;
}

/** The event loop around us, which others use too. */
export interface Turns {
  /** Milliseconds on the wall: only how long a turn takes depends on them. */
  now(): number;
  /** Resolves when everybody else has had a turn. */
  next(): Promise<void>;
}

/** Somebody no longer wants the result. */
export class Cancelled extends Error {}

/** How long we work before others have their turn. */
const turnMs = 8;

/** Work that long readings share: whoever holds it keeps turns short, and stops when it is cancelled. */
export class Worker {
  #isCancelled = false;
  #turnEndsMs: number;

  constructor(private readonly turns: Turns) {
    this.#turnEndsMs = turns.now() + turnMs;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** What is under way ends with Cancelled. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** @throws Cancelled */
  async pause(): Promise<void> {
    if (this.turns.now() >= this.#turnEndsMs) {
      await this.turns.next();
      this.#turnEndsMs = this.turns.now() + turnMs;
    }
    if (this.#isCancelled) throw new Cancelled();
  }

  /** @throws Cancelled */
  async read<T, P extends Piece>(reading: Reading<T, P>, answer: (piece: P) => Promise<Uint8Array>): Promise<T> {
    for (let step = reading.next(); ; ) {
      if (step.done) return step.value;
      const bytes = step.value.length === 0 ? none : await answer(step.value);
      await this.pause();
      step = reading.next(bytes);
    }
  }

  /** Handles what a generator yields; undefined is a chance to pause. @throws Cancelled */
  async each<T>(work: Iterable<T | undefined>, handle: (item: T) => void): Promise<void> {
    for (const item of work) {
      if (item !== undefined) handle(item);
      await this.pause();
    }
  }
}
