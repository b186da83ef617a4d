import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { boxOf, fitLayout, type Layout, labelledRows, pageAt, zoomLayouts } from './layout';

const view = fc.record({
  widthPx: fc.integer({ min: 40, max: 3000 }),
  heightPx: fc.integer({ min: 40, max: 3000 }),
  pageCount: fc.integer({ min: 1, max: 1 << 24 }),
});
const mebibyte = 256;

function share({ widthPx, heightPx }: Layout, [viewWidth, viewHeight]: readonly [number, number]): number {
  return (widthPx * heightPx) / (viewWidth * viewHeight);
}

describe('page map layout', () => {
  it('all pages have room, and no cell is without a pixel', () => {
    fc.assert(
      fc.property(view, ({ widthPx, heightPx, pageCount }) => {
        const layout = fitLayout(widthPx, heightPx, pageCount);
        ok(layout.widthPx <= widthPx && layout.heightPx <= heightPx);
        ok(layout.columns <= layout.widthPx && layout.rows <= layout.heightPx);
        ok(layout.rows * layout.columns * layout.pagesPerCell >= pageCount);
      }),
    );
  });

  it('RAM of 1 MiB to 16 GiB fills the view, in an editor as in a side bar', () => {
    for (const size of [
      [620, 700],
      [1500, 900],
      [240, 900],
      [300, 200],
    ] as const) {
      for (let pageCount = mebibyte; pageCount <= mebibyte << 14; pageCount *= 2) {
        const layout = fitLayout(size[0], size[1], pageCount);
        equal(share(layout, size), 1);
        ok(layout.rows * layout.columns * layout.pagesPerCell < pageCount * 1.01, 'hardly a cell is without pages');
      }
    }
  });

  it('rows of RAM begin at round addresses', () => {
    for (const pageCount of [mebibyte, 64 * mebibyte, 96 * mebibyte, 1 << 18]) {
      equal(Math.log2(fitLayout(620, 700, pageCount).columns) % 1, 0);
    }
  });

  it('every page has a place, and the place knows its page', () => {
    fc.assert(
      fc.property(view, fc.nat(14), fc.nat(), ({ widthPx, heightPx, pageCount }, zoom, any) => {
        const layouts = zoomLayouts(widthPx, heightPx, pageCount);
        const layout = layouts[zoom % layouts.length]!;
        const page = any % pageCount;
        const box = boxOf(layout, page);
        const first = page - (page % layout.pagesPerCell);
        equal(pageAt(layout, box.xPx, box.yPx), first);
        equal(pageAt(layout, box.xPx + box.widthPx - 1, box.yPx + box.heightPx - 1), first);
      }),
    );
  });

  it('a million pages are one cell each where the view has the pixels', () => {
    equal(fitLayout(1100, 1000, 1 << 20).pagesPerCell, 1);
    equal(fitLayout(1024, 1024, 1 << 20).pagesPerCell, 1);
  });

  it('a gigabyte of RAM keeps each page apart in a panel beside an editor', () => {
    equal(fitLayout(620, 700, 1 << 18).pagesPerCell, 1);
  });

  it('each zoom step enlarges, to single pages that can be pointed at', () => {
    fc.assert(
      fc.property(view, ({ widthPx, heightPx, pageCount }) => {
        const layouts = zoomLayouts(widthPx, heightPx, pageCount);
        for (const [step, layout] of layouts.entries()) {
          if (step === 0) continue;
          const before = layouts[step - 1]!;
          const side = ({ widthPx, columns, pagesPerCell }: Layout) => widthPx / columns / pagesPerCell;
          ok(side(layout) > side(before) || layout.heightPx > before.heightPx);
        }
        const last = layouts.at(-1)!;
        if (pageCount <= 1 << 20) ok(last.pagesPerCell === 1 && last.widthPx / last.columns > 8);
      }),
    );
  });

  it('a point beside the map has no page', () => {
    const layout = fitLayout(100, 100, 10);
    equal(pageAt(layout, -1, 0), undefined);
    equal(pageAt(layout, layout.widthPx, 0), undefined);
    equal(pageAt(layout, 0, layout.heightPx), undefined);
    equal(pageAt(layout, layout.widthPx - 1, layout.heightPx - 1), undefined);
  });

  it('address labels do not overlap', () => {
    const layout = fitLayout(600, 700, 32768);
    ok((labelledRows(layout, 12) * layout.heightPx) / layout.rows >= 24);
  });
});
