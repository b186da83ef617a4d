import assert from 'node:assert/strict';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';

const base = BigInt(ramBase);
const [user, supervisor, machine] = [0, 1, 3] as const;
const [V, R, W, X, U, A, D] = [1n, 2n, 4n, 8n, 16n, 64n, 128n] as const;
const rootOffset = 0x10000;
const dataOffset = 0x20000;
/** Virtual addresses of the code's page (at the start of RAM) and of the data's. */
const code = 0x4000_0000n;
const data = 0x4000_1000n;

interface Space {
  readonly levels?: 3 | 4 | 5;
  readonly codeFlags?: bigint;
  readonly dataFlags?: bigint;
}

/** Code at `code`, data at `data`, in 4 KiB pages; traps stay in M mode, whose handler loops. */
function guestWith(lines: readonly string[], privilege: number, space: Space = {}): Guest {
  const { levels = 3, codeFlags = V | R | X | A, dataFlags = V | R | W } = space;
  const guest = new Guest(lines);
  const owner = privilege === user ? U : 0n;
  let table = rootOffset;
  for (let level = levels - 1; level > 0; level--) {
    const below = table + 0x1000;
    guest.putWord(table + Number((code >> BigInt(12 + 9 * level)) & 511n) * 8, pte(below, V));
    table = below;
  }
  guest.putWord(table, pte(0, codeFlags | owner));
  guest.putWord(table + 8, pte(dataOffset, dataFlags | owner));
  guest.core.writeCsr(0, csrs.satp, (BigInt(levels + 5) << 60n) | ((base + BigInt(rootOffset)) >> 12n));
  guest.core.setPrivilege(0, privilege);
  guest.core.pc.set(0, code);
  guest.set({ a1: data });
  return guest;
}

function pte(offset: number, flags: bigint): bigint {
  return ((base + BigInt(offset)) >> 2n) | flags;
}

/** Where the entry of `data` stands. */
const leaf = (levels: number) => rootOffset + 0x1000 * (levels - 1) + 8;

