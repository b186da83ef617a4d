import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyRuns, encodeAll, encodeChanges } from './page-runs';
import { pageStateCount } from './page-states';

/** Maps made of runs, as real ones are. */
const states = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(pageStateCount - 1)), { maxLength: 40 })
  .map((runs) => Uint8Array.from(runs.flatMap(([length, state]) => new Array<number>(length).fill(state))));

describe('page runs', () => {
  it('carry a whole map', () => {
    fc.assert(
      fc.property(states, (map) => {
        const decoded = new Uint8Array(map.length).fill(255);
        applyRuns(encodeAll(map), decoded);
        assert.deepEqual(decoded, map);
      }),
    );
  });

  it('carry a change from any map to any other of the same size', () => {
    fc.assert(
      fc.property(states, fc.infiniteStream(fc.nat(pageStateCount - 1)), (before, changes) => {
        const after = before.map((state) => {
          const change: number = changes.next().value;
          return change % 3 === 0 ? change : state;
        });
        const decoded = before.slice();
        applyRuns(encodeChanges(before, after), decoded);
        assert.deepEqual(decoded, after);
      }),
    );
  });

  it('name every changed page and no other', () => {
    const before = Uint8Array.of(1, 1, 1, 1, 1, 1);
    const after = Uint8Array.of(1, 3, 3, 1, 1, 4);
    const touched: [number, number][] = [];
    applyRuns(encodeChanges(before, after), before, (first, end) => touched.push([first, end]));
    assert.deepEqual(touched, [
      [1, 3],
      [5, 6],
    ]);
  });

  it('are refused when they reach beyond the map', () => {
    const runs = encodeAll(new Uint8Array(10));
    assert.throws(() => applyRuns(runs, new Uint8Array(9)), /page run 0\.\.10 of 9 pages/);
  });

  it('are refused when they end inside a number', () => {
    const cut = btoa(String.fromCharCode(0, 0x80));
    assert.throws(() => applyRuns(cut, new Uint8Array(9)), /end inside a number/);
  });

  it('stay small for a million pages in long runs', () => {
    const map = new Uint8Array(1_048_576).fill(3);
    map.fill(1, 500_000);
    assert.ok(encodeAll(map).length < 32);
  });
});
