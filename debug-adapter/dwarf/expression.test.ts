import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type FrameView, locate } from './expression';
import type { Unit } from './unit';

const tp = 4;
const frame = { register: (register) => (register === tp ? 0x8000_1000n : undefined) } as FrameView;

describe('an expression of DWARF', () => {
  it("finds thread-local storage behind tp, by the standard's operation and by GNU's", () => {
    for (const operation of [0x9b, 0xe0]) {
      const bytes = Uint8Array.of(0x0e, 0x18, 0, 0, 0, 0, 0, 0, 0, operation);
      assert.deepEqual(locate(bytes, frame, {} as Unit), { kind: 'memory', address: 0x8000_1018n });
    }
  });
});
