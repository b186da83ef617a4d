import assert from 'node:assert/strict';
import type { Bus } from '../../debug-adapter/emulator/core/bus';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';

const base = BigInt(ramBase);
const pattern = 0x8182_8384_8586_8788n;

describe('a load', () => {
  const expected: Readonly<Record<string, bigint>> = {
    lb: BigInt.asUintN(64, -0x78n),
    lbu: 0x88n,
    lh: BigInt.asUintN(64, BigInt.asIntN(16, pattern)),
    lhu: 0x8788n,
    lw: BigInt.asUintN(64, BigInt.asIntN(32, pattern)),
    lwu: 0x8586_8788n,
    ld: pattern,
  };
  for (const [mnemonic, value] of Object.entries(expected)) {
    for (const offset of [0x1000, 0x1001, 0x1ffd, 0x1fff]) {
      it(`${mnemonic} extends what it reads at ${offset.toString(16)}, hit or miss`, () => {
        const guest = new Guest([`${mnemonic} a0,0(a1)`, `${mnemonic} a2,0(a1)`]);
        guest.putWord(offset, pattern);
        guest.set({ a1: base + BigInt(offset) });
        guest.run(2);
        assert.equal(guest.get('a0'), value);
        assert.equal(guest.get('a2'), value);
      });
    }
  }

  it('outside RAM and devices is an access fault with the address', () => {
    const guest = new Guest(['ld a0,8(zero)']);
    guest.set({ a0: 7n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 5n);
    assert.equal(guest.csr(csrs.mtval), 8n);
    assert.equal(guest.get('a0'), 7n);
  });

  it('reads the last bytes of RAM', () => {
    const guest = new Guest(['lb a0,-1(a1)', 'ld a2,-8(a1)']);
    guest.putWord((1 << 20) - 8, pattern);
    guest.set({ a1: base + (1n << 20n) });
    guest.run(2);
    assert.equal(guest.get('a0'), BigInt.asUintN(64, BigInt.asIntN(8, pattern >> 56n)));
    assert.equal(guest.get('a2'), pattern);
  });
});

describe('a store', () => {
  for (const [mnemonic, size] of Object.entries({ sb: 1, sh: 2, sw: 4, sd: 8 })) {
    for (const offset of [0x1000, 0x1001, 0x1ffd, 0x1fff]) {
      it(`${mnemonic} writes ${size} bytes at ${offset.toString(16)} and no others`, () => {
        const guest = new Guest([`${mnemonic} a0,0(a1)`, `${mnemonic} a0,16(a1)`]);
        guest.set({ a0: pattern, a1: base + BigInt(offset) });
        guest.run(2);
        const value = BigInt.asUintN(size * 8, pattern);
        assert.equal(guest.word(offset), value);
        assert.equal(guest.word(offset + 16), value);
        assert.equal(guest.word(offset - 8), 0n);
      });
    }
  }
});

describe('a device access', () => {
  const log: string[] = [];
  const bus = (answers: { read?: bigint | 'fault' | 'retry'; write?: 'ok' | 'fault' | 'retry' }): Bus => ({
    read: (hart, address, size) => {
      log.push(`read ${hart} ${address.toString(16)} ${size}`);
      return answers.read ?? 'fault';
    },
    write: (hart, address, size, value) => {
      log.push(`write ${hart} ${address.toString(16)} ${size} ${value.toString(16)}`);
      return answers.write ?? 'fault';
    },
    fetch: () => undefined,
  });
  beforeEach(() => log.splice(0));

  it('reaches the bus with hart, address, size and value', () => {
    const guest = new Guest(['lbu a0,5(a1)', 'sh a2,8(a1)'], {}, bus({ read: 0x1ffn, write: 'ok' }));
    guest.set({ a1: 0x1000_0000n, a2: -1n });
    guest.run(2);
    assert.deepEqual(log, ['read 0 10000005 1', 'write 0 10000008 2 ffff']);
    assert.equal(guest.get('a0'), 0xffn);
  });

  it('sees the time of its own instruction, wherever the run began', () => {
    const times: number[] = [];
    const reader: Bus = {
      read: () => BigInt(times.push(guest.core.accessTimeNs)),
      write: () => 'ok',
      fetch: () => undefined,
    };
    const guest = new Guest(
      ['addi a0,a0,1', 'addi a0,a0,1', 'lw a2,0(a1)', 'c.addi a0,1', 'lw a2,0(a1)', 'jal zero,-18'],
      {},
      reader,
    );
    guest.set({ a1: 0x1000_0000n });
    guest.clockNs = 1000;
    guest.run(2);
    guest.run(7);
    assert.deepEqual(times, [1020, 1040, 1080]);
  });

  it('answered with retry stops before the instruction, which then runs again', () => {
    const answers: { read?: bigint | 'retry' } = { read: 'retry' };
    const guest = new Guest(['addi a0,zero,1', 'lw a0,0(a1)'], {}, bus(answers));
    guest.set({ a1: 0x1000_0000n });
    assert.deepEqual(guest.run(10), { kind: 'bus-retry' });
    assert.equal(guest.core.retired, 1);
    assert.equal(guest.pc, 4);
    assert.equal(guest.get('a0'), 1n);
    answers.read = 5n;
    guest.run(1);
    assert.equal(guest.get('a0'), 5n);
  });

  it('answered with fault is a trap of the store', () => {
    const guest = new Guest(['sw a0,0(a1)'], {}, bus({}));
    guest.set({ a1: 0x1000_0000n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 7n);
    assert.equal(guest.csr(csrs.mtval), 0x1000_0000n);
  });

  it('that asks for a stop ends the run behind its instruction', () => {
    const stopper: Bus = {
      read: () => {
        guest.core.requestStop();
        return 3n;
      },
      write: () => 'ok',
      fetch: () => undefined,
    };
    const guest = new Guest(['addi a2,zero,1', 'lw a0,0(a1)', 'addi a2,zero,2'], {}, stopper);
    guest.set({ a1: 0x1000_0000n });
    assert.deepEqual(guest.run(10), { kind: 'requested' });
    assert.equal(guest.core.retired, 2);
    assert.equal(guest.get('a0'), 3n);
    assert.equal(guest.get('a2'), 1n);
  });

  it('that raises an interrupt is followed by its handler', () => {
    const raiser: Bus = {
      read: () => 0n,
      write: () => {
        guest.core.setInterruptLine(0, 11, true);
        return 'ok';
      },
      fetch: () => undefined,
    };
    const guest = new Guest(['sw a0,0(a1)', 'addi a2,zero,2', 'addi a2,zero,3'], {}, raiser);
    guest.put(0x100, ['addi a3,zero,1', 'jal zero,0']);
    guest.set({ a1: 0x1000_0000n });
    guest.core.writeCsr(0, csrs.mtvec, base + 0x100n);
    guest.core.writeCsr(0, csrs.mie, 1n << 11n);
    guest.core.writeCsr(0, csrs.mstatus, 8n);
    guest.run(3);
    assert.equal(guest.get('a2'), 0n);
    assert.equal(guest.get('a3'), 1n);
    assert.equal(guest.csr(csrs.mepc), base + 4n);
    assert.equal(guest.csr(csrs.mcause), (1n << 63n) | 11n);
  });

  it('may fetch code from outside RAM', () => {
    const rom = new Guest(['addi a0,zero,9', 'c.addi a0,1', 'jal zero,0']).core.ram.slice(0, 16);
    const guest = new Guest([], {}, { ...bus({}), fetch: (address) => rom.subarray(address - 0x1000) });
    guest.core.reset(0, 0x1000n);
    guest.run(5);
    assert.equal(guest.get('a0'), 10n);
    assert.equal(guest.core.pc.get(0), 0x1006n);
  });
});

describe('an atomic instruction', () => {
  const operations: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
    swap: (_, b) => b,
    add: (a, b) => a + b,
    xor: (a, b) => a ^ b,
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    // biome-ignore lint/complexity/useMathMinMax: Math.min knows no bigints
    min: (a, b) => (a < b ? a : b),
    // biome-ignore lint/complexity/useMathMinMax: nor does Math.max
    max: (a, b) => (a > b ? a : b),
  };
  const values = [1n, -1n, 0x7fff_ffffn, -0x8000_0000n, 0x7fff_ffff_ffff_ffffn, -(1n << 63n)];
  for (const [name, operation] of Object.entries(operations)) {
    for (const [suffix, bits] of [
      ['w', 32],
      ['d', 64],
    ] as const) {
      it(`amo${name}.${suffix} answers the old value and leaves the combination`, () => {
        const guest = new Guest([`amo${name}.${suffix} a0,a2,(a1)`, 'jal zero,-4']);
        for (const a of values) {
          for (const b of values) {
            guest.putWord(0x1000, a);
            guest.set({ a1: base + 0x1000n, a2: b });
            guest.run(2);
            const [old, operand] = [BigInt.asIntN(bits, a), BigInt.asIntN(bits, b)];
            assert.equal(BigInt.asIntN(64, guest.get('a0')), old);
            assert.equal(BigInt.asIntN(bits, guest.word(0x1000)), BigInt.asIntN(bits, operation(old, operand)));
            if (bits === 32) assert.equal(guest.word(0x1000) >> 32n, BigInt.asUintN(32, a >> 32n));
          }
        }
      });
    }
  }

  it('amominu and amomaxu compare words without a sign', () => {
    const guest = new Guest(['amominu.w a0,a2,(a1)', 'amomaxu.w a0,a3,(a1)']);
    guest.putWord(0x1000, 0x8000_0000n);
    guest.set({ a1: base + 0x1000n, a2: 5n, a3: -1n });
    guest.run(1);
    assert.equal(guest.word(0x1000), 5n);
    guest.run(1);
    assert.equal(guest.word(0x1000), 0xffff_ffffn);
  });

  it('at an address that is not aligned is a trap', () => {
    const guest = new Guest(['amoadd.w a0,a2,(a1)']);
    guest.set({ a1: base + 0x1002n });
    guest.run(1);
    assert.equal(guest.csr(csrs.mcause), 6n);
  });

  it('sc stores behind its lr, once', () => {
    const guest = new Guest(['lr.d a0,(a1)', 'sc.d a2,a3,(a1)', 'sc.d a4,a5,(a1)']);
    guest.putWord(0x1000, 11n);
    guest.set({ a1: base + 0x1000n, a3: 12n, a5: 13n });
    guest.run(3);
    assert.deepEqual(
      ['a0', 'a2', 'a4'].map((name) => guest.get(name)),
      [11n, 0n, 1n],
    );
    assert.equal(guest.word(0x1000), 12n);
  });

  it('sc fails when another hart has written in between', () => {
    const guest = new Guest(['lr.w a0,(a1)', 'sc.w a2,a3,(a1)'], { hartCount: 2 });
    guest.put(0x100, ['sw a3,0(a1)']);
    guest.core.reset(1, base + 0x100n);
    guest.set({ a1: base + 0x1000n, a3: 12n }, 0);
    guest.set({ a1: base + 0x1000n, a3: 7n }, 1);
    guest.run(1);
    guest.run(1, 1);
    guest.run(1);
    assert.equal(guest.get('a2'), 1n);
    assert.equal(guest.word(0x1000), 7n);
  });
});

describe('code that changes', () => {
  const addi = 0x0015_0513n; // addi a0,a0,1
  const addi2 = 0x0025_0513n; // addi a0,a0,2

  it('is executed as it is after fence.i', () => {
    const guest = new Guest(['addi a0,a0,1', 'addi a3,a3,1', 'sw a2,0(a1)', 'fence.i', 'jal zero,-16']);
    guest.set({ a1: base, a2: addi2 });
    guest.run(10);
    assert.equal(guest.get('a0'), 3n);
  });

  it('takes effect in the very block that changes it', () => {
    const guest = new Guest(['sw a2,0(a1)', 'fence.i', 'addi a0,a0,1', 'jal zero,0']);
    guest.set({ a1: base + 8n, a2: addi2 });
    guest.run(3);
    assert.equal(guest.get('a0'), 2n);
  });

  it('is dropped when another hart, or the host, writes it', () => {
    const guest = new Guest(['addi a0,a0,1', 'jal zero,-4'], { hartCount: 2 });
    guest.put(0x1000, ['sw a2,0(a1)', 'jal zero,0']);
    guest.core.reset(1, base + 0x1000n);
    guest.set({ a1: base, a2: addi2 }, 1);
    guest.run(4);
    guest.run(2, 1);
    guest.run(4);
    assert.equal(guest.get('a0'), 2n + 4n);
    guest.core.writeRam(0, Uint8Array.from([0x13, 0x05, 0x15, 0x00]));
    assert.equal(addi, 0x0015_0513n);
    guest.run(4);
    assert.equal(guest.get('a0'), 8n);
  });

  it('beside data in one page keeps the data right', () => {
    const guest = new Guest(['ld a0,0(a1)', 'addi a0,a0,1', 'sd a0,0(a1)', 'jal zero,-12']);
    guest.set({ a1: base + 0x800n });
    guest.run(4000);
    assert.equal(guest.word(0x800), 1000n);
  });

  it('may cross from one page to the next', () => {
    const guest = new Guest(['jal zero,4090']);
    guest.put(4090, ['c.addi a0,1', 'c.addi a0,1', 'addi a0,a0,100', 'jal zero,-8']);
    guest.run(1 + 4 * 10);
    assert.equal(guest.get('a0'), 10n * 102n);
  });
});
