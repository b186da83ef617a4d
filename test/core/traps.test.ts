import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest, handlerOffset } from './guest';

const base = BigInt(ramBase);
const interrupt = 1n << 63n;
const [user, supervisor, machine] = [0, 1, 3];
const sHandler = 0xe00;

/** A guest about to execute in a lower mode, with a handler for S mode too. */
function guestIn(privilege: number, lines: readonly string[]): Guest {
  const guest = new Guest(lines);
  guest.put(sHandler, ['jal zero,0']);
  guest.core.writeCsr(0, csrs.stvec, base + BigInt(sHandler));
  guest.core.setPrivilege(0, privilege);
  return guest;
}

describe('a trap', () => {
  it('leaves the pc, the cause and the value, and enters M mode', () => {
    const guest = guestIn(user, ['addi a0,zero,1', 'ecall']);
    guest.core.writeCsr(0, csrs.mstatus, 8n);
    guest.run(2);
    assert.equal(guest.csr(csrs.mepc), base + 4n);
    assert.equal(guest.csr(csrs.mcause), 8n);
    assert.equal(guest.core.privilege(0), machine);
    // MPP is U, MPIE holds MIE, MIE is off.
    assert.equal(guest.csr(csrs.mstatus) & 0x1888n, 0x80n);
    assert.equal(guest.pc, handlerOffset);
  });

  it('does not count as a retired instruction', () => {
    const guest = new Guest(['addi a0,zero,1', 'ecall']);
    guest.run(3);
    assert.equal(guest.core.retired, 3);
    assert.equal(guest.csr(0xb02), 3n);
  });

  for (const [name, privilege, cause] of [
    ['U', user, 8n],
    ['S', supervisor, 9n],
    ['M', machine, 11n],
  ] as const) {
    it(`of ecall in ${name} mode has cause ${cause}`, () => {
      const guest = guestIn(privilege, ['ecall']);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), cause);
    });
  }

  it('of an illegal instruction has its bits as the value', () => {
    for (const [line, bits] of [
      ['.word 0xffffffff', 0xffffffffn],
      ['.half 0', 0n],
      ['.half 0x8002', 0x8002n],
    ] as const) {
      const guest = new Guest([line]);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 2n);
      assert.equal(guest.csr(csrs.mtval), bits);
    }
  });

  it('delegated by medeleg enters S mode from below and M mode from M', () => {
    const guest = guestIn(user, ['ebreak']);
    guest.core.writeCsr(0, csrs.medeleg, 8n);
    guest.run(1);
    assert.equal(guest.core.privilege(0), supervisor);
    assert.equal(guest.csr(csrs.scause), 3n);
    assert.equal(guest.csr(csrs.sepc), base);
    assert.equal(guest.pc, sHandler);
    const inM = guestIn(machine, ['ebreak']);
    inM.core.writeCsr(0, csrs.medeleg, 8n);
    inM.run(1);
    assert.equal(inM.csr(csrs.mcause), 3n);
  });

  it('is undone by mret and sret', () => {
    const guest = new Guest(['mret']);
    guest.put(0x100, ['sret']);
    guest.core.writeCsr(0, csrs.mepc, base + 0x100n);
    guest.core.writeCsr(0, csrs.sepc, base + 0x200n);
    // MPP is S, SPP is U, MPIE and SPIE are on.
    guest.core.writeCsr(0, csrs.mstatus, 0x8a0n);
    guest.run(1);
    assert.equal(guest.core.privilege(0), supervisor);
    assert.equal(guest.pc, 0x100);
    assert.equal(guest.csr(csrs.mstatus) & 0x88n, 0x88n);
    guest.run(1);
    assert.equal(guest.core.privilege(0), user);
    assert.equal(guest.pc, 0x200);
    assert.equal(guest.csr(csrs.mstatus) & 0x122n, 0x22n);
  });

  it('with no handler ends the run and is seen in trapsInARow', () => {
    const guest = new Guest(['ecall']);
    guest.core.writeCsr(0, csrs.mtvec, 0n);
    assert.deepEqual(guest.run(1000), { kind: 'requested' });
    assert.ok(guest.core.trapsInARow(0) >= 100);
  });

  it('of the privileged instructions strikes those who may not use them', () => {
    for (const [privilege, line] of [
      [user, 'mret'],
      [supervisor, 'mret'],
      [user, 'sret'],
      [user, 'wfi'],
      [user, 'sfence.vma zero,zero'],
      [user, 'csrrs a0,sstatus,zero'],
      [supervisor, 'csrrs a0,mstatus,zero'],
      [machine, 'csrrw a0,mhartid,a0'],
      [machine, 'csrrs a0,hstatus,zero'],
      [supervisor, 'csrrs a0,stimecmp,zero'],
      [machine, 'csrrs a0,fcsr,zero'],
      [user, 'csrrs a0,cycle,zero'],
    ] as const) {
      const guest = guestIn(privilege, [line]);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 2n, line);
    }
  });

  it('keeps stimecmp from S mode unless mcounteren.TM and menvcfg.STCE are set', () => {
    for (const [counters, stce, isAllowed] of [
      [0n, 0n, false],
      [2n, 0n, false],
      [0n, 1n, false],
      [2n, 1n, true],
    ] as const) {
      const guest = guestIn(supervisor, ['csrrs a0,stimecmp,zero']);
      guest.core.writeCsr(0, 0x306, counters);
      guest.core.writeCsr(0, 0x30a, stce << 63n);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), isAllowed ? 0n : 2n);
    }
  });

  it('follows TVM, TW and TSR in S mode', () => {
    for (const [bit, line] of [
      [20n, 'csrrs a0,satp,zero'],
      [20n, 'sfence.vma zero,zero'],
      [21n, 'wfi'],
      [22n, 'sret'],
    ] as const) {
      const guest = guestIn(supervisor, [line]);
      guest.core.writeCsr(0, csrs.mstatus, 1n << bit);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 2n, line);
    }
  });
});

