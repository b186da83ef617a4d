import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import type { WatchedRange } from '../../debug-adapter/emulator/core/guest-ram';
import { csrs, Guest } from './guest';

const at = 0x1000;
const reads = { reads: true, writes: false };
const writes = { reads: false, writes: true };

function watched(offset: number, byteCount: number, access: Pick<WatchedRange, 'reads' | 'writes'>): WatchedRange {
  return { offset, byteCount, ...access };
}

/** A guest that makes one access again and again, and has its page in every TLB. */
function accessing(line: string): Guest {
  const guest = new Guest([line, 'addi a3,a3,1', 'jal zero,-8']);
  guest.core.writeCsr(0, csrs.mstatus, 1n << 13n);
  guest.set({ a0: 0x7766554433221100n, a1: ramBase + at });
  guest.run(6);
  return guest;
}

const storing: readonly [line: string, offset: number, byteCount: number][] = [
  ['sb a0,5(a1)', 5, 1],
  ['sh a0,6(a1)', 6, 2],
  ['sw a0,4(a1)', 4, 4],
  ['sd a0,8(a1)', 8, 8],
  ['sd a0,1(a1)', 1, 8],
  ['fsd fa0,8(a1)', 8, 8],
  ['amoadd.d a2,a0,(a1)', 0, 8],
];
const loading: readonly [line: string, offset: number, byteCount: number][] = [
  ['lb a2,5(a1)', 5, 1],
  ['lhu a2,6(a1)', 6, 2],
  ['lw a2,4(a1)', 4, 4],
  ['ld a2,8(a1)', 8, 8],
  ['ld a2,3(a1)', 3, 8],
  ['fld fa2,8(a1)', 8, 8],
  ['lr.d a2,(a1)', 0, 8],
  ['amoadd.d a2,a0,(a1)', 0, 8],
];

describe('watched bytes', () => {
  for (const [access, kind, lines] of [
    [writes, 'write', storing],
    [reads, 'read', loading],
  ] as const) {
    for (const [line, offset, byteCount] of lines) {
      it(`end a run behind ${line}, a ${kind} of any of them, and of no others`, () => {
        const guest = accessing(line);
        guest.core.watch([watched(at + offset - 1, 1, access), watched(at + offset + byteCount, 1, access)]);
        assert.deepEqual(guest.run(30), { kind: 'count' });
        const last = watched(at + offset + byteCount - 1, 1, access);
        guest.core.watch([last]);
        guest.run(30);
        const [hit, ...others] = guest.core.watchHits;
        assert.deepEqual(others, []);
        assert.equal(guest.pc, 4);
        assert.deepEqual(
          { range: hit!.range, kind: hit!.kind, offset: hit!.offset, byteCount: hit!.byteCount, actor: hit!.actor },
          { range: last, kind, offset: at + offset, byteCount, actor: 0 },
        );
        assert.equal(hit!.pc, BigInt(ramBase));
        guest.core.watch([]);
        assert.deepEqual(guest.run(30), { kind: 'count' });
      });
    }
  }

  it('are shown as they were before the write', () => {
    const guest = accessing('sd a0,8(a1)');
    guest.set({ a0: 0x01n });
    guest.core.watch([watched(at + 8, 4, writes)]);
    guest.run(30);
    assert.deepEqual(guest.core.watchHits[0]!.before, Uint8Array.of(0, 0x11, 0x22, 0x33));
  });

  it('are seen in both pages of an access across their border', () => {
    const guest = accessing('sd a0,-4(a1)');
    guest.core.watch([watched(at - 2, 4, writes)]);
    guest.run(30);
    assert.deepEqual(
      guest.core.watchHits.map(({ offset, byteCount }) => [offset, byteCount]),
      [
        [at - 4, 4],
        [at, 4],
      ],
    );
  });

  it('are seen when somebody else writes, by his number', () => {
    const guest = new Guest();
    guest.core.watch([watched(at, 8, writes)]);
    guest.core.writeRam(at, new Uint8Array(8), 0x81, 7);
    assert.deepEqual(
      guest.core.watchHits.map(({ actor, offset, byteCount }) => [actor, offset, byteCount]),
      [[0x81, at, 8]],
    );
  });

  it('are not seen where protection stops the write', () => {
    const guest = accessing('sd a0,8(a1)');
    guest.core.watch([watched(at + 8, 8, writes)]);
    guest.core.pages.protectAll();
    assert.equal(guest.run(30).kind, 'write-fault');
    assert.deepEqual(guest.core.watchHits, []);
    guest.core.pages.unprotectAll();
    guest.run(30);
    assert.equal(guest.core.watchHits.length, 1);
  });
});
