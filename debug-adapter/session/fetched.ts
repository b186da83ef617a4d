import type { Debuggee } from '../debuggee/debuggee';
import { isPieces, type Pieces, whole } from '../debuggee/pieces';

/**
 * What a request reads of the guest. A debuggee that has to fetch memory is asked until it has had all of it at hand: where a
 * chain of pointers ends is known only when its links are.
 *
 * @param read changes nothing, or fails before it does
 */
export function fetched<T>(debuggee: Debuggee, read: () => T | Pieces<T>): T | Pieces<T> | Promise<Awaited<T>> {
  return debuggee.fetch ? readAgain(read, () => debuggee.fetch!()) : read();
}

async function readAgain<T>(read: () => T | Pieces<T>, fetch: () => Promise<boolean>): Promise<Awaited<T>> {
  for (;;) {
    // What failed for want of memory will not, once that is there.
    const outcome = Promise.resolve().then(() => wholeOf(read()));
    await outcome.catch(() => {});
    if (!(await fetch())) return await outcome;
  }
}

function wholeOf<T>(read: T | Pieces<T>): T {
  return isPieces(read) ? whole(read) : read;
}
