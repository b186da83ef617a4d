import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type GuestCore, pageByteCount, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';
import { randomProgram } from './random-program';

const base = BigInt(ramBase);
const page = 1;
const at = base + 0x1000n;

function dirtyPages(core: GuestCore): number[] {
  const pages: number[] = [];
  core.pages.syncDirtyLog((dirty) => pages.push(dirty));
  return pages;
}

describe('the dirty log', () => {
  for (const line of [
    'sb a0,5(a1)',
    'sh a0,6(a1)',
    'sw a0,4(a1)',
    'sd a0,8(a1)',
    'fsd fa0,8(a1)',
    'amoswap.d a2,a0,(a1)',
    'sd a0,1(a1)',
  ]) {
    it(`has the page of ${line}, and the run ends behind the store that was the first`, () => {
      const guest = new Guest([line, 'addi a3,a3,1', 'jal zero,-8']);
      guest.set({ a0: -1n, a1: at });
      guest.core.writeCsr(0, csrs.mstatus, 1n << 13n);
      guest.run(5);
      guest.core.pages.startDirtyLog();
      assert.deepEqual(dirtyPages(guest.core), []);
      assert.deepEqual(guest.run(10), { kind: 'requested' });
      assert.equal(guest.core.dirtied, 1);
      assert.equal(guest.pc, 4);
      assert.deepEqual(guest.run(100), { kind: 'count' });
      assert.equal(guest.core.dirtied, 0);
      assert.deepEqual(dirtyPages(guest.core), [page]);
      assert.deepEqual(dirtyPages(guest.core), []);
      assert.equal(guest.run(100).kind, 'requested');
      assert.deepEqual(dirtyPages(guest.core), [page]);
      guest.core.pages.stopDirtyLog();
      assert.deepEqual(guest.run(100), { kind: 'count' });
      assert.deepEqual(dirtyPages(guest.core), []);
    });
  }

  it('has both pages of a store across their border', () => {
    const guest = new Guest(['sd a0,-4(a1)']);
    guest.set({ a1: at + 0x1000n });
    guest.core.pages.startDirtyLog();
    guest.run(1);
    assert.equal(guest.core.dirtied, 2);
    assert.deepEqual(dirtyPages(guest.core), [1, 2]);
  });

  it('has what is written from outside the harts', () => {
    const guest = new Guest();
    guest.core.pages.startDirtyLog();
    guest.core.writeRam(3 * pageByteCount - 1, Uint8Array.of(1, 2));
    assert.deepEqual(dirtyPages(guest.core), [2, 3]);
  });

  it('has the page table in which an access sets A and D', () => {
    const guest = new Guest(['ld a0,0(a1)', 'jal zero,-4']);
    guest.putWord(0x3000 + 2 * 8, (base >> 2n) | 0xfn);
    guest.core.writeCsr(0, csrs.satp, (8n << 60n) | ((base + 0x3000n) >> 12n));
    guest.core.setPrivilege(0, 1);
    guest.set({ a1: at });
    guest.core.pages.startDirtyLog();
    assert.deepEqual(guest.run(10), { kind: 'count' });
    assert.deepEqual(dirtyPages(guest.core), [3]);
  });

  it('has no page that was only read, or whose store the protection stopped', () => {
    const guest = new Guest(['ld a0,0(a1)', 'sd a0,0(a2)']);
    guest.set({ a1: at, a2: at + 0x1000n });
    guest.core.pages.startDirtyLog();
    guest.core.pages.protectAll();
    guest.run(1);
    assert.equal(guest.run(1).kind, 'write-fault');
    assert.equal(guest.core.dirtied, 0);
    assert.deepEqual(dirtyPages(guest.core), []);
    guest.core.pages.unprotect(2);
    assert.equal(guest.run(1).kind, 'requested');
    assert.deepEqual(dirtyPages(guest.core), [2]);
  });

  it('leaves the protection as it is when it starts, is synchronized and stops', () => {
    const guest = new Guest();
    guest.core.pages.protectAll();
    guest.core.pages.startDirtyLog();
    guest.core.pages.syncDirtyLog(() => {});
    guest.core.pages.stopDirtyLog();
    assert.equal(guest.core.pages.isProtected(page), true);
    guest.core.pages.unprotectAll();
    guest.core.pages.startDirtyLog();
    guest.core.pages.protectAll();
    guest.core.pages.unprotectAll();
    guest.core.writeRam(0, Uint8Array.of(1));
    assert.deepEqual(dirtyPages(guest.core), [0]);
  });

  it('is what changed, whatever the program and however the run is cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(randomProgram, cuts, ({ words }, lengths) => {
        const run = (cut: (index: number) => number): { core: GuestCore; dirty: number[]; dirtied: number } => {
          const guest = new Guest();
          guest.core.writeRam(0, new Uint8Array(Uint32Array.from(words).buffer));
          guest.set({
            s0: ramBase + 128,
            s1: ramBase + 0x2000,
            sp: ramBase + 0x3000,
            gp: ramBase,
            tp: ramBase + 0x2800,
          });
          guest.core.writeCsr(0, csrs.mstatus, 1n << 13n);
          const before = guest.core.ram.slice();
          guest.core.pages.startDirtyLog();
          let dirtied = 0;
          for (let index = 0, left = 400; left > 0; index++) {
            guest.run(Math.min(left, cut(index)));
            left -= guest.core.retired;
            dirtied += guest.core.dirtied;
            if (guest.core.trapsInARow(0) > 0) break;
          }
          const dirty = dirtyPages(guest.core);
          for (let changed = 0; changed * pageByteCount < before.length; changed++) {
            const range = [changed * pageByteCount, (changed + 1) * pageByteCount] as const;
            const isEqual = Buffer.compare(before.subarray(...range), guest.core.ram.subarray(...range)) === 0;
            assert.ok(isEqual || dirty.includes(changed), `page ${changed} changed`);
          }
          return { core: guest.core, dirty, dirtied };
        };
        const whole = run(() => 400);
        const inPieces = run((index) => lengths[index % lengths.length]!);
        assert.deepEqual(inPieces.dirty, whole.dirty);
        assert.equal(inPieces.dirtied, whole.dirtied);
        assert.equal(whole.dirtied, whole.dirty.length);
        assert.equal(inPieces.core.stateHash(), whole.core.stateHash());
      }),
      { numRuns: 60 },
    );
  });
});
