import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { cornerOf, fitLayout, labelledRows, pageAt, zoomedLayout, zoomSteps } from './layout';

const view = fc.record({
  widthPx: fc.integer({ min: 40, max: 3000 }),
  heightPx: fc.integer({ min: 40, max: 3000 }),
  pageCount: fc.integer({ min: 1, max: 1 << 20 }),
});

describe('page map layout', () => {
  it('the whole RAM fits the view', () => {
    fc.assert(
      fc.property(view, ({ widthPx, heightPx, pageCount }) => {
        const layout = fitLayout(widthPx, heightPx, pageCount);
        ok(layout.columns * layout.cellPx <= widthPx);
        ok(layout.rows * layout.cellPx <= heightPx);
        ok(layout.rows * layout.columns * layout.pagesPerCell >= pageCount);
      }),
    );
  });

  it('every page has a place, and the place knows its page', () => {
    fc.assert(
      fc.property(view, fc.nat(14), fc.nat(), ({ widthPx, heightPx, pageCount }, zoom, any) => {
        const layout = zoomedLayout(widthPx, heightPx, pageCount, zoom);
        const page = any % pageCount;
        const { xPx, yPx } = cornerOf(layout, page);
        const found = pageAt(layout, xPx + layout.cellPx - 1, yPx);
        equal(found, page - (page % layout.pagesPerCell));
      }),
    );
  });

  it('a million pages are one cell each where the view has the pixels', () => {
    const layout = fitLayout(1100, 1000, 1 << 20);
    equal(layout.pagesPerCell, 1);
    equal(layout.cellPx, 1);
  });

  it('a small view shows a million pages in cells of several, until zoomed in', () => {
    const fit = fitLayout(500, 500, 1 << 20);
    equal(fit.pagesPerCell, 8);
    equal(zoomedLayout(500, 500, 1 << 20, 1).pagesPerCell, 4);
    const last = zoomSteps(500, 500, 1 << 20);
    equal(zoomedLayout(500, 500, 1 << 20, last).cellPx, 32);
    equal(zoomedLayout(500, 500, 1 << 20, last).pagesPerCell, 1);
  });

  it('each zoom step enlarges', () => {
    fc.assert(
      fc.property(view, ({ widthPx, heightPx, pageCount }) => {
        let before = fitLayout(widthPx, heightPx, pageCount);
        for (let zoom = 1; zoom <= zoomSteps(widthPx, heightPx, pageCount); zoom++) {
          const now = zoomedLayout(widthPx, heightPx, pageCount, zoom);
          ok(now.cellPx / now.pagesPerCell > before.cellPx / before.pagesPerCell);
          before = now;
        }
      }),
    );
  });

  it('a point beside the map has no page', () => {
    const layout = fitLayout(100, 100, 10);
    equal(pageAt(layout, -1, 0), undefined);
    equal(pageAt(layout, layout.columns * layout.cellPx, 0), undefined);
    equal(pageAt(layout, 0, layout.rows * layout.cellPx), undefined);
  });

  it('address labels do not overlap', () => {
    const layout = fitLayout(600, 700, 32768);
    ok(labelledRows(layout, 12) * layout.cellPx >= 24);
  });
});
