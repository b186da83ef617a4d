import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pageByteCount } from '../emulator/core/guest-core';
import type { RamBlock } from '../emulator/machine/machine';
import { type PageAddress, RamState } from './ram-state';

function blocksOf(pageCounts: readonly number[]): RamBlock[] {
  return pageCounts.map((pageCount, index) => ({
    name: `block${index}`,
    address: 0,
    bytes: new Uint8Array(pageCount * pageByteCount),
    writable: true,
    isZero: () => true,
    write: () => {},
  }));
}

describe('RAM state', () => {
  it('finds every page exactly once, wherever faults pull the scan', () => {
    const pageCounts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 });
    const pulls = fc.array(fc.option(fc.tuple(fc.nat(), fc.nat())), { maxLength: 60 });
    fc.assert(
      fc.property(pageCounts, pulls, (counts, faults) => {
        const ram = new RamState(blocksOf(counts));
        const sent: PageAddress[] = [];
        for (let turn = 0; ; turn++) {
          const fault = faults[turn];
          let page: PageAddress | undefined;
          if (fault) {
            const block = fault[0] % counts.length;
            page = { block, page: fault[1] % counts[block]! };
            ram.moveScanTo(page);
          } else page = ram.findDirty();
          if (!page) break;
          if (ram.clearDirty(page)) sent.push(page);
        }
        const keys = new Set(sent.map(({ block, page }) => `${block}:${page}`));
        assert.equal(keys.size, sent.length);
        assert.equal(sent.length, ram.pageCount);
        assert.equal(ram.remaining, 0);
      }),
    );
  });

  it('goes on from the page that a fault pulled it to', () => {
    const ram = new RamState(blocksOf([10]));
    ram.moveScanTo({ block: 0, page: 6 });
    ram.clearDirty({ block: 0, page: 6 });
    assert.deepEqual(ram.findDirty(), { block: 0, page: 7 });
  });
});
