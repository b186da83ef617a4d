import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { quantaOf, saltOf } from '../../debug-adapter/simulation/interleaving';
import { Guest } from './guest';

const nsPerInstruction = 10;

/** Harts exchange a number in each fourth instruction, from the first one on, and change it. */
const racing = ['amoswap.d s2, s1, (s0)', 'slli s1, s1, 1', 'xor s1, s1, s2', 'jal zero, -12'];

interface Shape {
  readonly quantumNs: number;
  readonly seed: number;
  /** In quanta: where all begin, and how much later each of them. */
  readonly begin: number;
  readonly later: readonly (number | undefined)[];
  /** Of each call. */
  readonly counts: readonly number[];
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  quantumNs: fc.constantFrom(10, 20, 30, 100, 1000),
  seed: fc.nat(1_000_000),
  // The first border, and where the number of a quantum outgrows a word.
  begin: fc.constantFrom(0, 0, 7, 2 ** 32 - 20),
  later: fc.array(fc.option(fc.constantFrom(0, 0, 0.5, 3), { freq: 8, nil: undefined }), {
    minLength: 2,
    maxLength: 8,
  }),
  counts: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
});

describe('turns that the core takes', () => {
  it("are in the order of the harts' quanta, for up to eight of them, wherever they are cut", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const clocksNs = shape.later.map((later) =>
          later === undefined ? Infinity : Math.round((shape.begin + later) * shape.quantumNs),
        );
        fc.pre(clocksNs.some((clockNs) => clockNs < Infinity));
        assert.deepEqual(together(shape, [...clocksNs]), oneByOne(shape, [...clocksNs]));
      }),
      { numRuns: 60 },
    );
  });
});

function together({ quantumNs, seed, counts }: Shape, clocksNs: number[]) {
  const guest = harts(clocksNs.length);
  const untilNs = clocksNs.map(() => Infinity);
  const salts = clocksNs.map((_, hart) => saltOf(seed, hart));
  for (const count of counts) {
    const { retired } = guest.core.takeTurns({ clocksNs, untilNs, salts, quantumNs }, Infinity, count);
    for (const [hart, more] of retired.entries()) clocksNs[hart]! += more * nsPerInstruction;
  }
  return { clocksNs, hash: guest.core.stateHash() };
}

function oneByOne({ quantumNs, seed, counts }: Shape, clocksNs: number[]) {
  const guest = harts(clocksNs.length);
  const quanta = clocksNs.map((_, hart) => quantaOf({ seed, quantumNs }, hart));
  const beginsNs = (hart: number) => (clocksNs[hart]! < Infinity ? quanta[hart]!(clocksNs[hart]!).beginsNs : Infinity);
  for (let left = counts.reduce((sum, count) => sum + count, 0); left > 0; ) {
    const [first] = clocksNs.map((_, hart) => hart).sort((a, b) => beginsNs(a) - beginsNs(b) || a - b);
    const clockNs = clocksNs[first!]!;
    const count = Math.min(left, Math.ceil((quanta[first!]!(clockNs).endsNs - clockNs) / nsPerInstruction));
    guest.core.run(first!, count, clockNs);
    clocksNs[first!] = clockNs + count * nsPerInstruction;
    left -= count;
  }
  return { clocksNs, hash: guest.core.stateHash() };
}

function harts(hartCount: number): Guest {
  const guest = new Guest(racing, { hartCount, nsPerInstruction });
  for (let hart = 0; hart < hartCount; hart++) {
    guest.core.reset(hart, BigInt(ramBase));
    guest.set({ s0: BigInt(ramBase + 0x1000), s1: BigInt(hart + 1) }, hart);
  }
  return guest;
}
