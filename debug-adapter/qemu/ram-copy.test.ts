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
});
