import type { Host } from '../debuggee/host';
import type { Pieces } from '../debuggee/pieces';

/** How long work goes on before others have their turn. */
const sliceMs = 10;

/** Work of which others may have their turns between two pieces. */
export async function inTurns<T>(pieces: Pieces<T>, host: Pick<Host, 'now' | 'nextTurn'>): Promise<T> {
  let endsMs = host.now() + sliceMs;
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    if (host.now() < endsMs) continue;
    await host.nextTurn();
    endsMs = host.now() + sliceMs;
  }
}
