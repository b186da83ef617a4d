/**
 * Where the cells of a page map are. Pages fill rows from left to right, so that an address range is a band, and the cells
 * fill the view, whatever its shape: they are rectangles, and where they do not come out even some are a pixel larger.
 *
 * ```
 *    ◄─────── widthPx ───────►
 *    ┌──┬──┬──┬──┬──┬──┬──┬──┐ ▲
 *    │ 0│ 1│ 2│  │  │  │  │  │ │ heightPx: the view's, or more when zoomed
 *    ├──┼──┼──┼──┼──┼──┼──┼──┤ │
 *    │ 8│ 9│  │…                ▼
 * ```
 * Lengths are device pixels. A cell is one page, unless there are more pages than the view has pixels: then it is a power
 * of two of them, until the user zooms in. So is a row where it can be: rows begin at round addresses.
 */
export interface Layout {
  readonly pageCount: number;
  readonly pagesPerCell: number;
  readonly columns: number;
  readonly rows: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Empty part of a cell at its right and lower edge. */
  readonly gapPx: number;
}

export interface Box {
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A few pages do not become a few walls. */
const largestCellPx = 120;
/** Zooming ends with cells of this size, or before the map is higher than a browser lets a page be. */
const largestZoomedPx = 48;
const highestPx = 16e6;

/** The layout that shows all pages without scrolling, as few of them in a cell as there is room for. */
export function fitLayout(widthPx: number, heightPx: number, pageCount: number): Layout {
  for (let pagesPerCell = 1; ; pagesPerCell *= 2) {
    const cells = Math.max(1, Math.ceil(pageCount / pagesPerCell));
    const columns = columnsFor(cells, widthPx, heightPx);
    if (columns === undefined) continue;
    const rows = Math.ceil(cells / columns);
    const width = Math.min(widthPx, columns * largestCellPx);
    return layoutOf(pageCount, pagesPerCell, columns, width, Math.min(heightPx, rows * largestCellPx));
  }
}

/** `fitLayout` and what zooming in leads to, step by step: each shows a page larger than the one before. */
export function zoomLayouts(widthPx: number, heightPx: number, pageCount: number): Layout[] {
  const layouts = [fitLayout(widthPx, heightPx, pageCount)];
  let { pagesPerCell, columns } = layouts[0]!;
  for (;;) {
    if (pagesPerCell > 1) pagesPerCell = Math.max(1, pagesPerCell / 4);
    else columns = Math.floor(columns / 2);
    const cellPx = Math.ceil(widthPx / columns);
    const rows = Math.ceil(pageCount / pagesPerCell / columns);
    if (columns < 1 || cellPx > largestZoomedPx || rows * cellPx > highestPx) return layouts;
    const layout = layoutOf(pageCount, pagesPerCell, columns, widthPx, rows * cellPx);
    if (pageArea(layout) > pageArea(layouts.at(-1)!)) layouts.push(layout);
  }
}

/** A power of two that makes the cells as square as it can; else what makes them fit. */
function columnsFor(cells: number, widthPx: number, heightPx: number): number | undefined {
  const fits = (columns: number) => columns <= widthPx && Math.ceil(cells / columns) <= heightPx;
  const slant = (columns: number) => Math.abs(Math.log((widthPx * Math.ceil(cells / columns)) / (heightPx * columns)));
  let best: number | undefined;
  for (let columns = 1; columns <= widthPx && columns < 2 * cells; columns *= 2) {
    if (fits(columns) && (best === undefined || slant(columns) < slant(best))) best = columns;
  }
  const widest = Math.max(1, Math.floor(widthPx) - (Math.floor(widthPx) % 16));
  return best ?? (fits(widest) || cells === 1 ? Math.min(widest, cells) : undefined);
}

function layoutOf(pageCount: number, pagesPerCell: number, columns: number, widthPx: number, heightPx: number): Layout {
  const rows = Math.max(1, Math.ceil(Math.ceil(pageCount / pagesPerCell) / columns));
  const sidePx = Math.min(widthPx / columns, heightPx / rows);
  return {
    pageCount,
    pagesPerCell,
    columns,
    rows,
    widthPx,
    heightPx,
    gapPx: sidePx >= 12 ? 2 : sidePx >= 4 ? 1 : 0,
  };
}

function pageArea({ widthPx, heightPx, columns, rows, pagesPerCell }: Layout): number {
  return (widthPx * heightPx) / (columns * rows * pagesPerCell);
}

/** Where the n-th of `count` equal parts of a length begins. */
export function edgePx(lengthPx: number, count: number, n: number): number {
  return Math.round((n * lengthPx) / count);
}

/** Which of them a pixel lies in. */
function partAt(lengthPx: number, count: number, px: number): number {
  const near = Math.floor((px * count) / lengthPx);
  return edgePx(lengthPx, count, near + 1) <= px ? near + 1 : edgePx(lengthPx, count, near) > px ? near - 1 : near;
}

/** The first page of the cell at a point of the map, or undefined beside it. */
export function pageAt(layout: Layout, xPx: number, yPx: number): number | undefined {
  const { widthPx, heightPx, columns, rows, pagesPerCell, pageCount } = layout;
  if (xPx < 0 || yPx < 0 || xPx >= widthPx || yPx >= heightPx) return undefined;
  const column = partAt(widthPx, columns, Math.floor(xPx));
  const row = partAt(heightPx, rows, Math.floor(yPx));
  const page = (row * columns + column) * pagesPerCell;
  return page < pageCount ? page : undefined;
}

/** The cell that shows a page, without its gap. */
export function boxOf({ pagesPerCell, columns, rows, widthPx, heightPx, gapPx }: Layout, page: number): Box {
  const cell = Math.floor(page / pagesPerCell);
  const column = cell % columns;
  const row = Math.floor(cell / columns);
  const xPx = edgePx(widthPx, columns, column);
  const yPx = edgePx(heightPx, rows, row);
  return {
    xPx,
    yPx,
    widthPx: edgePx(widthPx, columns, column + 1) - xPx - gapPx,
    heightPx: edgePx(heightPx, rows, row + 1) - yPx - gapPx,
  };
}

/** Rows from the one that shows `topPx` to behind the one that shows the last pixel of the view. */
export function rowsInView({ rows, heightPx }: Layout, topPx: number, viewPx: number): RowRange {
  const first = Math.max(0, Math.floor((topPx * rows) / heightPx) - 1);
  return { first, end: Math.min(rows, Math.ceil(((topPx + viewPx) * rows) / heightPx) + 1) };
}

export interface RowRange {
  readonly first: number;
  /** The row after the last. */
  readonly end: number;
}

/** Rows that get an address at the map's edge: every n-th, with room for a line of text between them. */
export function labelledRows({ rows, heightPx }: Layout, lineHeightPx: number): number {
  let every = 1;
  while ((every * heightPx) / rows < lineHeightPx * 2) every *= 2;
  return every;
}
