/** Puts cells on the screen: only rows that changed, only rows in view. */
import type { Cells, RowRange } from './cells';
import { type Layout, labelledRows } from './layout';

/** How a canvas shows a map: where its view begins, and what stands at its left edge. */
export interface View {
  /** Height of the map above the view, device pixels. */
  readonly scrollPx: number;
  /** Width of the address labels left of the cells, device pixels. */
  readonly gutterPx: number;
  readonly labelColour: string;
  /** A CSS font whose size is in device pixels. */
  readonly labelFont: string;
  readonly labelHeightPx: number;
  readonly addressOfRow: (row: number) => string;
}

export class PageCanvas {
  readonly #context: CanvasRenderingContext2D;
  /** The visible rows at one pixel a cell; the browser scales them. */
  readonly #small = document.createElement('canvas');

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser offers no 2D canvas');
    this.#context = context;
  }

  /** Everything, labels included: after a change of size, scroll position, theme or guest. */
  drawAll(cells: Cells, view: View): void {
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#drawLabels(cells.layout, view);
    this.drawRows(cells, view, { first: 0, end: cells.layout.rows });
  }

  /** The cells of some rows, as far as they are in view. */
  drawRows(cells: Cells, view: View, rows: RowRange): void {
    const { columns, cellPx, gapPx } = cells.layout;
    const visible = visibleRows(cells.layout, view, this.canvas.height);
    const first = Math.max(rows.first, visible.first);
    const end = Math.min(rows.end, visible.end);
    if (first >= end) return;

    const pixels = new Uint8ClampedArray(cells.pixels.buffer, first * columns * 4, (end - first) * columns * 4);
    if (this.#small.width !== columns || this.#small.height < end - first) {
      this.#small.width = columns;
      this.#small.height = Math.max(end - first, visible.end - visible.first);
    }
    this.#small.getContext('2d')?.putImageData(new ImageData(pixels, columns, end - first), 0, 0);

    const context = this.#context;
    const left = view.gutterPx;
    const top = first * cellPx - view.scrollPx;
    const width = columns * cellPx;
    const height = (end - first) * cellPx;
    context.imageSmoothingEnabled = false;
    context.clearRect(left, top, width, height);
    context.drawImage(this.#small, 0, 0, columns, end - first, left, top, width, height);
    if (gapPx === 0) return;
    for (let column = 1; column <= columns; column++) {
      context.clearRect(left + column * cellPx - gapPx, top, gapPx, height);
    }
    for (let row = 1; row <= end - first; row++) {
      context.clearRect(left, top + row * cellPx - gapPx, width, gapPx);
    }
  }

  #drawLabels(layout: Layout, view: View): void {
    if (view.gutterPx === 0) return;
    const context = this.#context;
    context.font = view.labelFont;
    context.fillStyle = view.labelColour;
    context.textBaseline = 'top';
    const every = labelledRows(layout, view.labelHeightPx);
    const visible = visibleRows(layout, view, this.canvas.height);
    for (let row = visible.first - (visible.first % every); row < visible.end; row += every) {
      const y = row * layout.cellPx - view.scrollPx;
      if (y + view.labelHeightPx <= this.canvas.height) context.fillText(view.addressOfRow(row), 0, y);
    }
  }
}

function visibleRows(layout: Layout, view: View, heightPx: number): RowRange {
  return {
    first: Math.max(0, Math.floor(view.scrollPx / layout.cellPx)),
    end: Math.min(layout.rows, Math.ceil((view.scrollPx + heightPx) / layout.cellPx)),
  };
}
