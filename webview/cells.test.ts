import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { PageState, pageStateCount } from '../debug-adapter/protocol/page-states';
import { Cells, pageStateRanks } from './cells';
import { fitLayout } from './layout';

const palette = Uint32Array.from({ length: pageStateCount }, (_, state) => 0xff000000 + state);

describe('page map cells', () => {
  it('each page is a pixel of its state', () => {
    const states = Uint8Array.from({ length: 100 }, (_, page) => page % pageStateCount);
    const cells = new Cells(fitLayout(300, 300, 100), states, palette, pageStateRanks);
    deepEqual(
      [...cells.pixels.subarray(0, 100)],
      [...states].map((state) => palette[state]),
    );
  });

  it('cells beyond the last page stay transparent', () => {
    const layout = fitLayout(300, 300, 100);
    const cells = new Cells(layout, new Uint8Array(100), palette, pageStateRanks);
    deepEqual(new Set(cells.pixels.subarray(100)), layout.columns * layout.rows > 100 ? new Set([0]) : new Set());
  });

  it('a cell of several pages shows the most urgent state', () => {
    const states = new Uint8Array(1 << 20).fill(PageState.CopiedScan);
    const layout = fitLayout(500, 500, states.length);
    const cells = new Cells(layout, states, palette, pageStateRanks);
    states[layout.pagesPerCell * 3 + 1] = PageState.Faulting;
    states[layout.pagesPerCell * 3 + 2] = PageState.Untracked;
    cells.update(layout.pagesPerCell * 3 + 1, layout.pagesPerCell * 3 + 2);
    equal(cells.pixels[3], palette[PageState.Faulting]);
    equal(cells.pixels[4], palette[PageState.CopiedScan]);
  });

  it('updates leave the same pixels as painting all anew, and name every row they touch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(200), fc.nat(pageStateCount - 1)), { maxLength: 8 }),
        (pageCount, changes) => {
          const layout = fitLayout(60, 60, pageCount);
          const states = new Uint8Array(pageCount);
          const cells = new Cells(layout, states, palette, pageStateRanks);
          cells.takeDirtyRows();
          const shown = cells.pixels.slice();
          for (const [at, length, state] of changes) {
            const first = at % pageCount;
            const end = Math.min(pageCount, first + length);
            states.fill(state, first, end);
            cells.update(first, end);
          }
          const rows = cells.takeDirtyRows() ?? { first: 0, end: 0 };
          const touched = cells.pixels.subarray(rows.first * layout.columns, rows.end * layout.columns);
          shown.set(touched, rows.first * layout.columns);
          deepEqual(shown, new Cells(layout, states, palette, pageStateRanks).pixels);
        },
      ),
    );
  });
});
