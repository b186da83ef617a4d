import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest, handlerOffset } from './guest';
import { loadRandom as load, runExactly, registerSeeds as seeds } from './random-guest';
import { randomProgram } from './random-program';

const instructionCount = 400;
describe('a run', () => {
  it('leaves the state that does not depend on how it was cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(randomProgram, seeds, cuts, (program, registers, lengths) => {
        const whole = load(program, registers);
        runExactly(whole, instructionCount);
        const cut = load(program, registers);
        let done = 0;
        for (let index = 0; done < instructionCount; index++) {
          const count = Math.min(lengths[index % lengths.length]!, instructionCount - done);
          runExactly(cut, count);
          done += count;
        }
        assert.equal(cut.core.pc.get(0), whole.core.pc.get(0));
        assert.equal(cut.core.stateHash(), whole.core.stateHash());
      }),
      { numRuns: 40 },
    );
  });

  it('interrupted by write faults and decoded anew each time ends as one that is not', () => {
    fc.assert(
      fc.property(randomProgram, seeds, (program, registers) => {
        const free = load(program, registers);
        runExactly(free, instructionCount);
        const held = load(program, registers);
        held.core.pages.protectAll();
        for (let left = instructionCount; left > 0; ) {
          const stop = held.run(left);
          left -= held.core.retired;
          if (held.core.retired > 0 && left % 5 === 0) held.core.pages.protectAll();
          if (stop.kind === 'write-fault') held.core.pages.unprotect(stop.page);
          // Drops all decoded code.
          if (left % 3 === 0) held.core.setBreakpoints([BigInt(left)]);
        }
        assert.equal(held.core.stateHash(), free.core.stateHash());
      }),
      { numRuns: 30 },
    );
  });

  it('whose bytes are watched ends as one that nobody watches', () => {
    const range = fc.record({
      offset: fc.integer({ min: 0, max: 0x3000 }),
      byteCount: fc.integer({ min: 1, max: 300 }),
      reads: fc.boolean(),
      writes: fc.boolean(),
    });
    fc.assert(
      fc.property(randomProgram, seeds, fc.array(range, { maxLength: 6 }), (program, registers, ranges) => {
        const free = load(program, registers);
        runExactly(free, instructionCount);
        const seen = load(program, registers);
        seen.core.watch(ranges);
        runExactly(seen, instructionCount);
        assert.equal(seen.core.stateHash(), free.core.stateHash());
      }),
      { numRuns: 30 },
    );
  });

  it('retires exactly as many instructions as it is given', () => {
    const guest = new Guest(['addi a0,a0,1', 'addi a0,a0,1', 'addi a0,a0,1', 'jal zero,-12']);
    for (let count = 1; count < 300; count++) {
      const before = guest.csr(0xb02);
      assert.deepEqual(guest.run(count), { kind: 'count' });
      assert.equal(guest.core.retired, count);
      assert.equal(guest.csr(0xb02) - before, BigInt(count));
    }
  });
});

describe('a run that goes on within a block', () => {
  const base = BigInt(ramBase);
  const hundred = ['addi a0,a0,100'];
  /** Each between three instructions of hart 0 and one more. */
  const changes: Record<string, (guest: Guest) => void> = {
    'what another hart has stored': (guest) => {
      guest.put(0x100, ['lw t0,64(a1)', 'sw t0,12(a1)']);
      guest.put(64, hundred);
      guest.core.reset(1, base + 0x100n);
      guest.set({ a1: base }, 1);
      guest.run(2, 1);
    },
    'what a debugger has written': (guest) => guest.put(12, hundred),
    'where the pc has been set to': (guest) => {
      guest.put(0x100, hundred);
      guest.core.pc.set(0, base + 0x100n);
    },
    "an interrupt's handler": (guest) => guest.core.setInterruptLine(0, 3, true),
    'the handler, where its new mode may not execute': (guest) => guest.core.setPrivilege(0, 1),
  };
  for (const [name, change] of Object.entries(changes)) {
    it(`executes ${name}`, () => {
      const guest = new Guest([...Array.from({ length: 8 }, () => 'addi a0,a0,1'), 'jal zero,-32'], { hartCount: 2 });
      guest.put(handlerOffset, hundred);
      guest.core.writeCsr(0, csrs.mie, 8n);
      guest.core.writeCsr(0, csrs.mstatus, 8n);
      guest.core.writeCsr(0, csrs.pmpcfg0, 0n);
      guest.run(3);
      change(guest);
      guest.run(1);
      assert.equal(guest.get('a0'), 103n);
    });
  }

  it('stops at a breakpoint that has been set there', () => {
    const guest = new Guest(['addi a0,a0,1', 'addi a0,a0,1', 'addi a0,a0,1', 'addi a0,a0,1', 'jal zero,-16']);
    guest.run(2);
    guest.core.setBreakpoints([base + 12n]);
    assert.deepEqual(guest.run(2), { kind: 'breakpoint' });
    assert.equal(guest.get('a0'), 3n);
  });

  it('ends where it is to, after code has been generated for the block', () => {
    const lines = ['addi a0,a0,1', 'csrrs zero,mscratch,zero', ...Array.from({ length: 5 }, () => 'addi a0,a0,1')];
    const guest = new Guest([...lines, 'jal zero,-28'], { codeGeneration: 'at-once' });
    for (const count of [2, 1, 2]) {
      guest.run(count);
      assert.equal(guest.core.retired, count);
    }
    assert.equal(guest.get('a0'), 4n);
  });
});

describe('the state hash', () => {
  it('sees every byte of RAM and every register', () => {
    const guest = new Guest();
    const seen = new Set([guest.core.stateHash()]);
    for (const offset of [0, 7, 4095, 0x5000, (1 << 20) - 1]) {
      guest.core.writeRam(offset, Uint8Array.of(1));
      seen.add(guest.core.stateHash());
      guest.core.writeRam(offset, Uint8Array.of(0));
    }
    for (let register = 1; register < 32; register++) {
      guest.core.writeX(0, register, 1n);
      seen.add(guest.core.stateHash());
    }
    for (const csr of [csrs.mstatus, csrs.mie, csrs.mepc, csrs.satp, csrs.pmpaddr0, csrs.stvec]) {
      guest.core.writeCsr(0, csr, 8n);
      seen.add(guest.core.stateHash());
    }
    assert.ok(seen.size >= 1 + 5 + 31 + 5);
  });
});
