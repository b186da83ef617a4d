import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SharedArray } from './shared-array';

describe('a shared array', () => {
  const length = 2500;
  const index = fc.nat(length - 1);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), index, item: fc.nat(255) }),
    fc.record({ kind: fc.constant('fill' as const), item: fc.nat(255) }),
    fc.record({ kind: fc.constant('keep' as const) }),
    fc.record({ kind: fc.constant('put back' as const), which: fc.nat(100) }),
  );

  it('holds what it held when it was kept, whichever is put back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const array = new SharedArray(new Uint8Array(length));
        const kept: { readonly pieces: ReturnType<typeof array.keep>; readonly items: Uint8Array }[] = [];
        for (const step of steps) {
          if (step.kind === 'set') array.set(step.index, step.item);
          else if (step.kind === 'fill') array.fill(step.item);
          else if (step.kind === 'keep') kept.push({ pieces: array.keep(), items: array.items.slice() });
          else if (kept.length > 0) {
            const { pieces, items } = kept[step.which % kept.length]!;
            array.putBack(pieces);
            assert.deepEqual(array.items, items);
          }
        }
      }),
    );
  });

  it('shares the pieces that have not changed', () => {
    const array = new SharedArray(new Uint8Array(length));
    const before = array.keep();
    array.set(2000, 1);
    const after = array.keep();
    assert.deepEqual(
      after.map((piece, at) => piece === before[at]),
      [true, false, true],
    );
  });
});
