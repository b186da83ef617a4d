import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { csrs, Guest } from './guest';

const base = BigInt(ramBase);
const page = 1;
const at = base + 0x1000n;

describe('a page', () => {
  const writers: Record<string, (guest: Guest) => void> = {
    'a hart': (guest) => {
      guest.set({ a0: -1n, a1: at });
      assert.deepEqual(guest.run(1), { kind: 'count' });
    },
    'the host': (guest) => guest.core.writeRam(page * 4096 + 4095, Uint8Array.of(1)),
  };
  for (const [writer, write] of Object.entries(writers)) {
    for (const since of ['where none is held', 'before any is', 'after'] as const) {
      it(`holds more than zeros once ${writer} has written to it, ${since}`, () => {
        const guest = new Guest(['sd a0,0(a1)']);
        const { core } = guest;
        const hold = () => {
          if (since !== 'where none is held') core.held.begin(() => {});
        };
        if (since === 'after') hold();
        assert.equal(core.isZero(page), true);
        write(guest);
        if (since !== 'after') hold();
        assert.equal(core.isZero(page), false);
        hold();
        assert.equal(core.isZero(page), false);
        core.writeRam(page * 4096, new Uint8Array(4096));
        assert.equal(core.isZero(page), true);
      });
    }
  }
});

describe('a page of RAM', () => {
  it('is told apart from others by the first byte that it has otherwise', () => {
    const { core } = new Guest([]);
    core.writeRam(
      page * 4096,
      Uint8Array.from({ length: 4096 }, (_, at) => at % 251),
    );
    const bytes = core.ram.slice(page * 4096, (page + 1) * 4096);
    assert.equal(core.firstDifference(page, bytes), -1);
    for (let at = 4095; at >= 0; at -= 37) {
      bytes[at]! ^= 1 << (at % 8);
      assert.equal(core.firstDifference(page, bytes), at);
    }
  });
});

describe('a protected page', () => {
  for (const line of [
    'sb a0,5(a1)',
    'sh a0,6(a1)',
    'sw a0,4(a1)',
    'sd a0,8(a1)',
    'amoswap.d a2,a0,(a1)',
    'sd a0,-4(a1)',
  ]) {
    it(`stops ${line} before it does anything, until it is unprotected`, () => {
      const guest = new Guest(['addi a3,zero,1', line, 'jal zero,0']);
      guest.set({ a0: -1n, a1: at, a2: 3n });
      guest.core.pages.protectAll();
      guest.core.pages.unprotect(0);
      const stop = guest.run(10);
      assert.ok(stop.kind === 'write-fault');
      assert.equal(stop.page, page);
      assert.equal(Math.floor((stop.physicalAddress - ramBase) / 4096), page);
      assert.equal(guest.core.retired, 1);
      assert.equal(guest.pc, 4);
      assert.equal(guest.get('a2'), 3n);
      assert.equal(guest.core.isZero(page), true);
      assert.equal(guest.word(0xff8), 0n);
      guest.core.pages.unprotect(page);
      assert.deepEqual(guest.run(1), { kind: 'count' });
      assert.equal(guest.core.isZero(page), false);
    });
  }

  it('stops sc, which succeeds when it runs again', () => {
    const guest = new Guest(['lr.d a0,(a1)', 'sc.d a2,a3,(a1)']);
    guest.set({ a1: at, a2: 9n, a3: 5n });
    guest.core.pages.protectAll();
    assert.equal(guest.run(2).kind, 'write-fault');
    guest.core.pages.unprotect(page);
    guest.run(1);
    assert.equal(guest.get('a2'), 0n);
    assert.equal(guest.word(0x1000), 5n);
  });

  it('stops the write of A and D into a page table', () => {
    const guest = new Guest(['ld a0,0(a1)']);
    // A large page for everything, whose entry has neither A nor D yet.
    guest.putWord(0x3000 + 2 * 8, (base >> 2n) | 0xfn);
    guest.core.writeCsr(0, csrs.satp, (8n << 60n) | ((base + 0x3000n) >> 12n));
    guest.core.setPrivilege(0, 1);
    guest.set({ a1: at });
    guest.core.pages.protectAll();
    const stop = guest.run(1);
    assert.ok(stop.kind === 'write-fault');
    assert.equal(stop.page, 3);
    assert.equal(guest.core.retired, 0);
    guest.core.pages.unprotectAll();
    guest.run(1);
    assert.equal(guest.word(0x3010) & 0xc0n, 0x40n);
  });

  it('is found again after stores that went through the write TLB', () => {
    const guest = new Guest(['sd a0,0(a1)', 'jal zero,-4']);
    guest.set({ a1: at });
    guest.run(100);
    guest.core.pages.protectAll();
    assert.equal(guest.core.pages.isProtected(page), true);
    assert.equal(guest.run(100).kind, 'write-fault');
    guest.core.pages.unprotectAll();
    assert.equal(guest.core.pages.isProtected(page), false);
    assert.equal(guest.run(100).kind, 'count');
  });

  it('may be read', () => {
    const guest = new Guest(['ld a0,0(a1)']);
    guest.putWord(0x1000, 5n);
    guest.set({ a1: at });
    guest.core.pages.protectAll();
    guest.run(1);
    assert.equal(guest.get('a0'), 5n);
  });
});

