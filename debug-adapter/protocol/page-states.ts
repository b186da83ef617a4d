import { ChangedPages, type PageGroups } from './changed-pages';

/**
 * The states of a page of guest RAM during a snapshot, one byte a page. By write tracking:
 *
 * ```
 *                      ┌──────────── scan copies it ───────────► copied-scan ─┐ first write after the copy
 * untracked ─ arm ─► protected ─ scan finds it zero ───────────► zero ────────┴───────────► dirty
 *                      └─ write ─► faulting ─ saved on demand ─► copied-fault
 * ```
 * A page saved on demand is written by whoever waited for it, at once and always: that it was saved on demand is the
 * news, so it stays `copied-fault`.
 * `leaked` is a bug made visible: the snapshot holds bytes written after the freeze.
 *
 * By dirty logging, which protects nothing:
 * ```
 *                  ┌─ sent ────────────► copied-scan ─┐ first write after that
 * untracked ───────┴─ found zero ──────► zero ────────┴──────────────► dirty ─ sent once more ─► sent-again
 *                                                                        ▲ the log is read: written   │
 *                                                                        └────────────────────────────┘
 * ```
 */
export enum PageState {
  Untracked = 0,
  Protected = 1,
  Faulting = 2,
  CopiedScan = 3,
  CopiedFault = 4,
  Zero = 5,
  Dirty = 6,
  Leaked = 7,
  SentAgain = 8,
}

export const pageStateNames = [
  'untracked',
  'protected',
  'faulting',
  'copied by scan',
  'copied by fault',
  'zero',
  'dirty',
  'leaked',
  'sent again',
] as const;

export const pageStateCount = pageStateNames.length;

/** Counts of pages, indexed by `PageState`. */
export function countPages(states: Uint8Array): number[] {
  const counts = new Array<number>(pageStateCount).fill(0);
  for (let page = 0; page < states.length; page++) counts[states[page]!]!++;
  return counts;
}

/** Counts of the pages of a block of RAM, for which only those are looked at that may have changed. */
export class PageCounts {
  readonly #counted: Uint8Array;
  readonly #counts: number[];
  readonly #changed: ChangedPages;

  /** @param states live */
  constructor(
    private readonly states: Uint8Array,
    groups: PageGroups | undefined,
  ) {
    this.#counted = states.slice();
    this.#counts = countPages(states);
    this.#changed = new ChangedPages(states.length, groups);
  }

  /** Indexed by `PageState`. */
  now(): number[] {
    for (const [first, end] of this.#changed.take()) {
      for (let page = first; page < end; page++) {
        this.#counts[this.#counted[page]!]!--;
        this.#counts[this.states[page]!]!++;
        this.#counted[page] = this.states[page]!;
      }
    }
    return [...this.#counts];
  }
}
