import assert from 'node:assert/strict';
import { type FieldLayout, makeState, type State, type StateLayout } from '../vmstate/device-state';
import { stateDifferences, stateLines, stateToJson } from './state-values';

const byte = (name: string): FieldLayout => ({ name, type: 'uint8', size: 1 });
const layout = (fields: FieldLayout[]): StateLayout => ({ name: 'device', version: 1, fields, subsections: [] });
/** So many that a list of them cannot be passed as arguments, and that comparing all with all would take minutes. */
const count = 200_000;

describe('a state of many fields', () => {
  const inner = layout([byte('x')]);
  const shapes: [string, State][] = [
    ['of one name', makeState(layout(Array.from({ length: count }, () => byte('a'))), {})],
    ['each of its own', makeState(layout(Array.from({ length: count }, (_, index) => byte(`a${index}`))), {})],
    [
      'in an array of structs',
      makeState(layout([{ name: 's', type: 'struct', size: 1, arrayLength: count, struct: inner }]), {}),
    ],
  ];
  for (const [what, state] of shapes) {
    it(`is printed and compared: ${what}`, () => {
      assert.ok([...stateLines(state, '')].length >= count);
      assert.equal(JSON.stringify(stateToJson(state)).match(/"value":0/g)!.length, count);
      assert.deepEqual([...stateDifferences(state, state)], []);
    });
  }

  it('has each difference told, of fields of one name by their order', () => {
    const fields = layout([byte('a'), byte('a'), byte('b'), byte('a')]);
    const state = (...values: number[]): State => ({ layout: fields, fields: values, subsections: [] });
    assert.deepEqual(
      [...stateDifferences(state(1, 2, 3, 4), state(1, 5, 3, 6))],
      [
        { path: 'a#1', a: 2, b: 5 },
        { path: 'a#2', a: 4, b: 6 },
      ],
    );
  });
});
