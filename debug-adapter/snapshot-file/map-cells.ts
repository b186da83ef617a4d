import { SnapshotPage, snapshotPageRanks } from '../protocol/snapshot-pages';
import { type PageIndex, pagesPerChunk } from './page-index';

/** However many pages a block says it has, its map has no more cells than that: 16 GiB of pages of 4 KiB. */
const cellCountMax = 2 ** 22;

/** Cells of a map that lie one behind the other. */
export interface CellRun {
  readonly first: number;
  readonly cells: Uint8Array;
}

export interface MapScale {
  readonly pageCount: number;
  /** A power of two. */
  readonly pagesPerCell: number;
  readonly cellCount: number;
}

export function scaleOf(pageCount: number): MapScale {
  let pagesPerCell = 1;
  while (pageCount / pagesPerCell > cellCountMax) pagesPerCell *= 2;
  return { pageCount, pagesPerCell, cellCount: Math.ceil(pageCount / pagesPerCell) };
}

/** The cells that show pages of one stretch of an index. */
export function cellsOf(pages: PageIndex, { pageCount, pagesPerCell }: MapScale, chunkNumber: number): CellRun {
  const firstPage = chunkNumber * pagesPerChunk;
  const forms = pages.formsOf(chunkNumber)?.subarray(0, Math.min(pagesPerChunk, pageCount - firstPage));
  if (!forms) return { first: 0, cells: new Uint8Array(0) };
  if (pagesPerCell === 1) return { first: firstPage, cells: forms.slice() };
  const first = Math.floor(firstPage / pagesPerCell);
  if (pagesPerCell > pagesPerChunk) return { first, cells: Uint8Array.of(wideCell(pages, pagesPerCell, first)) };
  const cells = new Uint8Array(Math.ceil(forms.length / pagesPerCell));
  for (const index of cells.keys()) {
    cells[index] = highest(forms.subarray(index * pagesPerCell, (index + 1) * pagesPerCell));
  }
  return { first, cells };
}

function wideCell(pages: PageIndex, pagesPerCell: number, cell: number): SnapshotPage {
  const perCell = pagesPerCell / pagesPerChunk;
  const lastChunk = Math.min((cell + 1) * perCell, Math.ceil(pages.pageCount / pagesPerChunk)) - 1;
  let state = SnapshotPage.Zero;
  for (let chunk = cell * perCell; chunk <= lastChunk; chunk++) {
    const forms = pages.formsOf(chunk);
    const left = pages.pageCount - chunk * pagesPerChunk;
    const found = forms ? highest(forms.subarray(0, left)) : SnapshotPage.Missing;
    if (snapshotPageRanks[found]! > snapshotPageRanks[state]!) state = found;
  }
  return state;
}

function highest(forms: Uint8Array): SnapshotPage {
  let state: SnapshotPage = forms[0]!;
  for (const form of forms) if (snapshotPageRanks[form]! > snapshotPageRanks[state]!) state = form;
  return state;
}

/** The cells in which two files differ, of one block: memory only for stretches with such. */
export class DifferingCells {
  readonly #stretches = new Map<number, Uint8Array>();
  readonly scale: MapScale;

  constructor(pageCount: number) {
    this.scale = scaleOf(pageCount);
  }

  mark(page: number): void {
    const cell = Math.floor(page / this.scale.pagesPerCell);
    const number = Math.floor(cell / pagesPerChunk);
    let stretch = this.#stretches.get(number);
    if (!stretch) {
      stretch = new Uint8Array(Math.min(pagesPerChunk, this.scale.cellCount - number * pagesPerChunk));
      this.#stretches.set(number, stretch.fill(SnapshotPage.Equal));
    }
    stretch[cell % pagesPerChunk] = SnapshotPage.Differing;
  }

  *runs(): Generator<CellRun> {
    for (const [number, cells] of this.#stretches) yield { first: number * pagesPerChunk, cells };
  }
}
