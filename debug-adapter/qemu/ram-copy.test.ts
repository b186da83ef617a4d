import assert from 'node:assert/strict';
import type { ProcessFacts } from './process-facts';
import { RamCopy } from './ram-copy';

describe('memory for a copy of RAM', () => {
  it('is waited for no longer than a GiB takes, though nobody has written to the guest’s', async () => {
    const copy = new RamCopy({ writtenPieces: () => [] } as unknown as ProcessFacts);
    const block = { name: 'ram', byteCount: 4 * 2 ** 30, host: 0n };
    let askedCount = 0;
    assert.equal(await copy.prepare([block], () => ++askedCount === 3), false);
    assert.equal(askedCount, 3);
    assert.equal(await copy.prepare([block], () => false), true);
  });

  it('tells how much of it is mapped', async () => {
    const pieces = [0, 1, 2, 3].map((quarter) => [quarter << 20, (quarter + 1) << 20]);
    const copy = new RamCopy({ writtenPieces: () => pieces } as unknown as ProcessFacts);
    const blocks = [{ name: 'ram', byteCount: 4 << 20, host: 0n }];
    const shares: number[] = [];
    const note = (): boolean => {
      shares.push(copy.preparedShare);
      return false;
    };
    await copy.prepare(blocks, note);
    assert.deepEqual([...shares, copy.preparedShare], [0, 0, 0.25, 0.5, 0.75, 1]);
  });
});
