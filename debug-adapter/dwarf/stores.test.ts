import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FrameView, Location } from './expression';
import { writesOf } from './stores';
import type { CType } from './types';

const int: CType = { kind: 'integer', name: 'int', byteCount: 4, isSigned: true };
const bytes = Uint8Array.of(1, 2, 3, 4);
/** Knows what a0 holds, and that nobody has saved it; of a1, not where it may be. */
const frame: Partial<FrameView> = {
  register: () => 0x1111_2222_3333_4444n,
  registerPlace: (register) => (register === 10 ? { kind: 'register', name: 'a0' } : undefined),
};
const write = (typed: Parameters<typeof writesOf>[0], value: bigint) => writesOf(typed, value, frame as FrameView);
const at = (location: Location) => ({ type: int, bytes, place: { location, offset: 0, isWhole: true } });

describe('what is written for a variable', () => {
  it('is all of its register, as its type extends there', () => {
    const writes = write(at({ kind: 'register', register: 10 }), -2n);
    assert.deepEqual(writes, [{ kind: 'register', name: 'a0', value: 0xffff_ffff_ffff_fffen }]);
  });

  it('is the part of it that each place holds', () => {
    const half = (address: bigint) => ({ location: { kind: 'memory', address } as const, byteCount: 2 });
    const writes = write(at({ kind: 'pieces', pieces: [half(0x100n), half(0x200n)] }), 0x0a0b_0c0dn);
    assert.deepEqual(writes, [
      { kind: 'memory', address: 0x100n, bytes: Uint8Array.of(0x0d, 0x0c) },
      { kind: 'memory', address: 0x200n, bytes: Uint8Array.of(0x0b, 0x0a) },
    ]);
  });

  it('is nothing where it has no place, and the reason is said', () => {
    const refused = (typed: Parameters<typeof writesOf>[0], reason: RegExp) =>
      assert.throws(() => write(typed, 7n), reason);
    refused({ type: int, bytes: undefined }, /^Error: Nothing was written\. It is optimized out here\.$/);
    refused(at({ kind: 'bytes', bytes }), /It is a constant here: the compiler has stored it nowhere\.$/);
    refused(
      at({ kind: 'register', register: 11 }),
      /a function called from here may have saved: select an inner frame\.$/,
    );
    const gone = { location: undefined, byteCount: 4 };
    refused(at({ kind: 'pieces', pieces: [gone] }), /Part of it is optimized out here\.$/);
  });
});
