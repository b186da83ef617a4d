/** Cells as the pixels of a view: 32 bits each, in the byte order of a canvas. Transparent where no cell is. */
import type { Cells } from './cells';
import { edgePx, type Layout, type RowRange, rowsInView } from './layout';

export class Raster {
  readonly pixels: Uint32Array<ArrayBuffer>;
  /** Where the cells of a row begin, and the end of the last. */
  readonly #columnEdges: Int32Array;
  readonly #widthPx: number;

  constructor(
    layout: Layout,
    readonly viewHeightPx: number,
  ) {
    this.#widthPx = layout.widthPx;
    this.pixels = new Uint32Array(this.#widthPx * viewHeightPx);
    this.#columnEdges = Int32Array.from({ length: layout.columns + 1 }, (_, column) =>
      edgePx(layout.widthPx, layout.columns, column),
    );
  }

  /** Rows of the layout that are in view when it is scrolled so far. */
  inView({ layout }: Cells, scrollPx: number): RowRange {
    return rowsInView(layout, scrollPx, this.viewHeightPx);
  }

  /**
   * Paints some rows, as far as they are in view.
   * @param palette by what cells show
   * @returns the lines of pixels painted, from the view's top
   */
  paint(cells: Cells, palette: Uint32Array, scrollPx: number, { first, end }: RowRange): RowRange {
    const { heightPx, rows } = cells.layout;
    const lineOf = (row: number) => Math.max(0, Math.min(this.viewHeightPx, edgePx(heightPx, rows, row) - scrollPx));
    for (let row = first; row < end; row++) this.#paintRow(cells, palette, row, lineOf(row), lineOf(row + 1), scrollPx);
    return { first: lineOf(first), end: lineOf(end) };
  }

  #paintRow(cells: Cells, palette: Uint32Array, row: number, top: number, bottom: number, scrollPx: number): void {
    if (top >= bottom) return;
    const { columns, rows, heightPx, gapPx } = cells.layout;
    const { shown } = cells;
    const { pixels } = this;
    const width = this.#widthPx;
    const edges = this.#columnEdges;
    const line = top * width;
    const firstCell = row * columns;
    const cellCount = Math.min(columns, shown.length - firstCell);
    for (let column = 0; column < cellCount; column++) {
      const pixel = palette[shown[firstCell + column]!]!;
      const end = line + edges[column + 1]! - gapPx;
      for (let at = line + edges[column]!; at < end; at++) pixels[at] = pixel;
      for (let at = end; at < end + gapPx; at++) pixels[at] = 0;
    }
    pixels.fill(0, line + edges[cellCount]!, line + width);
    // The lines of a row are alike, but for the gap below it.
    const gap = Math.max(top, edgePx(heightPx, rows, row + 1) - gapPx - scrollPx);
    for (let y = top + 1; y < Math.min(bottom, gap); y++) pixels.copyWithin(y * width, line, line + width);
    if (gap < bottom) pixels.fill(0, gap * width, bottom * width);
  }
}