describe('a page state', () => {
  for (const state of [PageState.CopiedScan, PageState.Zero]) {
    it(`${PageState[state]} becomes Dirty at the first write, with its time and writer`, () => {
      const guest = new Guest(['sd a0,0(a1)', 'sd a0,8(a1)', 'jal zero,-8']);
      guest.set({ a1: at });
      guest.run(4);
      guest.core.pages.setState(page, state, 0x80, 123);
      assert.equal(guest.core.pages.timesNs[page], 123);
      assert.equal(guest.core.pages.actors[page], 0x80);
      guest.run(4);
      assert.equal(guest.core.pages.states[page], PageState.Dirty);
      assert.equal(guest.core.pages.timesNs[page], 40);
      assert.equal(guest.core.pages.actors[page], 0);
    });
  }

  it('set for all pages at once takes effect on those that were just written', () => {
    const guest = new Guest(['sd a0,0(a1)', 'jal zero,-4']);
    guest.set({ a1: at });
    guest.run(4);
    guest.core.pages.setAllStates(PageState.Zero, 0x81, 7);
    assert.deepEqual([...guest.core.pages.states.subarray(0, 3)], [5, 5, 5]);
    guest.run(2);
    assert.deepEqual([...guest.core.pages.states.subarray(0, 3)], [5, 6, 5]);
  });

  for (const state of [PageState.Untracked, PageState.Faulting, PageState.CopiedFault, PageState.Leaked]) {
    it(`${PageState[state]} stays as it is at a write`, () => {
      const guest = new Guest(['sd a0,0(a1)']);
      guest.set({ a1: at });
      guest.core.pages.setState(page, state, 0, 1);
      guest.run(1);
      assert.equal(guest.core.pages.states[page], state);
    });
  }
});

