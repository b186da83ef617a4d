import fc from 'fast-check';
import { seeds } from './programs';
import { type Access, compareBoards, read, readMip, sameClock, wait, write } from './register-script';

const clint = 0x200_0000;
const mtime = clint + 0xbff8;
const rtc = 0x10_1000;
const stepCount = 5_000;

const pick = fc.constantFrom;
const word = fc.nat(0xffff_ffff);
const pause = fc
  .oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 5000 }))
  .map((count): Access[] => [wait(count)]);

/** Times around the one that the clock shows during a program, and far away. */
const ticks = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 2_000_000n }) },
  pick(0n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 60n, 1n << 63n, (1n << 64n) - 1n),
);

const clintStep = (hartCount: number): fc.Arbitrary<readonly Access[]> => {
  const hart = fc.oneof({ weight: 3, arbitrary: fc.nat(hartCount - 1) }, fc.nat(16));
  return fc.oneof(
    fc.tuple(hart, ticks).map(([of, value]) => [write(clint + 0x4000 + 8 * of, 8, value)]),
    fc.tuple(fc.nat(2 * hartCount), word).map(([half, value]) => [write(clint + 0x4000 + 4 * half, 4, value)]),
    fc
      .tuple(fc.nat(2 * hartCount), pick<4 | 8>(4, 8))
      .map(([half, size]) => [read(clint + 0x4000 + Math.floor((4 * half) / size) * size, size)]),
    fc.tuple(hart, word).map(([of, value]) => [write(clint + 4 * of, 4, value), read(clint + 4 * of, 4)]),
    fc
      .tuple(fc.nat(0xffff), pick<1 | 2 | 4 | 8>(1, 2, 4, 8), fc.boolean(), word)
      .filter(([offset, , isRead]) => isRead || offset < 0xbff0)
      .map(([offset, size, isRead, value]) => {
        const address = clint + Math.floor(offset / size) * size;
        return [isRead ? read(address, size) : write(address, size, value)];
      }),
    { weight: 2, arbitrary: pause },
  );
};

const mtimeStep: fc.Arbitrary<readonly Access[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([read(mtime, 8)]) },
  fc.constant([read(mtime, 4), read(mtime + 4, 4)]),
  // Not so late that it would begin anew.
  ticks.map((value) => [write(mtime, 8, value >> 1n)]),
  fc.tuple(pick(0, 4), word).map(([half, value]) => [write(mtime + half, 4, value)]),
);

/** Nanoseconds since 1970, around the time of the program. */
const epochNs = 1_767_225_600_000_000_000n;
const times = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 0n, max: 200_000_000n }).map((ns) => epochNs + ns) },
  pick(0n, epochNs - 1n, epochNs + (1n << 40n), (1n << 64n) - 1n),
);
const high = (time: bigint): bigint => time >> 32n;
const low = (time: bigint): bigint => time & 0xffff_ffffn;

const rtcStep: fc.Arbitrary<readonly Access[]> = fc.oneof(
  { weight: 3, arbitrary: times.map((time) => [write(rtc + 0xc, 4, high(time)), write(rtc + 8, 4, low(time))]) },
  { weight: 2, arbitrary: fc.constant([read(rtc, 4), read(rtc + 4, 4)]) },
  // An armed alarm keeps its distance in QEMU when the clock is set, here its time: none is armed then.
  times.map((time) => [write(rtc + 0x14, 4, 1), write(rtc + 4, 4, high(time)), write(rtc, 4, low(time))]),
  pick(0, 1, 2, 3).map((value) => [write(rtc + 0x10, 4, value)]),
  fc.constant([write(rtc + 0x1c, 4, 1)]),
  fc.constant([write(rtc + 0x14, 4, 1)]),
  { weight: 2, arbitrary: pick(8, 0xc, 0x10, 0x18, 0x14, 0x1c, 0x20, 0xffc).map((at) => [read(rtc + at, 4)]) },
  fc
    .tuple(fc.nat(0x40), pick<1 | 2 | 4 | 8>(1, 2, 4, 8))
    .map(([at, size]) => [read(rtc + Math.floor(at / size) * size, size)]),
  { weight: 2, arbitrary: pause },
);
const listening = [write(0xc00_0000 + 44, 4, 1), write(0xc00_2000, 4, 1 << 11), write(0xc20_0000, 4, 0)];
const heard = [readMip, read(0xc20_0004, 4), write(0xc20_0004, 4, 11)];

function program(step: fc.Arbitrary<readonly Access[]>, after: readonly Access[], seed: number): Access[] {
  const steps = fc.sample(step, { numRuns: stepCount, seed });
  return steps.flatMap((accesses, index) => (index % 3 === 0 ? [...accesses, ...after] : accesses));
}

describe('the clocks', () => {
  for (const seed of seeds) {
    it(`the CLINT of 4 harts answers ${stepCount} random accesses as in QEMU (seed ${seed})`, () =>
      compareBoards(program(clintStep(4), [], seed), { machine: { hartCount: 4 }, qemu: ['-smp', '4'] }));

    it(`the CLINT shows and compares times as in QEMU, ${stepCount} accesses (seed ${seed})`, () =>
      compareBoards(program(fc.oneof(clintStep(1), mtimeStep), [readMip], seed), sameClock));

    it(`the RTC answers ${stepCount} random accesses as in QEMU, at the same times (seed ${seed})`, () =>
      compareBoards([...listening, ...program(rtcStep, heard, seed)], sameClock));
  }
});
