import { deepEqual, equal } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Path, TreeLayout } from './tree-layout';

describe('the rows of a tree', () => {
  it('every row shows a node, in the order of the tree, and the node knows its row', () => {
    const operation = fc.record({ row: fc.nat(60), childCount: fc.nat(6), folds: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(8), fc.array(operation, { maxLength: 12 }), (rootCount, operations) => {
        const layout = new TreeLayout();
        layout.unfold([], rootCount);
        const unfolded = new Map<string, number>([['', rootCount]]);
        for (const { row, childCount, folds } of operations) {
          if (layout.rowCount === 0) break;
          const path = layout.pathAt(row % layout.rowCount);
          const key = path.join('/');
          if (folds) {
            layout.fold(path);
            for (const each of unfolded.keys()) if (each === key || each.startsWith(`${key}/`)) unfolded.delete(each);
          } else if (!unfolded.has(key)) {
            layout.unfold(path, childCount);
            unfolded.set(key, childCount);
          }
        }
        const expected = walk([], unfolded);
        equal(layout.rowCount, expected.length);
        deepEqual(
          expected.map((_, row) => layout.pathAt(row)),
          expected,
        );
        deepEqual(
          expected.map((path) => layout.rowOf(path)),
          expected.map((_, row) => row),
        );
      }),
    );
  });

  it('a node of a million children costs nothing until it is looked at', () => {
    const layout = new TreeLayout();
    layout.unfold([], 2);
    layout.unfold([0], 1_000_000);
    equal(layout.rowCount, 1_000_002);
    deepEqual(layout.pathAt(777_778), [0, 777_777]);
    deepEqual(layout.pathAt(1_000_001), [1]);
  });

  it('a node that has lost children has lost what was unfolded of them', () => {
    const layout = new TreeLayout();
    layout.unfold([], 3);
    layout.unfold([2], 5);
    layout.unfold([], 2);
    equal(layout.rowCount, 2);
    equal(layout.rowOf([2, 1]), undefined);
  });
});

/** All nodes to be seen, by the simplest way to say it. */
function walk(path: Path, unfolded: ReadonlyMap<string, number>): Path[] {
  const count = unfolded.get(path.join('/')) ?? 0;
  return Array.from({ length: count }, (_, index) => [...path, index]).flatMap((child) => [
    child,
    ...walk(child, unfolded),
  ]);
}
