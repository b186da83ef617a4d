/** What each cell shows: one byte a cell, with the rows that await repainting. */
import { PageState } from '../debug-adapter/protocol/page-states';
import type { Layout, RowRange } from './layout';

/** Where a cell stands for several pages it shows the state a user would look for first. */
const urgency: Readonly<Record<PageState, number>> = {
  [PageState.Untracked]: 0,
  [PageState.Zero]: 1,
  [PageState.CopiedScan]: 2,
  [PageState.Protected]: 3,
  [PageState.SentAgain]: 4,
  [PageState.Dirty]: 5,
  [PageState.CopiedFault]: 6,
  [PageState.Faulting]: 7,
  [PageState.Leaked]: 8,
};
/** Ranks by state: the highest shows. */
export const pageStateRanks = Uint8Array.from(
  Object.entries(urgency)
    .map(([state, rank]) => [Number(state), rank] as const)
    .sort(([a], [b]) => a - b)
    .map(([, rank]) => rank),
);

/** Set in what a cell shows of pages that the user does not look for. */
export const faded = 0x10;

/** What the user looks for: the other pages fade, and give way where they share a cell. */
export interface Sought {
  /** Any state unless given. */
  readonly states?: ReadonlySet<number>;
  /** One byte a page, not 0 for those sought; any page unless given. */
  readonly pages?: Uint8Array;
}

export class Cells {
  /** Row by row: a state, and `faded`. */
  readonly shown: Uint8Array;
  readonly #rankOfShown: Uint8Array;
  readonly #isDirty: Uint8Array;
  #isAnyDirty = false;

  /**
   * @param states one byte a page; read at each `update`
   * @param ranks by state; where a cell stands for several pages, it shows the state of the highest
   */
  constructor(
    readonly layout: Layout,
    readonly states: Uint8Array,
    readonly ranks: Uint8Array,
    readonly sought: Sought = {},
  ) {
    const { pageCount, pagesPerCell, rows } = layout;
    const isPlain = pagesPerCell === 1 && !sought.states && !sought.pages;
    this.shown = isPlain ? states : new Uint8Array(Math.ceil(pageCount / pagesPerCell));
    this.#rankOfShown = new Uint8Array(2 * faded);
    for (const [state, rank] of ranks.entries()) {
      this.#rankOfShown[state] = faded + rank;
      this.#rankOfShown[state | faded] = rank;
    }
    this.#isDirty = new Uint8Array(rows);
    this.update(0, pageCount);
  }

  /** The pages from `first` to before `end` have changed. */
  update(first: number, end: number): void {
    if (first >= end) return;
    const { pagesPerCell, columns } = this.layout;
    const firstCell = Math.floor(first / pagesPerCell);
    const endCell = Math.ceil(end / pagesPerCell);
    if (this.shown !== this.states) this.#show(firstCell, endCell);
    const firstRow = Math.floor(firstCell / columns);
    if (endCell - firstCell === 1) this.#isDirty[firstRow] = 1;
    else this.#isDirty.fill(1, firstRow, Math.ceil(endCell / columns));
    this.#isAnyDirty = true;
  }

  /** Ranges of the rows changed since the last call, as far as they are among these; the others need no paint. */
  takeDirtyRows({ first, end }: RowRange): RowRange[] {
    const ranges: RowRange[] = [];
    if (!this.#isAnyDirty) return ranges;
    const dirty = this.#isDirty;
    for (let row = dirty.indexOf(1, first); row >= 0 && row < end; ) {
      const clean = dirty.indexOf(0, row);
      const last = clean < 0 || clean > end ? end : clean;
      ranges.push({ first: row, end: last });
      row = dirty.indexOf(1, last);
    }
    dirty.fill(0);
    this.#isAnyDirty = false;
    return ranges;
  }

  #show(firstCell: number, endCell: number): void {
    const { pagesPerCell, pageCount } = this.layout;
    const { shown, states } = this;
    const wanted = this.sought.states;
    const pages = this.sought.pages;
    const ranks = this.#rankOfShown;
    for (let cell = firstCell; cell < endCell; cell++) {
      const end = Math.min(pageCount, (cell + 1) * pagesPerCell);
      let best = 0;
      let bestRank = -1;
      let before = -1;
      for (let page = cell * pagesPerCell; page < end; page++) {
        let state = states[page]!;
        // Neighbours are mostly alike.
        if (state === before && !pages) continue;
        before = state;
        if ((wanted && !wanted.has(state)) || (pages && pages[page] === 0)) state |= faded;
        if (ranks[state]! > bestRank) {
          best = state;
          bestRank = ranks[state]!;
        }
      }
      shown[cell] = best;
    }
  }
}