describe('an interrupt', () => {
  const loop = ['addi a0,a0,1', 'jal zero,-4'];

  it('is taken between the two instructions where it comes', () => {
    const guest = new Guest(loop);
    guest.core.writeCsr(0, csrs.mie, 0x80n);
    guest.core.writeCsr(0, csrs.mstatus, 8n);
    guest.run(5);
    guest.core.setInterruptLine(0, 7, true);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), interrupt | 7n);
    assert.equal(guest.csr(csrs.mepc), base + 4n);
    assert.equal(guest.get('a0'), 3n);
  });

  it('waits until it is enabled, then comes behind the instruction that enables it', () => {
    const guest = new Guest(['addi a0,zero,1', 'csrrsi zero,mstatus,8', 'addi a0,zero,2']);
    guest.core.writeCsr(0, csrs.mie, 0x8n);
    guest.core.setInterruptLine(0, 3, true);
    guest.run(3);
    assert.equal(guest.csr(csrs.mepc), base + 8n);
    assert.equal(guest.get('a0'), 1n);
  });

  it('of more urgency comes first', () => {
    const guest = new Guest(loop);
    for (const bit of [3, 7, 11]) guest.core.setInterruptLine(0, bit, true);
    guest.core.writeCsr(0, csrs.mie, 0x888n);
    guest.core.writeCsr(0, csrs.mstatus, 8n);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), interrupt | 11n);
  });

  it('goes to its own entry where mtvec is vectored', () => {
    const guest = new Guest(loop);
    guest.put(0x400 + 4 * 7, ['jal zero,0']);
    guest.core.writeCsr(0, csrs.mtvec, base + 0x401n);
    guest.core.setInterruptLine(0, 7, true);
    guest.core.writeCsr(0, csrs.mie, 0x80n);
    guest.core.writeCsr(0, csrs.mstatus, 8n);
    guest.run(1);
    assert.equal(guest.pc, 0x400 + 4 * 7);
  });

  it('delegated to S mode is taken there, whatever MIE says, and never in M mode', () => {
    const guest = guestIn(user, loop);
    guest.core.writeCsr(0, csrs.mideleg, 0x222n);
    guest.core.writeCsr(0, csrs.mie, 0x200n);
    guest.core.setInterruptLine(0, 9, true);
    guest.run(1);
    assert.equal(guest.core.privilege(0), supervisor);
    assert.equal(guest.csr(csrs.scause), interrupt | 9n);
    const inM = guestIn(machine, loop);
    inM.core.writeCsr(0, csrs.mideleg, 0x222n);
    inM.core.writeCsr(0, csrs.mie, 0x200n);
    inM.core.setInterruptLine(0, 9, true);
    inM.run(2);
    assert.equal(inM.get('a0'), 1n);
  });

  it("that a device holds up is not made the software's by a read and write back of mip", () => {
    const guest = new Guest(['csrrsi a0,mip,2']);
    guest.core.setInterruptLine(0, 9, true);
    guest.run(1);
    assert.equal(guest.get('a0'), 0x200n);
    guest.core.setInterruptLine(0, 9, false);
    assert.equal(guest.csr(csrs.mip), 2n);
  });
});

describe('wfi', () => {
  it('stops the run behind itself', () => {
    const guest = new Guest(['wfi', 'addi a0,zero,1']);
    assert.deepEqual(guest.run(10), { kind: 'wfi' });
    assert.equal(guest.core.retired, 1);
    assert.equal(guest.pc, 4);
    guest.run(1);
    assert.equal(guest.get('a0'), 1n);
  });

  it('goes on at once if an interrupt is pending, though not enabled globally', () => {
    const guest = new Guest(['wfi', 'addi a0,zero,1']);
    guest.core.writeCsr(0, csrs.mie, 0x80n);
    assert.equal(guest.core.interruptPending(0), false);
    guest.core.setInterruptLine(0, 7, true);
    assert.equal(guest.core.interruptPending(0), true);
    guest.run(2);
    assert.equal(guest.get('a0'), 1n);
  });
});

