import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type GuestCore, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';

const [V, R, W, X, A, D] = [1n, 2n, 4n, 8n, 64n, 128n] as const;
const base = BigInt(ramBase);
/** Offsets in RAM. */
const [handler, code, root, leaves, frames] = [0xf00, 0x1000, 0x10000, 0x12000, 0x20000] as const;
/** Virtual pages: the code's, the leaf table's own, and those of data. */
const start = 0x4000_0000n;
const table = start + 0x1000n;
const dataPageCount = 3;
const instructionCount = 60;

const pte = (offset: number, flags: bigint) => ((base + BigInt(offset)) >> 2n) | flags;

/** What a guest may store into an entry of the leaf table, by register. */
const entries = {
  t0: pte(frames, V | R | W | A | D),
  t1: pte(frames, V | R | W | A),
  t2: pte(frames, V | R | W),
  t3: pte(frames + 0x1000, V | R | A),
  t4: pte(code, V | R | X),
  t5: 0n,
} as const;

const dataPage = fc.integer({ min: 0, max: dataPageCount - 1 });
const registers = fc.constantFrom(...(Object.keys(entries) as (keyof typeof entries)[]));
const access = fc
  .tuple(fc.constantFrom('ld a0,0(s%)', 'sd a2,0(s%)', 'amoadd.d a0,a2,(s%)', 'lr.d a0,(s%)', 'sd a2,-4(s%)'), dataPage)
  .map(([line, page]) => line.replace('%', String(page + 2)));
const changesEntry = fc.tuple(registers, dataPage).map(([register, page]) => `sd ${register},${(page + 2) * 8}(a1)`);
/** The code's own page has not been accessed, as far as its entry says. */
const forgetsCode = fc.constant('sd t4,0(a1)');
const programs = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: access },
    { weight: 3, arbitrary: changesEntry },
    { weight: 1, arbitrary: forgetsCode },
  ),
  { minLength: instructionCount, maxLength: instructionCount },
);

/** Each hart runs the program in S mode, from the line at which it starts; a trap skips its instruction. */
function load(lines: readonly string[], hartCount: number): Guest {
  const guest = new Guest([], { hartCount, ramByteCount: 1 << 18 });
  guest.put(code, [...lines, `jal zero,${-4 * lines.length}`]);
  guest.put(handler, [
    ...['csrrw t6,mscratch,t6', 'csrrs t6,mepc,zero', 'addi t6,t6,4', 'csrrw zero,mepc,t6'],
    ...['csrrw t6,mscratch,t6', 'mret'],
  ]);
  guest.putWord(root + 8, pte(root + 0x1000, V));
  guest.putWord(root + 0x1000, pte(leaves, V));
  guest.putWord(leaves, pte(code, V | R | X));
  guest.putWord(leaves + 8, pte(leaves, V | R | W));
  for (let page = 0; page < dataPageCount; page++) guest.putWord(leaves + 8 * (page + 2), pte(frames, V | R | W));
  for (let hart = 0; hart < hartCount; hart++) {
    guest.core.writeCsr(hart, csrs.mtvec, base + BigInt(handler));
    guest.core.writeCsr(hart, csrs.pmpaddr0, (1n << 54n) - 1n);
    guest.core.writeCsr(hart, csrs.pmpcfg0, 0x1fn);
    guest.core.writeCsr(hart, csrs.satp, (8n << 60n) | ((base + BigInt(root)) >> 12n));
    guest.core.setPrivilege(hart, 1);
    guest.core.pc.set(hart, start + BigInt(40 * hart));
    guest.set({ a1: table, a2: 1n, ...entries }, hart);
    for (let page = 0; page < dataPageCount; page++) {
      guest.set({ [`s${page + 2}`]: table + 0x1000n * BigInt(page + 1) }, hart);
    }
  }
  return guest;
}

