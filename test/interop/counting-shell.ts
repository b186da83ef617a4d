import assert from 'node:assert/strict';
import { shellPrompt } from '../../tools/linux-guest.mjs';

/** Counts aloud in the background, computing all the time, beside a shell that still listens. */
export const startCounting =
  'dd if=/dev/urandom of=/file bs=64k count=4 2>/dev/null; sha256sum /file; ' +
  'i=0; while :; do i=$((i+1)); [ $((i%200)) = 0 ] && echo counted=$i; done &\r';
/** By then the loop has been at it for a while. */
export const freezeAt = 'counted=800';

/** Asks the shell for the file's hash; its answer ends with `answered`. */
export const ask = 'sha256sum /file; echo answer=$((6*7))\r';
export const answered = 'answer=42';

export { shellPrompt };

/**
 * What a console showed up to the freeze, and a restored machine's from there on. The instant of the freeze is not known,
 * nor whether it cut a line in two: the first whole count of the restored machine tells.
 */
export function joined(before: string, after: string): string {
  const [first] = /counted=\d+/.exec(after) ?? [];
  const cut = first === undefined ? -1 : before.indexOf(first);
  assert(cut !== 0 && before.indexOf(freezeAt) < (cut < 0 ? before.length : cut), `restored, it begins with ${first}`);
  return (cut < 0 ? before : before.slice(0, cut)) + after;
}

/** The console from the start, across all machines: every count came once and in order, and the file is what it was. */
export function checkCounting(text: string): void {
  // The last one may still be on its way.
  const counts = [...text.matchAll(/counted=(\d+)\r/g)].map(([, count]) => Number(count));
  assert(counts.length > 4, `the console says only ${JSON.stringify(text.slice(-300))}`);
  assert.deepEqual(
    counts,
    counts.map((_, index) => 200 * (index + 1)),
  );
  const hashes = [...text.matchAll(/([0-9a-f]{64}) {2}\/file/g)].map(([, hash]) => hash);
  assert(hashes.length > 1 && hashes.every((hash) => hash === hashes[0]), `hashes ${hashes.join(', ')}`);
}