describe('a performance counter', () => {
  const [event3, counter3, inhibit, minstret] = ['mhpmevent3', 'mhpmcounter3', 'mcountinhibit', 'minstret'];

  it('counts instructions once its event says so, from what is written to it', () => {
    const guest = new Guest([
      `csrrs a0,${counter3},zero`,
      `csrrwi zero,${event3},2`,
      `csrrs a1,${counter3},zero`,
      'addi zero,zero,0',
      `csrrs a2,${counter3},zero`,
      `csrrwi zero,${counter3},20`,
      `csrrs a3,${counter3},zero`,
      `csrrwi zero,${event3},0`,
      'addi zero,zero,0',
      `csrrs a4,${counter3},zero`,
    ]);
    guest.run(10);
    assert.deepEqual(
      ['a0', 'a1', 'a2', 'a3', 'a4'].map((name) => guest.get(name)),
      [0n, 0n, 2n, 20n, 22n],
    );
  });

  it('stands still while mcountinhibit says so, and goes on from there', () => {
    const guest = new Guest([
      `csrrwi zero,${inhibit},4`,
      `csrrs a0,${minstret},zero`,
      'addi zero,zero,0',
      `csrrs a1,${minstret},zero`,
      `csrrwi zero,${inhibit},0`,
      'addi zero,zero,0',
      `csrrs a2,${minstret},zero`,
    ]);
    guest.run(7);
    assert.deepEqual(
      ['a0', 'a1', 'a2'].map((name) => guest.get(name)),
      [1n, 1n, 2n],
    );
  });

  it('of a hart that has run longer hashes alike when it reads alike', () => {
    const [short, long] = [
      new Guest(['addi zero,zero,0', 'jal zero,-4']),
      new Guest(['addi zero,zero,0', 'jal zero,-4']),
    ];
    short.run(2);
    long.run(20);
    assert.notEqual(short.core.stateHash(), long.core.stateHash());
    for (const { core } of [short, long]) for (const csr of [0xb00, 0xb02]) core.writeCsr(0, csr, 7n);
    assert.equal(short.core.stateHash(), long.core.stateHash());
  });
});

describe('a CSR', () => {
  it('read and written by the forms of csrr', () => {
    const guest = new Guest([
      'csrrw a0,mscratch,a1',
      'csrrs a2,mscratch,a3',
      'csrrc a4,mscratch,a5',
      'csrrwi a6,mscratch,21',
      'csrrs a7,mscratch,zero',
    ]);
    guest.set({ a1: 0xf0n, a3: 0x0fn, a5: 0x81n });
    guest.run(5);
    assert.deepEqual(
      ['a0', 'a2', 'a4', 'a6', 'a7'].map((name) => guest.get(name)),
      [0n, 0xf0n, 0xffn, 0x7en, 21n],
    );
  });

  it('counts instructions, cycles and time', () => {
    const guest = new Guest(['addi a0,a0,1', 'csrrs a1,instret,zero', 'csrrs a2,cycle,zero', 'csrrs a3,time,zero']);
    guest.clockNs = 12_345;
    guest.run(4);
    assert.deepEqual(
      ['a1', 'a2', 'a3'].map((name) => guest.get(name)),
      [1n, 2n, 123n],
    );
  });

  it('minstret reads in the next instruction what was written', () => {
    const guest = new Guest(['csrrw zero,minstret,a1', 'csrrs a2,minstret,zero', 'csrrs a3,minstret,zero']);
    guest.set({ a1: 1000n });
    guest.run(3);
    assert.equal(guest.get('a2'), 1000n);
    assert.equal(guest.get('a3'), 1001n);
  });

  it('misa says RV64IMAFDCSU', () => {
    const misa = new Guest().csr(csrs.misa);
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((_, bit) => (misa >> BigInt(bit)) & 1n);
    assert.equal(letters.join(''), 'ACDFIMSU');
  });

  it('keeps a legal MPP and a supported satp', () => {
    const guest = new Guest(['csrrw zero,mstatus,a0', 'csrrw zero,satp,a1']);
    guest.core.writeCsr(0, csrs.mstatus, 0x1800n);
    guest.set({ a0: 0x1000n, a1: 11n << 60n });
    guest.run(2);
    assert.equal(guest.csr(csrs.mstatus) & 0x1800n, 0x1800n);
    assert.equal(guest.csr(csrs.satp), 0n);
  });
});