/** What a debugger or a VMM does to a machine that does not move, each of which takes pages out of TLBs. */
const looks: ((core: GuestCore) => void)[] = [
  () => {},
  (core) => core.setBreakpoints([]),
  (core) => core.pages.startPreserving(() => {}),
  (core) => core.pages.stopPreserving(),
  (core) => {
    core.pages.protectAll();
    core.pages.unprotectAll();
  },
  (core) => core.watch([{ offset: frames, byteCount: 0x2000, reads: true, writes: false }]),
  (core) => core.watch([]),
  (core) => core.writeCsr(0, csrs.satp, core.readCsr(0, csrs.satp)!),
];

describe('what a TLB holds', () => {
  for (const [hartCount, harts] of [
    [1, 'one hart'],
    [2, 'two harts'],
  ] as const) {
    it(`cannot be seen by a guest on ${harts} that writes page tables and never fences`, () => {
      const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...looks)), { minLength: 30 });
      fc.assert(
        fc.property(programs, steps, (lines, parts) => {
          const [plain, seen] = [load(lines, hartCount), load(lines, hartCount)];
          for (const [index, [count, look]] of parts.entries()) {
            plain.run(count, index % hartCount);
            look(seen.core);
            // One after the other.
            for (let left = count; left > 0; left--) seen.run(1, index % hartCount);
            assert.equal(seen.core.stateHash(), plain.core.stateHash(), `part ${index}`);
          }
        }),
        { numRuns: 40 },
      );
    });
  }

  it('of the page that a hart executes is forgotten, too, when the page table changes or is another one', () => {
    const changes: ((guest: Guest) => void)[] = [
      (guest) => guest.putWord(leaves, pte(frames, V | R | X)),
      (guest) => guest.core.writeCsr(0, csrs.satp, (8n << 60n) | ((base + BigInt(root + 0x4000)) >> 12n)),
    ];
    for (const change of changes) {
      const guest = load(['addi a0,a0,1', 'addi a0,a0,1', 'addi a0,a0,1', 'addi a0,a0,1'], 1);
      guest.put(frames, ['jal zero,0', 'jal zero,0', 'addi a0,a0,100']);
      // Of another root.
      guest.putWord(root + 0x4000 + 8, pte(root + 0x5000, V));
      guest.putWord(root + 0x5000, pte(root + 0x6000, V));
      guest.putWord(root + 0x6000, pte(frames, V | R | X));
      guest.run(2);
      change(guest);
      guest.run(1);
      assert.equal(guest.get('a0'), 102n);
    }
  });

  it('is forgotten when a device, or a debugger, writes the page table', () => {
    const guest = load(['ld a0,0(s2)', 'ld a0,0(s2)', 'jal zero,0'], 1);
    guest.putWord(frames, 5n);
    guest.putWord(frames + 0x1000, 6n);
    guest.run(1);
    assert.equal(guest.get('a0'), 5n);
    guest.putWord(leaves + 16, entries.t3);
    guest.run(1);
    assert.equal(guest.get('a0'), 6n);
  });

  it('is forgotten when an entry above the last level changes, in a table that serves as one of the last level, too', () => {
    const guest = load(['ld a0,0(s2)', 'ld a0,0(s5)', 'ld a0,0(s2)', 'jal zero,0'], 1);
    const [above, others] = [root + 0x1000, 0x14000];
    guest.putWord(above + 8, pte(above, V));
    guest.putWord(above + 40, entries.t3);
    guest.set({ s5: start + 0x20_5000n });
    guest.putWord(others, pte(code, V | R | X));
    guest.putWord(others + 16, entries.t3);
    guest.putWord(frames, 5n);
    guest.putWord(frames + 0x1000, 6n);
    guest.run(1);
    assert.equal(guest.get('a0'), 5n);
    guest.run(1);
    assert.equal(guest.get('a0'), 6n);
    guest.set({ a0: 0n });
    guest.putWord(above, pte(others, V));
    guest.run(1);
    assert.equal(guest.get('a0'), 6n);
  });
});
