import assert from 'node:assert/strict';
import { conform } from './conform';
import { type FieldLayout, makeState, type StateLayout } from './device-state';

const layout = (fields: FieldLayout[], subsections: StateLayout[] = []): StateLayout => ({
  name: 'device',
  version: 1,
  fields,
  subsections,
});
const word = (name: string): FieldLayout => ({ name, type: 'uint32', size: 4 });
const words = (name: string, arrayLength: number): FieldLayout => ({ ...word(name), arrayLength });

describe('a state in the terms of another layout', () => {
  it('has the fields that both have, by name', () => {
    const theirs = makeState(layout([word('b'), word('new'), word('a')]), { a: 1, b: 2, new: 3 });
    const ours = conform(theirs, layout([word('a'), word('b'), word('gone')]));
    assert.deepEqual(ours.fields, [1, 2]);
    assert.deepEqual(
      ours.layout.fields.map(({ name }) => name),
      ['a', 'b'],
    );
  });

  it('has the subsections and structs that both have', () => {
    const inner = layout([word('x'), word('y')]);
    const struct = (of: StateLayout): FieldLayout => ({ name: 's', type: 'struct', size: 8, struct: of });
    const part = (name: string, fields: FieldLayout[]): StateLayout => ({ ...layout(fields), name: `device/${name}` });
    const theirLayout = layout([struct(inner)], [part('known', [word('k')]), part('other', [])]);
    const theirs = makeState(theirLayout, { s: makeState(inner, { x: 1, y: 2 }) }, [
      makeState(theirLayout.subsections[0]!, { k: 7 }),
      makeState(theirLayout.subsections[1]!, {}),
    ]);
    const leftOut: string[] = [];
    const known = layout([struct(layout([word('y')]))], [part('more', []), part('known', [word('k')])]);
    const ours = conform(theirs, known, (name) => leftOut.push(name));
    assert.deepEqual(leftOut, ['device/other']);
    assert.deepEqual((ours.fields[0] as { fields: unknown }).fields, [2]);
    assert.deepEqual(
      ours.subsections.map(({ layout: { name }, fields }) => [name, fields]),
      [['device/known', [7]]],
    );
  });

  it('has integers of the width that it says, if they fit, and zeros behind a shorter buffer', () => {
    const converted: [FieldLayout, unknown, FieldLayout, unknown][] = [
      [word('a'), 0xffff_ffff, { name: 'a', type: 'uint64', size: 8 }, 0xffff_ffffn],
      [{ name: 'a', type: 'uint64', size: 8 }, 7n, word('a'), 7],
      [{ name: 'a', type: 'int32', size: 4 }, -2, { name: 'a', type: 'int64', size: 8 }, -2n],
      [{ name: 'a', type: 'bool', size: 1 }, 1, { name: 'a', type: 'int32', size: 4 }, 1],
      [words('a', 2), [1, 2], { name: 'a', type: 'uint64', size: 8, arrayLength: 2 }, [1n, 2n]],
      [
        { name: 'a', type: 'buffer', size: 1 },
        Uint8Array.of(9),
        { name: 'a', type: 'buffer', size: 2 },
        Uint8Array.of(9, 0),
      ],
    ];
    for (const [their, value, our, expected] of converted) {
      const { fields } = conform(makeState(layout([their]), { a: value as number }), layout([our]));
      assert.deepEqual(fields, [expected]);
    }
  });

  it('is refused where a field is of another kind or length', () => {
    const refused: [FieldLayout, unknown, FieldLayout][] = [
      [{ name: 'a', type: 'uint64', size: 8 }, 2n ** 32n, word('a')],
      [{ name: 'a', type: 'int64', size: 8 }, -1n, word('a')],
      [{ name: 'a', type: 'buffer', size: 4 }, new Uint8Array(4), word('a')],
      [{ name: 'a', type: 'buffer', size: 4 }, new Uint8Array(4), { name: 'a', type: 'buffer', size: 3 }],
      [word('a'), 2 ** 31, { name: 'a', type: 'int32', size: 4 }],
      [words('a', 2), [1, 2], words('a', 3)],
      [words('a', 1), [1], word('a')],
      [word('a'), 1, words('a', 1)],
      [word('a'), 1, { name: 'a', type: 'struct', size: 4, struct: layout([]) }],
    ];
    for (const [their, value, our] of refused) {
      const theirs = makeState(layout([their]), { a: value as number });
      assert.throws(() => conform(theirs, layout([our])), /RangeError: "a" of "device" is/, JSON.stringify(our));
    }
  });
});
