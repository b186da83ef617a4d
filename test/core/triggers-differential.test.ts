import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runHere, runInQemu } from './beside-qemu';
import {
  dataAddress,
  instructionAddress,
  instructionLines,
  type Trigger,
  type TriggerCase,
  triggerProgram,
  triggerRamByteCount,
  triggerResults,
} from './trigger-program';

/** `CASES=8000 SEED=2` for a long run over others. */
const caseCount = Number(process.env.CASES ?? 2000);
const seed = Number(process.env.SEED ?? 1);

const bits = (...positions: number[]) => positions.reduce((sum, position) => sum | (1n << BigInt(position)), 0n);
const anyOf = (mask: bigint) => fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => value & mask);
const [accesses, modes] = [bits(0, 1, 2), bits(3, 4, 6)];
const sizes = { mcontrol: bits(16, 17, 21, 22), mcontrol6: bits(16, 17, 18, 19) };
/** Of both types: match, chain, action, timing, select, hit, dmode, and the modes that only a hypervisor has. */
const others = ~(accesses | modes | bits(60, 61, 62, 63) | sizes.mcontrol | sizes.mcontrol6);
const types = fc.constantFrom(2n, 2n, 2n, 6n, 6n, 6n, 0n, 3n, 15n);

function randomTrigger(mode: bigint, addresses: readonly bigint[]): fc.Arbitrary<Trigger> {
  return fc
    .record({
      type: types,
      access: anyOf(accesses),
      size: fc.oneof(fc.constant(0n), anyOf(sizes.mcontrol), anyOf(sizes.mcontrol6)),
      other: fc.oneof(fc.constant(0n), anyOf(others)),
      address: fc.constantFrom(...addresses),
      by: fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 })),
    })
    .map(({ type, access, size, other, address, by }) => ({
      tdata1: (type << 60n) | mode | access | size | other,
      tdata2: BigInt.asUintN(64, address + BigInt(by)),
    }));
}

const isAtomic = (instruction: number) => /^(lr|amo)/.test(instructionLines[instruction]?.[0] ?? '');

/**
 * Addresses are aligned: QEMU splits other loads into more than they need. Both triggers are of the same modes: QEMU 7.2
 * looks for the mode in any trigger that has the address, or executes at all.
 */
const randomCase: fc.Arbitrary<TriggerCase> = fc
  .record({
    instruction: fc.nat(instructionLines.length),
    privilege: fc.constantFrom(0, 1, 3),
    isTranslated: fc.boolean(),
    isModified: fc.boolean(),
    mode: anyOf(modes),
    words: fc.oneof({ weight: 7, arbitrary: fc.integer({ min: -5, max: 5 }) }, fc.constant('nowhere' as const)),
  })
  .chain(({ words, mode, ...place }) => {
    // An AMO that faults QEMU with one hart calls a load.
    const isNowhere = words === 'nowhere' && !isAtomic(place.instruction);
    const address = dataAddress(place, isNowhere ? 'nowhere' : 0x1000 + (words === 'nowhere' ? 0 : words) * 8);
    const trigger = randomTrigger(mode, [address, instructionAddress(place)]);
    return fc.tuple(trigger, trigger).map((triggers) => ({ ...place, address, triggers }));
  });

function describeCase({ instruction, privilege, address, triggers }: TriggerCase): string {
  const lines = instructionLines[instruction]?.join(', ') ?? 'nothing';
  const set = triggers.map(({ tdata1, tdata2 }) => `${tdata1.toString(16)}@${tdata2.toString(16)}`);
  return `${lines} at 0x${address.toString(16)} in ${'US?M'[privilege]} mode with ${set.join(' ')}`;
}

describe('triggers', () => {
  it('keep of what is written, and fire, as in a real QEMU', () => {
    const cases = fc.sample(randomCase, { numRuns: caseCount, seed });
    const image = triggerProgram(cases);
    const here = triggerResults(runHere(image, triggerRamByteCount).ram, cases);
    const there = triggerResults(runInQemu(image, triggerRamByteCount), cases);
    const differing = here.flatMap((result, index) => {
      const one = cases[index];
      if (result === there[index]) return [];
      return [`${one ? describeCase(one) : 'memory'}: ${result} | QEMU ${there[index]}`];
    });
    assert.deepEqual(differing, []);
    const fired = here.filter((result) => /cause 3 .*cause/.test(result)).length;
    assert.ok(fired > caseCount / 8, `only ${fired} of ${caseCount} fire`);
  });
});
