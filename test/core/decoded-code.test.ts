import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Checkpoints } from '../../debug-adapter/checkpoint/checkpoints';
import { whole } from '../../debug-adapter/debuggee/pieces';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import * as map from '../../debug-adapter/emulator/core/memory-map';
import { Guest } from './guest';
import { loadRandom, registerSeeds } from './random-guest';
import { randomProgram } from './random-program';

const base = BigInt(ramBase);
/** So many that all decoded code goes with them, and none is met. */
const elsewhere = Array.from({ length: 20 }, (_, index) => base + 0x80000n + BigInt(4 * index));

function checkpointsOf({ core }: Guest): Checkpoints {
  return new Checkpoints({ core, root: {}, leaves: new Set() });
}

/** It has run, and its first state is where it stands. */
function decodedLoop(): { readonly guest: Guest; readonly states: Checkpoints } {
  const guest = new Guest(['addi a0,a0,1', 'jal zero,-4']);
  const states = checkpointsOf(guest);
  guest.run(100);
  whole(states.take(0, () => undefined));
  return { guest, states };
}

/** The code that has been decoded ends there. */
function decodedEnd({ core }: Guest): number {
  return new Uint32Array(core.ram.buffer)[map.BLOCKS_END / 4]!;
}

describe('decoded code', () => {
  it('has the breakpoints of now, whichever were there when it was decoded', () => {
    const turns = fc.array(
      fc.record({
        halfwords: fc.array(fc.nat({ max: 127 }), { maxLength: 3 }),
        count: fc.integer({ min: 1, max: 200 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const property = fc.property(randomProgram, registerSeeds, turns, (program, registers, list) => {
      const guests = [false, true].map((isDroppedFirst) => ({ guest: loadRandom(program, registers), isDroppedFirst }));
      const [kept, afresh] = guests.map(({ guest, isDroppedFirst }) =>
        list.flatMap(({ halfwords, count }) => {
          if (isDroppedFirst) guest.core.setBreakpoints(elsewhere);
          guest.core.setBreakpoints(halfwords.map((halfword) => base + BigInt(2 * halfword)));
          const stop = guest.run(count);
          return [stop, guest.core.retired, guest.pc];
        }),
      );
      assert.deepEqual(kept, afresh);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('is of the instant gone to, whatever has been written there since', () => {
    const turns = fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 200 }),
        /** What is copied then, from one place of the code to another. */
        words: fc.option(fc.tuple(fc.nat({ max: 63 }), fc.nat({ max: 63 }))),
      }),
      { minLength: 2, maxLength: 8 },
    );
    const order = fc.array(fc.nat(), { minLength: 1, maxLength: 8 });
    const property = fc.property(randomProgram, registerSeeds, turns, order, (program, registers, list, places) => {
      const guest = loadRandom(program, registers);
      const { core } = guest;
      const states = checkpointsOf(guest);
      const clocks: number[] = [];
      const act = ({ count, words }: (typeof list)[number]): void => {
        guest.run(count);
        if (words) core.writeRam(words[1] * 4, core.ram.slice(words[0] * 4, words[0] * 4 + 4));
        guest.run(count);
      };
      const hashes = list.map((turn, index) => {
        whole(states.take(index, () => undefined));
        clocks.push(guest.clockNs);
        const hash = core.stateHash();
        act(turn);
        return hash;
      });
      whole(states.take(list.length, () => undefined));
      hashes.push(core.stateHash());
      act(list[0]!);
      const left = states.leave();
      const leftNs = guest.clockNs;
      const hashLeft = core.stateHash();
      act(list[1]!);
      const hashBehind = core.stateHash();
      for (const place of places) {
        const index = place % list.length;
        whole(states.goTo(index));
        guest.clockNs = clocks[index]!;
        assert.equal(core.stateHash(), hashes[index], `at ${index}`);
        act(list[index]!);
        assert.equal(core.stateHash(), hashes[index + 1], `behind ${index}`);
      }
      whole(states.comeBack(left));
      guest.clockNs = leftNs;
      assert.equal(core.stateHash(), hashLeft, 'where it was left');
      act(list[1]!);
      assert.equal(core.stateHash(), hashBehind, 'behind where it was left');
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('stays on the way to another instant, and where breakpoints come and go elsewhere', () => {
    const { guest, states } = decodedLoop();
    guest.run(100);
    const end = decodedEnd(guest);
    whole(states.goTo(0));
    guest.core.setBreakpoints([base + 8n]);
    guest.run(100);
    guest.core.setBreakpoints([]);
    guest.run(100);
    assert.equal(decodedEnd(guest), end);
  });

  it('goes with a write, though it stayed on the way to another instant', () => {
    const { guest, states } = decodedLoop();
    whole(states.goTo(0));
    guest.run(100);
    guest.put(0, ['addi a0,a0,2']);
    guest.run(100);
    assert.equal(guest.get('a0'), 200n);
  });

  it('is of the place that is come back to, not of where it was left for', () => {
    const guest = new Guest(['addi a0,a0,1', 'jal zero,-4']);
    const states = checkpointsOf(guest);
    whole(states.take(0, () => undefined));
    guest.put(0, ['addi a0,a0,2']);
    guest.run(100);
    const left = states.leave();
    whole(states.goTo(0));
    guest.run(100);
    whole(states.comeBack(left));
    guest.run(100);
    assert.equal(guest.get('a0'), 200n);
  });

  it('is decoded anew where a breakpoint was that is none any more', () => {
    const guest = new Guest(['addi a0,a0,1', 'addi a0,a0,1', 'jal zero,-8']);
    guest.core.setBreakpoints([base + 4n]);
    guest.run(100);
    guest.run(100);
    const end = decodedEnd(guest);
    guest.core.setBreakpoints([]);
    guest.run(100);
    assert.ok(decodedEnd(guest) > end);
  });
});
