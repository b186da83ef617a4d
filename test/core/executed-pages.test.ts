import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pageByteCount, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { Guest, program } from './guest';

const pageCount = 16;

/** Each page jumps to the next one of `order`, in a circle. */
function circle(order: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(pageCount * pageByteCount);
  for (const [at, page] of order.entries()) {
    const next = order[(at + 1) % order.length]!;
    bytes.set(program(['addi a0,a0,1', `jal zero,${(next - page) * pageByteCount - 4}`]), page * pageByteCount);
  }
  return bytes;
}

describe('the pages in which code has run', () => {
  it('are all those in which a hart has stood since, whatever has run before', () => {
    const orders = fc.shuffledSubarray(
      Array.from({ length: pageCount }, (_, page) => page),
      { minLength: 2 },
    );
    const guest = new Guest([]);
    const { core } = guest;
    const property = fc.property(orders, fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }), (order, counts) => {
      core.writeRam(0, circle(order));
      core.pc.set(0, BigInt(ramBase + order[0]! * pageByteCount));
      let retired = 0;
      for (const count of counts) {
        core.held.begin(() => {});
        guest.run(count);
        const stood = Array.from(
          { length: count },
          (_, each) => order[Math.floor((retired + each) / 2) % order.length]!,
        );
        retired += count;
        for (const page of stood)
          assert.equal(core.executedPages[core.executedEntry(BigInt(ramBase + page * pageByteCount))], 1, `${page}`);
        const marked = core.executedPages.reduce((sum, each) => sum + each, 0);
        assert.ok(marked <= new Set(stood).size + 1, `${marked} pages`);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