describe('preserving', () => {
  it('shows each page once, with its old bytes, before its first change by a hart or from outside', () => {
    const guest = new Guest(['sd a0,0(a1)', 'sd a0,8(a1)', 'jal zero,-8']);
    const seen: [page: number, first: bigint][] = [];
    guest.putWord(0x1000, 77n);
    guest.set({ a0: 1n, a1: at });
    guest.run(9);
    guest.putWord(0x1000, 78n);
    guest.core.pages.startPreserving((changed) => seen.push([changed, guest.word(changed * 4096)]));
    guest.run(9);
    guest.core.writeRam(0x1ffc, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    assert.deepEqual(seen, [
      [1, 78n],
      [2, 0n],
    ]);
    assert.deepEqual(
      [0, 1, 2, 3].map((number) => guest.core.pages.isPreserved(number)),
      [true, false, false, true],
    );
    guest.core.pages.stopPreserving();
    guest.core.writeRam(0x3000, Uint8Array.of(1));
    assert.equal(seen.length, 2);
  });

  it('does not show a page whose store the protection stopped', () => {
    const guest = new Guest(['sd a0,0(a1)']);
    const seen: number[] = [];
    guest.set({ a1: at });
    guest.core.pages.protectAll();
    guest.core.pages.startPreserving((changed) => seen.push(changed));
    assert.equal(guest.run(1).kind, 'write-fault');
    assert.deepEqual(seen, []);
    guest.core.pages.unprotect(page);
    guest.run(1);
    assert.deepEqual(seen, [page]);
  });
});

describe('a page counts as touched', () => {
  it('once it was fetched from, loaded from, stored to, or written from outside, and only then', () => {
    const guest = new Guest(['ld a0,0(a1)', 'sd a0,0(a2)']);
    guest.set({ a1: at, a2: at + 0x2000n });
    const touched = () => [0, 1, 2, 3, 4].map((number) => guest.core.pages.isTouched(number));
    assert.deepEqual(touched(), [true, false, false, false, false], 'the program itself');
    guest.core.translate(0, at + 0x3000n, 'read');
    guest.run(2);
    assert.deepEqual(touched(), [true, true, false, true, false]);
    guest.core.writeRam(0x2000, Uint8Array.of(1));
    assert.deepEqual(touched(), [true, true, true, true, false]);
    guest.core.pages.touchAll();
    assert.deepEqual(touched(), [true, true, true, true, true]);
  });

  it('and is protected where pages without an entry are passed over, though a store has gone to it before', () => {
    const guest = new Guest(['sd a0,0(a1)', 'jal zero,-4']);
    guest.set({ a1: at });
    guest.run(3);
    guest.core.pages.protectTouched();
    assert.deepEqual(
      [0, 1, 2].map((number) => guest.core.pages.isProtected(number)),
      [true, true, false],
    );
    guest.run(1);
    assert.equal(guest.run(1).kind, 'write-fault');
    guest.set({ a1: at + 0x1000n });
    assert.equal(guest.run(1).kind, 'count');
  });
});

describe('a page that the host takes away', () => {
  it('holds zeros, was shown to who preserves, and is neither protected nor touched until somebody accesses it', () => {
    const guest = new Guest(['sd a0,0(a1)', 'ld a2,0(a1)', 'jal zero,-4']);
    guest.set({ a0: 7n, a1: at });
    guest.run(3);
    const seen: unknown[] = [];
    guest.core.pages.startPreserving((changed, actor, timeNs) =>
      seen.push([changed, guest.word(0x1000), actor, timeNs]),
    );
    guest.core.pages.protectAll();
    guest.core.pages.discard(page, 0x81, 5000);
    assert.deepEqual(seen, [[page, 7n, 0x81, 5000]]);
    assert.equal(guest.core.isZero(page), true);
    assert.deepEqual([guest.core.pages.isProtected(page), guest.core.pages.isTouched(page)], [false, false]);
    guest.run(1);
    assert.equal(guest.get('a2'), 0n);
    assert.equal(guest.core.pages.isTouched(page), true, 'though a TLB knew the page');
  });

  it('has lost the code that was decoded from it', () => {
    const guest = new Guest(['jal zero,0']);
    guest.run(3);
    guest.core.pages.discard(0, 0x81, 0);
    guest.run(1);
    assert.equal(guest.csr(0x342), 2n, 'zeros are no instruction');
  });
});

describe('isZero', () => {
  it('sees a single bit anywhere in the page', () => {
    const guest = new Guest();
    assert.equal(guest.core.isZero(5), true);
    for (const offset of [0, 1, 15, 16, 63, 64, 2048, 4095]) {
      guest.core.writeRam(5 * 4096 + offset, Uint8Array.of(0x80));
      assert.equal(guest.core.isZero(5), false);
      guest.core.writeRam(5 * 4096 + offset, Uint8Array.of(0));
    }
    assert.equal(guest.core.isZero(5), true);
  });
});

describe('a breakpoint', () => {
  const loop = ['addi a0,a0,1', 'addi a1,a1,1', 'jal zero,-8'];

  it('stops before its instruction, and the next run goes on from there', () => {
    const guest = new Guest(loop);
    guest.run(4);
    guest.core.setBreakpoints([base + 4n]);
    assert.deepEqual(guest.run(100), { kind: 'breakpoint' });
    assert.equal(guest.core.retired, 0);
    assert.deepEqual(guest.run(100), { kind: 'breakpoint' });
    assert.equal(guest.core.retired, 3);
    assert.equal(guest.pc, 4);
    guest.core.setBreakpoints([]);
    assert.deepEqual(guest.run(100), { kind: 'count' });
  });

  it('is met by a run that begins at it', () => {
    const guest = new Guest(loop);
    guest.core.setBreakpoints([base + 4n]);
    assert.deepEqual(guest.run(1), { kind: 'count' });
    assert.deepEqual(guest.run(1), { kind: 'breakpoint' });
  });

  it('is at one address, not at all that lie alike in their page', () => {
    const guest = new Guest(loop);
    guest.core.setBreakpoints([base + 0x1004n]);
    assert.deepEqual(guest.run(100), { kind: 'count' });
    assert.equal(guest.core.retired, 100);
  });
});
