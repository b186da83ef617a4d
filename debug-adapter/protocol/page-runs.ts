import { fromBase64, toBase64 } from './base64';
import type { PageStretch } from './changed-pages';

/**
 * Page states as runs: the form in which a page map, whole or as a change, crosses a process border.
 *
 * Layout, all numbers LEB128: a sequence of (skip, length, state); `skip` pages keep what they had, then `length` pages
 * take `state`. The whole is base64 so that it fits a JSON message. A page that no run names keeps its state.
 */

/**
 * Encodes the pages in which `next` differs from `previous` (both one byte a page, of equal length).
 * @param stretches outside of which they do not differ
 */
export function encodeChanges(
  previous: Uint8Array,
  next: Uint8Array,
  stretches: readonly PageStretch[] = [[0, next.length]],
): string {
  const out: number[] = [];
  let written = 0;
  for (const [first, stretchEnd] of stretches) {
    for (let page = first; page < stretchEnd; ) {
      if (previous[page] === next[page]) {
        page++;
        continue;
      }
      const state = next[page]!;
      let end = page + 1;
      while (end < stretchEnd && next[end] === state && previous[end] !== state) end++;
      pushLeb(out, page - written);
      pushLeb(out, end - page);
      pushLeb(out, state);
      written = page = end;
    }
  }
  return toBase64(Uint8Array.from(out));
}

/** Encodes every page of `states`. */
export function encodeAll(states: Uint8Array): string {
  const out: number[] = [];
  for (let page = 0; page < states.length; ) {
    const state = states[page]!;
    let end = page + 1;
    while (end < states.length && states[end] === state) end++;
    pushLeb(out, 0);
    pushLeb(out, end - page);
    pushLeb(out, state);
    page = end;
  }
  return toBase64(Uint8Array.from(out));
}

/**
 * Applies encoded runs to `states` and calls `changed(first, end)` for each run.
 * @throws RangeError on a run outside `states` or a message cut short; runs before it have been applied.
 */
export function applyRuns(runs: string, states: Uint8Array, changed?: (first: number, end: number) => void): void {
  const bytes = fromBase64(runs);
  let at = 0;
  let page = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError(`page runs end inside a number at byte ${at - 1}`);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const first = page + next();
    const end = first + next();
    const state = next();
    if (end > states.length) throw new RangeError(`page run ${first}..${end} of ${states.length} pages`);
    states.fill(state, first, end);
    changed?.(first, end);
    page = end;
  }
}

function pushLeb(out: number[], value: number): void {
  while (value >= 0x80) {
    out.push((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  out.push(value);
}
