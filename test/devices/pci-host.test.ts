import fc from 'fast-check';
import { seeds } from './programs';
import { type Access, compareBoards, read, write } from './register-script';

const ecam = 0x3000_0000;
const size = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);
const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Registers of the root, other functions and buses, the windows' ends and what lies around them. */
const place = fc.oneof(
  { weight: 4, arbitrary: fc.nat(0x4f).map((offset) => ecam + offset) },
  fc.nat(0x0fff_ffff).map((offset) => ecam + offset),
  fc.constantFrom(
    0x2fff_fff8,
    0x300_0000,
    0x300_fff8,
    0x301_0000,
    0x4000_0000,
    0x7fff_fff8,
    0x4_0000_0000,
    0x7_ffff_fff8,
  ),
  fc.constantFrom(0x400_0000, 0x8_0000_0000),
);
const access = fc.record({ place, size, value, isRead: fc.boolean() }).map(({ place, size, value, isRead }): Access => {
  const address = Math.floor(place / size) * size;
  return isRead ? read(address, size) : write(address, size, value);
});

describe('the PCI host bridge', () => {
  for (const seed of seeds) {
    it(`answers 10000 random accesses as in QEMU (seed ${seed})`, () => {
      const root = Array.from({ length: 64 }, (_, register) => read(ecam + 4 * register, 4));
      const all = root.flatMap(({ address }) => [write(address, 4, 0xffff_ffff), read(address, 4)]);
      return compareBoards([...root, ...all, ...fc.sample(access, { numRuns: 10_000, seed })]);
    });
  }
});