describe('translation', () => {
  for (const levels of [3, 4, 5] as const) {
    for (const [name, privilege] of [
      ['U', user],
      ['S', supervisor],
    ] as const) {
      it(`walks ${levels} levels for loads and stores in ${name} mode and sets A and D`, () => {
        const guest = guestWith(['ld a0,0(a1)', 'addi a0,a0,1', 'sd a0,8(a1)', 'jal zero,0'], privilege, { levels });
        guest.putWord(dataOffset, 41n);
        guest.run(1);
        assert.equal(guest.word(leaf(levels)) & (A | D), A);
        guest.run(2);
        assert.equal(guest.word(dataOffset + 8), 42n);
        assert.equal(guest.word(leaf(levels)) & (A | D), A | D);
      });
    }
  }

  it('faults where the page says so, and leaves A and D alone', () => {
    for (const [line, privilege, flags, cause] of [
      ['ld a0,0(a1)', user, 0n, 13n],
      ['sd a0,0(a1)', user, 0n, 15n],
      ['sd a0,0(a1)', user, V | R, 15n],
      ['ld a0,0(a1)', user, V | X, 13n],
      ['ld a0,0(a1)', user, V | W, 13n],
      ['ld a0,0(a1)', user, V | R | W | (1n << 60n), 13n],
      ['amoadd.d a0,a0,(a1)', user, V | R, 15n],
      ['jalr zero,0(a1)', user, V | R | W, 12n],
    ] as const) {
      const guest = guestWith([line], privilege, { dataFlags: flags });
      guest.run(line.startsWith('jalr') ? 2 : 1);
      assert.equal(guest.csr(csrs.mcause), cause, `${line} with ${flags}`);
      assert.equal(guest.csr(csrs.mtval), data);
      assert.equal(guest.word(leaf(3)) & (A | D), 0n);
    }
  });

  it('of an address that is not sign-extended faults', () => {
    const guest = guestWith(['ld a0,0(a1)'], supervisor);
    guest.set({ a1: 1n << 39n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 13n);
  });

  for (const [name, bit, flags] of [
    ['lets S mode into a user page with SUM only', 18n, V | R | W | X | U],
    ['reads an executable page with MXR only', 19n, V | X],
  ] as const) {
    it(name, () => {
      const guest = guestWith(['ld a0,0(a1)', 'ld a2,0(a1)'], supervisor, { dataFlags: flags });
      guest.putWord(dataOffset, 5n);
      guest.core.writeCsr(0, csrs.mstatus, 1n << bit);
      guest.run(1);
      assert.equal(guest.get('a0'), 5n);
      guest.core.writeCsr(0, csrs.mstatus, 0n);
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), 13n);
    });
  }

  it('never lets S mode execute a user page', () => {
    const guest = guestWith(['addi a0,zero,1'], supervisor, { codeFlags: V | R | X | U });
    guest.core.writeCsr(0, csrs.mstatus, 1n << 18n);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 12n);
  });

  it('applies to M mode with MPRV, for data only', () => {
    const guest = guestWith(['ld a0,0(a1)', 'csrrc zero,mstatus,a2', 'ld a3,0(a1)'], supervisor);
    guest.putWord(dataOffset, 5n);
    guest.core.setPrivilege(0, machine);
    guest.core.writeCsr(0, csrs.mstatus, (1n << 17n) | (1n << 11n));
    guest.core.pc.set(0, base);
    guest.set({ a2: 1n << 17n });
    guest.run(3);
    assert.equal(guest.get('a0'), 5n);
    assert.equal(guest.csr(csrs.mcause), 5n);
  });

  it('holds large pages, which must be aligned', () => {
    for (const [offset, cause] of [
      [0, 0n],
      [0x1000, 13n],
    ] as const) {
      const guest = guestWith(['ld a0,0(a1)', 'jal zero,0'], supervisor);
      guest.putWord(dataOffset, 7n);
      guest.putWord(rootOffset + 0x1000 + 8, pte(offset, V | R));
      guest.set({ a1: code + 0x20_0000n + BigInt(dataOffset) });
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), cause);
      if (cause === 0n) assert.equal(guest.get('a0'), 7n);
    }
  });

  it('changes with sfence.vma', () => {
    const guest = guestWith(['ld a0,0(a1)', 'sfence.vma zero,zero', 'ld a2,0(a1)'], supervisor);
    guest.putWord(dataOffset, 5n);
    guest.putWord(dataOffset + 0x1000, 6n);
    guest.run(1);
    guest.putWord(leaf(3), pte(dataOffset + 0x1000, V | R));
    guest.run(2);
    assert.equal(guest.get('a0'), 5n);
    assert.equal(guest.get('a2'), 6n);
  });

  it('of one access that spans two pages needs both, and a store writes both or none', () => {
    const codeFlags = V | R | W | X;
    const guest = guestWith(['sd a0,-4(a1)'], supervisor, { dataFlags: V | R, codeFlags });
    guest.set({ a0: -1n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 15n);
    assert.equal(guest.csr(csrs.mtval), data);
    assert.equal(guest.word(0xff8), 0n);
    const whole = guestWith(['sd a0,-4(a1)'], supervisor, { codeFlags });
    whole.set({ a0: -1n });
    whole.run(1);
    assert.equal(whole.word(0xff8), 0xffff_ffff_0000_0000n);
    assert.equal(whole.word(dataOffset), 0xffff_ffffn);
  });

  it("of an instruction on two pages faults with the second one's address", () => {
    const guest = guestWith([], supervisor, { dataFlags: 0n });
    guest.put(0xffe, ['.half 0x0513']);
    guest.core.pc.set(0, code + 0xffen);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 12n);
    assert.equal(guest.csr(csrs.mtval), data);
    assert.equal(guest.csr(csrs.mepc), code + 0xffen);
  });

  it('can be asked without side effects', () => {
    const guest = guestWith([], user);
    assert.equal(guest.core.translate(0, data + 5n, 'write'), ramBase + dataOffset + 5);
    assert.equal(guest.core.translate(0, data, 'execute'), undefined);
    assert.equal(guest.core.translate(0, data + 0x1000n, 'read'), undefined);
    assert.equal(guest.word(leaf(3)) & (A | D), 0n);
  });
});

