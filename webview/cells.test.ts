import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { PageState, pageStateCount } from '../debug-adapter/protocol/page-states';
import { Cells, faded, pageStateRanks } from './cells';
import { boxOf, fitLayout, zoomLayouts } from './layout';
import { Raster } from './raster';

const palette = Uint32Array.from({ length: 2 * faded }, (_, shown) => 0xff000000 + shown);

function painted(cells: Cells, scrollPx: number): Uint32Array {
  const raster = new Raster(cells.layout, 60);
  raster.paint(cells, palette, scrollPx, raster.inView(cells, scrollPx));
  return raster.pixels;
}

describe('page map cells', () => {
  it('a cell of several pages shows the most urgent state', () => {
    const states = new Uint8Array(1 << 20).fill(PageState.CopiedScan);
    const layout = fitLayout(500, 500, states.length);
    const cells = new Cells(layout, states, pageStateRanks);
    const change = (page: number, state: PageState) => {
      states[page] = state;
      cells.update(page, page + 1);
    };
    const fourth = layout.pagesPerCell * 3;
    const ascending = [PageState.Dirty, PageState.CopiedFault, PageState.Faulting, PageState.Leaked];
    for (const [index, state] of ascending.entries()) {
      change(fourth + index, state);
      equal(cells.shown[3], state);
    }
    change(fourth + ascending.length - 1, PageState.Untracked);
    equal(cells.shown[3], PageState.Faulting);
    equal(cells.shown[4], PageState.CopiedScan);
  });

  it('what is sought shows, however rare the other pages of its cell are', () => {
    const states = new Uint8Array(1 << 20).fill(PageState.Leaked);
    states[9] = PageState.Zero;
    const layout = fitLayout(500, 500, states.length);
    const zero = new Cells(layout, states, pageStateRanks, { states: new Set([PageState.Zero]) });
    const first = Math.floor(9 / layout.pagesPerCell);
    equal(zero.shown[first], PageState.Zero);
    equal(zero.shown[first + 1], PageState.Leaked | faded);
    const pages = new Uint8Array(states.length);
    pages[11] = 1;
    const eleventh = new Cells(layout, states, pageStateRanks, { pages });
    equal(eleventh.shown[first], PageState.Leaked);
    equal(eleventh.shown[first + 1], PageState.Leaked | faded);
  });

  it('each page in view is painted, the gaps and what is behind the last are not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(9), fc.nat(500), (pageCount, zoom, scroll) => {
        const layouts = zoomLayouts(50, 60, pageCount);
        const layout = layouts[zoom % layouts.length]!;
        const scrollPx = Math.min(scroll, Math.max(0, layout.heightPx - 60));
        const states = Uint8Array.from({ length: pageCount }, (_, page) => page % pageStateCount);
        const cells = new Cells(layout, states, pageStateRanks);
        const expected = new Uint32Array(layout.widthPx * 60);
        for (let page = 0; page < pageCount; page += layout.pagesPerCell) {
          const box = boxOf(layout, page);
          for (let y = box.yPx - scrollPx; y < box.yPx + box.heightPx - scrollPx; y++) {
            if (y < 0 || y >= 60) continue;
            const at = y * layout.widthPx + box.xPx;
            expected.fill(palette[cells.shown[page / layout.pagesPerCell]!]!, at, at + box.widthPx);
          }
        }
        deepEqual(painted(cells, scrollPx), expected);
      }),
    );
  });

  it('updates leave the same pixels as painting all anew, and name every row they touch', () => {
    const change = fc.tuple(fc.nat(), fc.nat(200), fc.nat(pageStateCount - 1));
    const seek = fc.constantFrom({}, { states: new Set([PageState.Dirty, PageState.Zero]) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(change, { maxLength: 8 }),
        seek,
        (pageCount, changes, sought) => {
          const layout = fitLayout(60, 60, pageCount);
          const states = new Uint8Array(pageCount);
          const cells = new Cells(layout, states, pageStateRanks, sought);
          const raster = new Raster(layout, 60);
          for (const rows of cells.takeDirtyRows(raster.inView(cells, 0))) raster.paint(cells, palette, 0, rows);
          for (const [at, length, state] of changes) {
            const first = at % pageCount;
            const end = Math.min(pageCount, first + length);
            states.fill(state, first, end);
            cells.update(first, end);
          }
          for (const rows of cells.takeDirtyRows(raster.inView(cells, 0))) raster.paint(cells, palette, 0, rows);
          deepEqual(raster.pixels, painted(new Cells(layout, states, pageStateRanks, sought), 0));
        },
      ),
    );
  });
});
