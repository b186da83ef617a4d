/**
 * Where the cells of a page map are. Pages fill rows from left to right, so that an address range is a band.
 *
 * ```
 *    ◄─────── columns ───────►
 *    ┌──┬──┬──┬──┬──┬──┬──┬──┐ ▲
 *    │ 0│ 1│ 2│  │  │  │  │  │ │ rows
 *    ├──┼──┼──┼──┼──┼──┼──┼──┤ │
 *    │ 8│ 9│  │…                ▼
 * ```
 * Lengths are device pixels. A cell is one page, unless RAM has more pages than the view has pixels: then it is a power
 * of two of them, until the user zooms in.
 */
export interface Layout {
  readonly pageCount: number;
  readonly pagesPerCell: number;
  readonly columns: number;
  readonly rows: number;
  /** Side of a cell, with its gap. */
  readonly cellPx: number;
  /** Empty part of `cellPx` at a cell's right and lower edge. */
  readonly gapPx: number;
}

/** A cell is never drawn larger than this, however few pages there are. */
const largestFitPx = 24;

/** Cell sizes that zooming goes through once a cell is one page. */
const zoomedPx = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/** The layout with the largest cells that shows the whole RAM without scrolling. */
export function fitLayout(widthPx: number, heightPx: number, pageCount: number): Layout {
  for (let cellPx = largestFitPx; cellPx > 1; cellPx--) {
    const layout = layoutOf(widthPx, pageCount, 1, cellPx);
    if (layout.rows * cellPx <= heightPx) return layout;
  }
  for (let pagesPerCell = 1; ; pagesPerCell *= 2) {
    const layout = layoutOf(widthPx, pageCount, pagesPerCell, 1);
    if (layout.rows <= Math.max(1, heightPx) || pagesPerCell >= pageCount) return layout;
  }
}

/** The layout `zoom` steps larger than `fitLayout`, or as large as it gets; higher than the view. */
export function zoomedLayout(widthPx: number, heightPx: number, pageCount: number, zoom: number): Layout {
  const fit = fitLayout(widthPx, heightPx, pageCount);
  const steps: { pagesPerCell: number; cellPx: number }[] = [];
  for (let pagesPerCell = fit.pagesPerCell / 2; pagesPerCell >= 2; pagesPerCell /= 2) {
    steps.push({ pagesPerCell, cellPx: 1 });
  }
  for (const cellPx of zoomedPx) {
    if (fit.pagesPerCell > 1 || cellPx > fit.cellPx) steps.push({ pagesPerCell: 1, cellPx });
  }
  const step = steps[Math.min(zoom, steps.length) - 1];
  return step ? layoutOf(widthPx, pageCount, step.pagesPerCell, step.cellPx) : fit;
}

/** How many zoom steps make a difference. */
export function zoomSteps(widthPx: number, heightPx: number, pageCount: number): number {
  const fit = fitLayout(widthPx, heightPx, pageCount);
  const aggregated = Math.max(0, Math.log2(fit.pagesPerCell) - 1);
  return aggregated + zoomedPx.filter((cellPx) => fit.pagesPerCell > 1 || cellPx > fit.cellPx).length;
}

function layoutOf(widthPx: number, pageCount: number, pagesPerCell: number, cellPx: number): Layout {
  const cells = Math.max(1, Math.ceil(pageCount / pagesPerCell));
  const fitting = Math.max(1, Math.floor(widthPx / cellPx));
  // Rows of a round number of pages begin at round addresses.
  const round = fitting >= 128 ? 16 : fitting >= 16 ? 8 : 1;
  const columns = Math.min(cells, fitting - (fitting % round));
  return {
    pageCount,
    pagesPerCell,
    columns,
    rows: Math.ceil(cells / columns),
    cellPx,
    gapPx: cellPx >= 12 ? 2 : cellPx >= 4 ? 1 : 0,
  };
}

/** The first page of the cell at a point of the map, or undefined beside it. */
export function pageAt(layout: Layout, xPx: number, yPx: number): number | undefined {
  const column = Math.floor(xPx / layout.cellPx);
  const row = Math.floor(yPx / layout.cellPx);
  if (column < 0 || column >= layout.columns || row < 0) return undefined;
  const page = (row * layout.columns + column) * layout.pagesPerCell;
  return page < layout.pageCount ? page : undefined;
}

/** The corner of the cell that shows a page. */
export function cornerOf(layout: Layout, page: number): { xPx: number; yPx: number } {
  const cell = Math.floor(page / layout.pagesPerCell);
  return {
    xPx: (cell % layout.columns) * layout.cellPx,
    yPx: Math.floor(cell / layout.columns) * layout.cellPx,
  };
}

/** Rows that get an address at the map's edge: every n-th, with room for a line of text between them. */
export function labelledRows(layout: Layout, lineHeightPx: number): number {
  let every = 1;
  while (every * layout.cellPx < lineHeightPx * 2) every *= 2;
  return every;
}