describe('PMP', () => {
  const [read, write, execute, tor, napot, locked] = [1n, 2n, 4n, 1n << 3n, 3n << 3n, 0x80n] as const;
  const everything = (1n << 54n) - 1n;
  const page = ((base + 0x1000n) >> 2n) | 0x1ffn;

  /** Entry 0 as given; entry 1 allows everything that `rest` says. */
  function guestUnder(
    config: bigint,
    address: bigint,
    privilege: number,
    lines: readonly string[],
    rest = read | write | execute,
  ): Guest {
    const guest = new Guest(lines);
    guest.core.writeCsr(0, csrs.pmpaddr0, address);
    guest.core.writeCsr(0, csrs.pmpaddr0 + 1, everything);
    guest.core.writeCsr(0, csrs.pmpcfg0, config | ((napot | rest) << 8n));
    guest.core.setPrivilege(0, privilege);
    guest.set({ a1: base + 0x1000n });
    return guest;
  }

  it('without any entry leaves everything to M mode and nothing to others', () => {
    for (const [privilege, cause] of [
      [machine, 0n],
      [supervisor, 1n],
      [user, 1n],
    ] as const) {
      const guest = new Guest(['ld a0,0(a1)']);
      guest.core.writeCsr(0, csrs.pmpcfg0, 0n);
      guest.core.setPrivilege(0, privilege);
      guest.set({ a1: base });
      guest.run(1);
      assert.equal(guest.csr(csrs.mcause), cause);
    }
  });

  it('without any entry refuses a load in M mode that has the rights of U mode', () => {
    const guest = new Guest(['ld a0,0(a1)']);
    guest.core.writeCsr(0, csrs.pmpcfg0, 0n);
    guest.core.writeCsr(0, csrs.mstatus, 1n << 17n);
    guest.set({ a1: base + 0x1000n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 5n);
  });

  it('refuses a store to a read-only range in S mode, and in M mode only when locked', () => {
    for (const [privilege, config, cause] of [
      [supervisor, napot | read, 7n],
      [machine, napot | read, 0n],
      [machine, napot | read | locked, 7n],
    ] as const) {
      const guest = guestUnder(config, page, privilege, ['ld a0,0(a1)', 'sd a0,0(a1)', 'jal zero,0']);
      guest.run(2);
      assert.equal(guest.csr(csrs.mcause), cause);
    }
  });

  it('divides a page where an entry ends within it', () => {
    const lines = ['sd a0,8(a1)', 'sd a0,16(a1)'];
    const top = (base + 0x1010n) >> 2n;
    const guest = guestUnder(tor | read | write | execute, top, user, lines, read | execute);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 0n);
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 7n);
    assert.equal(guest.csr(csrs.mtval), base + 0x1010n);
  });

  it('refuses to fetch what may not be executed', () => {
    const guest = guestUnder(napot | read, page, supervisor, ['jalr zero,0(a1)']);
    guest.run(2);
    assert.equal(guest.csr(csrs.mcause), 1n);
    assert.equal(guest.csr(csrs.mepc), base + 0x1000n);
  });

  it('keeps a locked entry as it is', () => {
    const guest = new Guest([
      'csrrw zero,pmpaddr0,a0',
      'csrrw zero,pmpcfg0,a0',
      'csrrs a2,pmpcfg0,zero',
      'csrrs a3,pmpaddr0,zero',
    ]);
    guest.core.writeCsr(0, csrs.pmpaddr0, 77n);
    guest.core.writeCsr(0, csrs.pmpcfg0, locked);
    guest.set({ a0: 0x1f00n });
    guest.run(4);
    assert.equal(guest.get('a2'), 0x1f00n | locked);
    assert.equal(guest.get('a3'), 77n);
  });

  it('has sixteen entries of 54 bits and no others', () => {
    const guest = new Guest(['csrrw zero,pmpaddr15,a0', 'csrrs a1,pmpaddr15,zero', 'csrrs a2,0x3c0,zero']);
    guest.set({ a0: -1n });
    guest.run(3);
    assert.equal(guest.get('a1'), everything);
    assert.equal(guest.csr(csrs.mcause), 2n);
  });

  it('takes 54 bits of what a restore writes, as QEMU keeps all 64', () => {
    const guest = new Guest([]);
    guest.core.writeCsr(0, 0x3b1, 2n ** 64n - 1n);
    assert.equal(guest.core.readCsr(0, 0x3b1), everything);
  });
});
