import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seeds } from './programs';
import { type Access, compareBoards, read, runOurs, write } from './register-script';

const banks = [0x2000_0000, 0x2200_0000];
const commands = [0x00, 0x10, 0x20, 0x28, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xf0, 0xff, 0x01, 0x42];

/** Mostly commands, near the start and end of the banks' sectors, now and then with data behind them. */
const access: fc.Arbitrary<Access> = fc
  .record({
    bank: fc.constantFrom(...banks),
    sector: fc.constantFrom(0, 1, 127),
    word: fc.oneof(fc.nat(0x50), fc.constantFrom(0x1000, 0xffff)),
    size: fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8),
    value: fc.oneof(
      fc.constantFrom(...commands).map(BigInt),
      fc.nat(3).map(BigInt),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ),
    isRead: fc.boolean(),
  })
  .map(({ bank, sector, word, size, value, isRead }) => {
    const address = bank + sector * 0x4_0000 + Math.floor((word * 4) / size) * size;
    return isRead ? read(address, size) : write(address, size, value);
  });

describe('the flash', () => {
  it('names itself as in QEMU: identity and CFI table', async () => {
    const words = Array.from({ length: 0x60 }, (_, word) => read(banks[0]! + 4 * word, 4));
    const array = write(banks[0]!, 1, 0xff);
    const script = [0x90, 0x98].flatMap((command) => [write(banks[0]!, 1, command), ...words, array]);
    await compareBoards(script);
    const queried = runOurs(script).answers.slice(-words.length - 1, -1);
    assert.equal(String.fromCharCode(...queried.slice(0x10, 0x13).map(({ value }) => Number(value & 0xffn))), 'QRY');
  });

  for (const seed of seeds) {
    it(`answers 20000 random accesses as in QEMU (seed ${seed})`, () =>
      compareBoards(fc.sample(access, { numRuns: 20_000, seed })));
  }
});
