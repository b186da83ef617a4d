import { deepEqual } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { zoomLayouts } from './layout';
import { type Mark, marksInView } from './marks';

const marks: Mark[] = [10, 5000, 5001, 16000].map((page) => ({ page, kind: 'fault' }));
const pagesOf = (found: readonly Mark[]) => found.map(({ page }) => page);

describe('marks of a page map', () => {
  it('that are out of view are known, the nearest first', () => {
    const [, , zoomed] = zoomLayouts(600, 700, 16384);
    const { placed, above, below } = marksInView(zoomed!, marks, zoomed!.heightPx / 2, 700, 10);
    deepEqual(pagesOf(above), [5001, 5000, 10]);
    deepEqual(pagesOf(placed), []);
    deepEqual(pagesOf(below), [16000]);
  });

  it('of pages close together are one, but the page of the stop has its own', () => {
    const [fit] = zoomLayouts(600, 700, 16384);
    deepEqual(pagesOf(marksInView(fit!, marks, 0, 700, 25).placed), [10, 5001, 16000]);
    const withStop: Mark[] = marks.map((mark) => (mark.page === 5000 ? { ...mark, kind: 'stop' } : mark));
    deepEqual(pagesOf(marksInView(fit!, withStop, 0, 700, 25).placed), [10, 5001, 16000, 5000]);
  });
});
