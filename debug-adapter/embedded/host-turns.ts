import type { Host } from '../debuggee/host';
import type { Pieces } from '../debuggee/pieces';

/** How long work goes on before others have their turn. */
const sliceMs = 10;

/** Gives the host's event loop its turns between pieces of work, and between works of which each takes less than a slice. */
export class HostTurns {
  /** When the last turn of others was over. */
  #sinceMs = -Infinity;

  constructor(private readonly host: Pick<Host, 'now' | 'nextTurn'>) {}

  /** Pieces of work, as many as there is time for, one at least. */
  some<T>(pieces: Pieces<T>): IteratorResult<void, T> {
    const endsMs = this.host.now() + sliceMs;
    for (;;) {
      const piece = pieces.next();
      if (piece.done || this.host.now() >= endsMs) return piece;
    }
  }

  /** All of it. */
  async all<T>(pieces: Pieces<T>): Promise<T> {
    for (;;) {
      if (this.host.now() - this.#sinceMs >= sliceMs) {
        await this.host.nextTurn();
        this.#sinceMs = this.host.now();
      }
      const { done, value } = this.some(pieces);
      if (done) return value;
    }
  }
}
