import fc from 'fast-check';
import { seeds } from './programs';
import { type Access, compareBoards, read, readMip, sameClock, wait, write } from './register-script';

const uart = 0x1000_0000;
const accessCount = 15_000;

const pick = fc.constantFrom;
const byte = fc.nat(255);
const register = fc.nat(7);

/** How a driver sets the line: characters from 25 µs to half a second, and divisor 0. */
const line = fc
  .tuple(pick(1, 2, 12, 13, 40, 0xffff, 0), pick(0x03, 0x00, 0x07, 0x1b, 0x1f, 0x47))
  .map(([divider, control]) => [
    write(uart + 3, 1, control | 0x80),
    write(uart, 1, divider & 0xff),
    write(uart + 1, 1, divider >> 8),
    write(uart + 3, 1, control),
  ]);

/** Until then QEMU takes a character's time for that at 9600 baud, whatever the divisor says. */
const divisor = [write(uart + 3, 1, 0x80), write(uart, 1, 1), write(uart + 3, 1, 3)];

const step: fc.Arbitrary<readonly Access[]> = fc.oneof(
  // In loopback mode what is sent comes back: without, nothing is received.
  { weight: 3, arbitrary: pick(0x10, 0x10, 0x1f, 0).map((value) => [write(uart + 4, 1, value)]) },
  { weight: 8, arbitrary: byte.map((value) => [write(uart, 1, value)]) },
  { weight: 6, arbitrary: fc.constant([read(uart, 1)]) },
  { weight: 4, arbitrary: fc.constant([read(uart + 2, 1), read(uart + 5, 1)]) },
  { weight: 3, arbitrary: byte.map((value) => [write(uart + 1, 1, value)]) },
  { weight: 2, arbitrary: pick(0, 1, 7, 0x41, 0x81, 0xc1, 0xc7, 3, 5).map((value) => [write(uart + 2, 1, value)]) },
  line,
  { weight: 3, arbitrary: register.map((at) => [read(uart + at, 1)]) },
  fc.tuple(register, byte).map(([at, value]) => [write(uart + at, 1, value)]),
  {
    weight: 2,
    arbitrary: fc
      .oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 }))
      .map((count) => [wait(count)]),
  },
  // Words and half words are bytes one after the other.
  fc.tuple(register, pick<2 | 4 | 8>(2, 4, 8)).map(([at, size]) => [read(uart + Math.floor(at / size) * size, size)]),
);

/** The PLIC passes every request on at once, and is asked which there were. */
const listening = [write(0xc00_0000 + 40, 4, 1), write(0xc00_2000, 4, 1 << 10), write(0xc20_0000, 4, 0)];
const heard = [readMip, read(0xc00_1000, 4), read(0xc20_0004, 4), write(0xc20_0004, 4, 10)];

describe('the UART', () => {
  for (const seed of seeds) {
    it(`answers ${accessCount} random accesses as in QEMU, at the same times (seed ${seed})`, () => {
      const steps = fc.sample(step, { numRuns: accessCount / 4, seed });
      const program = steps.flatMap((accesses, index) => (index % 3 === 0 ? [...accesses, ...heard] : accesses));
      return compareBoards([...divisor, ...listening, ...program], sameClock);
    });
  }
});
