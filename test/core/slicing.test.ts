import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest } from './guest';
import { type RandomProgram, randomProgram } from './random-program';

const instructionCount = 400;
/** FS Initial. */
const floatOn = 1n << 13n;
const seeds = fc.array(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), { minLength: 31, maxLength: 31 });

/** Code at the start of RAM; s0 points into the code itself, s1 to an empty page's border, sp behind it. */
function load({ words }: RandomProgram, registers: readonly bigint[]): Guest {
  const guest = new Guest();
  guest.core.writeRam(0, new Uint8Array(Uint32Array.from(words).buffer));
  // A trap goes on behind the instruction that caused it, or at the start if that was no instruction of the program.
  guest.put(0xf00, [
    'csrrw t6,mscratch,t6',
    'csrrs t6,mepc,zero',
    'addi t6,t6,4',
    'andi t6,t6,255',
    'add t6,t6,s0',
    'addi t6,t6,-128',
    'csrrw zero,mepc,t6',
    'csrrw t6,mscratch,t6',
    'mret',
  ]);
  for (const [index, value] of registers.entries()) guest.core.writeX(0, index + 1, value);
  guest.set({ s0: ramBase + 128, s1: ramBase + 0x2000, sp: ramBase + 0x3000, gp: ramBase, tp: ramBase + 0x2800 });
  guest.core.writeCsr(0, csrs.mstatus, floatOn);
  guest.core.writeCsr(0, csrs.mtvec, BigInt(ramBase + 0xf00));
  return guest;
}

/** Runs through WFI, which the machine would wait at. */
function runExactly(guest: Guest, count: number): void {
  for (let left = count; left > 0; left -= guest.core.retired) guest.run(left);
}

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
        held.core.protectAll();
        for (let left = instructionCount; left > 0; ) {
          const stop = held.run(left);
          left -= held.core.retired;
          if (held.core.retired > 0 && left % 5 === 0) held.core.protectAll();
          if (stop.kind === 'write-fault') held.core.unprotect(stop.page);
          // Drops all decoded code.
          if (left % 3 === 0) held.core.setBreakpoints([]);
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
