import assert from 'node:assert/strict';
import fc from 'fast-check';
import { csrs, Guest } from './guest';
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
