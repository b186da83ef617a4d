import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';

const [tselect, tdata1, tdata2] = [0x7a0, 0x7a1, 0x7a2];
const mcontrol = 2n << 60n;
const accesses = { load: 1n, store: 2n, execute: 4n } as const;
const modes = { U: 8n, S: 16n, M: 64n } as const;
const at = 0x1000;
const data = BigInt(ramBase + at);
const handler = 0xf00;
const breakpoint = 3n;

/** A trigger of a hart for accesses in M mode, unless said otherwise. */
function arm(
  guest: Guest,
  address: bigint,
  access: keyof typeof accesses,
  { hart = 0, index = 0, mode = modes.M as bigint } = {},
) {
  guest.core.writeCsr(hart, tselect, BigInt(index));
  guest.core.writeCsr(hart, tdata1, mcontrol | accesses[access] | mode);
  guest.core.writeCsr(hart, tdata2, address);
}

/** A guest that makes one access again and again, and has its page in every TLB. */
function accessing(line: string): Guest {
  const guest = new Guest([line, 'addi a3,a3,1', 'jal zero,-8']);
  guest.set({ a0: 0x7766554433221100n, a1: data });
  guest.run(6);
  return guest;
}

/** It has taken the trap before the instruction at an offset of RAM. */
function checkTrapped(guest: Guest, offset: number) {
  assert.equal(guest.pc, handler);
  assert.equal(guest.csr(csrs.mcause), breakpoint);
  assert.equal(guest.csr(csrs.mepc), BigInt(ramBase + offset));
  assert.equal(guest.csr(csrs.mtval), 0n);
}

