/** What colour each cell has: one 32-bit pixel a cell, with the rows that await repainting. */
import { PageState } from '../debug-adapter/protocol/page-states';
import type { Layout } from './layout';

/** Where a cell stands for several pages it shows the state a user would look for first. */
const urgency: Readonly<Record<PageState, number>> = {
  [PageState.Untracked]: 0,
  [PageState.Zero]: 1,
  [PageState.CopiedScan]: 2,
  [PageState.Protected]: 3,
  [PageState.Dirty]: 4,
  [PageState.SentAgain]: 5,
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

export interface RowRange {
  readonly first: number;
  /** The row after the last. */
  readonly end: number;
}

export class Cells {
  /** Row by row, in the byte order of canvas pixels; transparent after the last page. */
  readonly pixels: Uint32Array<ArrayBuffer>;
  #dirty: RowRange | undefined;

  /**
   * @param states one byte a page; read at each `update`
   * @param palette pixel values indexed by state
   * @param ranks where a cell stands for several pages, it shows the state of the highest
   */
  constructor(
    readonly layout: Layout,
    readonly states: Uint8Array,
    readonly palette: Uint32Array,
    readonly ranks: Uint8Array,
  ) {
    this.pixels = new Uint32Array(layout.columns * layout.rows);
    this.update(0, layout.pageCount);
  }

  /** The pages from `first` to before `end` have changed. */
  update(first: number, end: number): void {
    if (first >= end) return;
    const { pagesPerCell, columns } = this.layout;
    const { pixels, palette, states } = this;
    const firstCell = Math.floor(first / pagesPerCell);
    const endCell = Math.ceil(end / pagesPerCell);
    if (pagesPerCell === 1) {
      for (let page = first; page < end; page++) pixels[page] = palette[states[page]!]!;
    } else {
      for (let cell = firstCell; cell < endCell; cell++) pixels[cell] = palette[this.#stateOf(cell)]!;
    }
    const firstRow = Math.floor(firstCell / columns);
    const endRow = Math.ceil(endCell / columns);
    this.#dirty = this.#dirty
      ? { first: Math.min(this.#dirty.first, firstRow), end: Math.max(this.#dirty.end, endRow) }
      : { first: firstRow, end: endRow };
  }

  /** The rows changed since the last call, or undefined. */
  takeDirtyRows(): RowRange | undefined {
    const rows = this.#dirty;
    this.#dirty = undefined;
    return rows;
  }

  #stateOf(cell: number): number {
    const { pagesPerCell, pageCount } = this.layout;
    const { ranks } = this;
    const end = Math.min(pageCount, (cell + 1) * pagesPerCell);
    let shown = this.states[cell * pagesPerCell]!;
    for (let page = cell * pagesPerCell + 1; page < end; page++) {
      const state = this.states[page]!;
      if (ranks[state]! > ranks[shown]!) shown = state;
    }
    return shown;
  }
}
