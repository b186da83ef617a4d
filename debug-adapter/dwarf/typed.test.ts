import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FrameView, Location, Piece } from './expression';
import { memberOf, typedAt } from './typed';
import type { CType } from './types';
import { textOf } from './value-text';

const int: CType = { kind: 'integer', name: 'int', byteCount: 4, isSigned: true };
const members = ['x', 'y'].map((name, index) => ({ name, type: int, offset: 4 * index }));
const point: CType = { kind: 'structure', name: 'struct point', byteCount: 8, members };
const pair: CType = { kind: 'array', name: 'int [2]', byteCount: 8, element: int, count: 2 };
const frame = { register: () => undefined } as Partial<FrameView> as FrameView;
const one: Piece = { location: { kind: 'bytes', bytes: Uint8Array.of(1, 0, 0, 0) }, byteCount: 4 };
const nowhere: Piece = { location: undefined, byteCount: 4 };
const notSaved: Piece = { location: { kind: 'register', register: 1 }, byteCount: 4 };

describe('a value in pieces', () => {
  const at = (type: CType, ...pieces: readonly Piece[]) => typedAt(type, { kind: 'pieces', pieces } as Location, frame);

  it('has the members whose pieces are known, wherever the others are', () => {
    for (const pieces of [[one, nowhere], [one, notSaved], [one]]) {
      const value = at(point, ...pieces);
      assert.equal(textOf(value, frame), '{...}');
      assert.equal(textOf(memberOf(value, 'x')!, frame), '1');
      assert.equal(textOf(memberOf(value, 'y')!, frame), '<optimized out>');
      assert.equal(textOf(at(pair, ...pieces), frame), '{1, <optimized out>}');
    }
  });

  it('is nowhere if all of it is, it has no parts, or is larger than any that is split', () => {
    const endless = { ...point, byteCount: 2 ** 40 };
    for (const value of [at(point, nowhere, nowhere), at({ ...int, byteCount: 8 }, one, nowhere), at(endless, one)])
      assert.equal(textOf(value, frame), '<optimized out>');
  });
});
