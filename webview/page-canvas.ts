/** Puts cells on the screen: only rows that changed, only rows in view. */
import type { Cells } from './cells';
import { labelledRows, rowsInView } from './layout';
import { Raster } from './raster';

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
  /** Pixel values by what a cell shows. */
  readonly palette: Uint32Array;
}

export class PageCanvas {
  readonly #context: CanvasRenderingContext2D;
  #raster: { readonly of: Cells; readonly raster: Raster; readonly image: ImageData } | undefined;

  constructor(readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser offers no 2D canvas');
    this.#context = context;
  }

  /** Everything, labels included: after a change of size, scroll position, theme or guest. */
  drawAll(cells: Cells, view: View): void {
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#drawLabels(cells, view);
    const { raster, image } = this.#rasterOf(cells);
    const rows = raster.inView(cells, view.scrollPx);
    cells.takeDirtyRows(rows);
    raster.pixels.fill(0);
    raster.paint(cells, view.palette, view.scrollPx, rows);
    this.#context.putImageData(image, view.gutterPx, 0);
  }

  /** Rows that have changed. */
  drawChanges(cells: Cells, view: View): void {
    const { raster, image } = this.#rasterOf(cells);
    let first = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const rows of cells.takeDirtyRows(raster.inView(cells, view.scrollPx))) {
      const lines = raster.paint(cells, view.palette, view.scrollPx, rows);
      first = Math.min(first, lines.first);
      end = Math.max(end, lines.end);
    }
    // One copy of all between the first and the last takes less time than one of each.
    if (first < end) this.#context.putImageData(image, view.gutterPx, 0, 0, first, image.width, end - first);
  }

  #rasterOf(cells: Cells): { readonly raster: Raster; readonly image: ImageData } {
    const { height } = this.canvas;
    if (this.#raster?.of.layout !== cells.layout || this.#raster.raster.viewHeightPx !== height) {
      const raster = new Raster(cells.layout, height);
      const image = new ImageData(new Uint8ClampedArray(raster.pixels.buffer), cells.layout.widthPx, height);
      this.#raster = { of: cells, raster, image };
    }
    return this.#raster;
  }

  #drawLabels({ layout }: Cells, view: View): void {
    if (view.gutterPx === 0) return;
    const context = this.#context;
    context.font = view.labelFont;
    context.fillStyle = view.labelColour;
    context.textBaseline = 'top';
    const every = labelledRows(layout, view.labelHeightPx);
    const visible = rowsInView(layout, view.scrollPx, this.canvas.height);
    for (let row = visible.first - (visible.first % every); row < visible.end; row += every) {
      const y = Math.round((row * layout.heightPx) / layout.rows) - view.scrollPx;
      if (y + view.labelHeightPx <= this.canvas.height) context.fillText(view.addressOfRow(row), 0, y);
    }
  }
}