describe('a trigger', () => {
  it('fires at code that has run before', () => {
    const guest = accessing('addi a2,a2,1');
    arm(guest, BigInt(ramBase + 4), 'execute');
    guest.run(30);
    checkTrapped(guest, 4);
    assert.equal(guest.get('a2'), 3n);
    assert.equal(guest.get('a3'), 2n);
  });

  it('fires in a state that is put back, at code that has run since without it', () => {
    const guest = accessing('addi a2,a2,1');
    arm(guest, BigInt(ramBase + 4), 'execute');
    const armed = guest.core.keep();
    guest.core.writeCsr(0, tdata1, mcontrol);
    guest.run(30);
    assert.equal(guest.csr(csrs.mcause), 0n);
    guest.core.putBack(armed);
    guest.run(30);
    checkTrapped(guest, 4);
  });

  for (const [line, access] of [
    ['ld a2,0(a1)', 'load'],
    ['ld a2,5(a1)', 'load'],
    ['ld a2,-4(a1)', 'load'],
    ['lr.d a2,(a1)', 'load'],
    ['amoadd.d a2,a0,(a1)', 'load'],
    ['sd a0,0(a1)', 'store'],
    ['sd a0,5(a1)', 'store'],
    ['sd a0,-4(a1)', 'store'],
    ['amoadd.d a2,a0,(a1)', 'store'],
  ] as const) {
    it(`fires before the ${access} of ${line} from a page in the TLB`, () => {
      const guest = accessing(line);
      arm(guest, data, access);
      guest.set({ a0: -1n, a2: 0 });
      const before = guest.word(at);
      guest.run(30);
      checkTrapped(guest, 0);
      assert.equal(guest.word(at), before);
      assert.equal(guest.get('a2'), 0n);
    });
  }

  for (const [line, access] of [
    ['lw a2,0(a1)', 'load'],
    ['sw a0,0(a1)', 'store'],
  ] as const) {
    it(`fires before the ${line} that meets its bytes after others of the page`, () => {
      const guest = new Guest([line, 'addi a1,a1,4', 'jal zero,-8']);
      guest.set({ a1: data });
      arm(guest, data + 64n, access);
      guest.run(100);
      checkTrapped(guest, 0);
      assert.equal(guest.get('a1'), data + 64n);
    });
  }

  for (const [access, line] of [
    ['execute', 'addi a2,a2,1'],
    ['load', 'lw a2,0(a1)'],
    ['store', 'sw a2,0(a1)'],
  ] as const) {
    it(`fires at the instruction behind the one that sets it: ${access}`, () => {
      const guest = new Guest([line, 'csrrw zero,tdata2,a3', 'csrrw zero,tdata1,a4', line, 'jal zero,-4']);
      const address = access === 'execute' ? BigInt(ramBase + 12) : data;
      guest.set({ a1: data, a3: address, a4: mcontrol | modes.M | accesses[access] });
      guest.run(30);
      checkTrapped(guest, 12);
    });
  }

  it('lets other bytes of its page, and other accesses to its own, pass', () => {
    const guest = accessing('ld a2,0(a1)');
    for (const [address, access] of [
      [data + 8n, 'load'],
      [data - 8n, 'load'],
      [data, 'store'],
    ] as const) {
      arm(guest, address, access);
      const pc = guest.pc;
      guest.run(30);
      assert.equal(guest.pc, pc);
    }
  });

  it('is of its own hart', () => {
    const guest = new Guest(['ld a2,0(a1)', 'jal zero,-4'], { hartCount: 2 });
    guest.core.reset(1, BigInt(ramBase));
    guest.core.writeCsr(1, csrs.mtvec, BigInt(ramBase + handler));
    for (const hart of [0, 1]) guest.set({ a1: data }, hart);
    arm(guest, data, 'load', { hart: 1 });
    arm(guest, BigInt(ramBase + 4), 'execute', { hart: 1, index: 1 });
    guest.run(5, 0);
    guest.run(5, 1);
    assert.equal(guest.pc, 4);
    assert.equal(guest.core.pc.get(1), BigInt(ramBase + handler));
    assert.equal(guest.core.readCsr(0, tdata1), mcontrol);
  });

  it('has its own modes, whatever the other is set to', () => {
    const guest = accessing('ld a2,0(a1)');
    arm(guest, data, 'load', { mode: modes.U });
    arm(guest, data, 'store', { index: 1 });
    const pc = guest.pc;
    guest.run(30);
    assert.equal(guest.pc, pc);
  });

  it('fires where nothing can be fetched', () => {
    const guest = new Guest(['jalr zero,0(a0)']);
    guest.set({ a0: 0x1000n });
    arm(guest, 0x1000n, 'execute');
    guest.run(3);
    checkTrapped(guest, 0x1000 - ramBase);
  });

  it('fires before the protection of its page', () => {
    const guest = accessing('sd a0,0(a1)');
    guest.core.pages.protectAll();
    arm(guest, data, 'store');
    assert.equal(guest.run(30).kind, 'count');
    checkTrapped(guest, 0);
  });

  it('and a breakpoint of a debugger at the same instruction: the debugger is first, and not seen by the guest', () => {
    const [watched, alone] = [accessing('addi a2,a2,1'), accessing('addi a2,a2,1')];
    for (const guest of [watched, alone]) arm(guest, BigInt(ramBase + 4), 'execute');
    watched.core.setBreakpoints([BigInt(ramBase + 4)]);
    assert.equal(watched.run(30).kind, 'breakpoint');
    assert.equal(watched.pc, 4);
    const first = watched.core.retired;
    watched.run(30 - first);
    alone.run(30);
    checkTrapped(watched, 4);
    assert.equal(watched.core.stateHash(), alone.core.stateHash());
  });

  it('and bytes that a debugger watches: an access that the trigger prevents is none', () => {
    const guest = accessing('sd a0,0(a1)');
    arm(guest, data, 'store');
    guest.core.watch([{ offset: at, byteCount: 8, reads: false, writes: true }]);
    assert.equal(guest.run(30).kind, 'count');
    checkTrapped(guest, 0);
    assert.deepEqual(guest.core.watchHits, []);
    guest.core.writeCsr(0, tdata1, mcontrol);
    guest.core.pc.set(0, BigInt(ramBase));
    assert.equal(guest.run(30).kind, 'requested');
    assert.equal(guest.core.watchHits.length, 1);
    guest.core.watch([]);
    arm(guest, data, 'store');
    guest.run(30);
    checkTrapped(guest, 0);
  });

  it('is off after a reset', () => {
    const guest = accessing('ld a2,0(a1)');
    arm(guest, data, 'load', { index: 1 });
    guest.core.reset(0, BigInt(ramBase));
    assert.deepEqual(guest.core.triggers(0), {
      selected: 0,
      triggers: [0, 1].map(() => ({ tdata1: mcontrol, tdata2: 0n })),
    });
  });
});
