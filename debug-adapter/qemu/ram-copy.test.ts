import assert from 'node:assert/strict';
import * as koffi from 'koffi';
import { ProcessFacts } from './process-facts';
import type { RamBlock } from './ram-blocks';
import { RamCopy } from './ram-copy';

const mebibyte = 1 << 20;
const gibibyte = 1 << 30;
const pageByteCount = 4096;

/** Memory of this very process, as if it were a QEMU's: nobody has written to it yet. */
function ramOf(byteCount: number): { readonly block: RamBlock; readonly bytes: Uint8Array } {
  const { buffer } = new WebAssembly.Memory({ initial: byteCount / (64 << 10) });
  const bytes = new Uint8Array(buffer);
  return { bytes, block: { name: 'ram', byteCount, host: koffi.address(bytes) } };
}

describe('memory for a copy of RAM', () => {
  const facts = new ProcessFacts(process.pid);
  after(() => facts.close());

  it('is waited for no longer than a GiB takes, though nobody has written to the guest’s', async () => {
    const copy = new RamCopy(facts);
    const { block } = ramOf(4 * gibibyte);
    let askedCount = 0;
    assert.equal(await copy.prepare([block], () => ++askedCount === 3), false);
    assert.equal(askedCount, 3);
    assert.equal(copy.preparedShare, 0.5);
  });

  it('tells how much of it is mapped, once, and has what was written when it was copied', async () => {
    // In two chunks; what is further apart than a huge page is a piece of its own.
    const { block, bytes } = ramOf(gibibyte + 16 * mebibyte);
    const written = [0, gibibyte, gibibyte + 4 * mebibyte, gibibyte + 8 * mebibyte];
    for (const [index, at] of written.entries()) bytes[at] = 1 + index;
    const copy = new RamCopy(facts);
    const mapped: number[] = [];
    const note = (): boolean => {
      mapped.push(copy.preparedShare * block.byteCount);
      return false;
    };
    assert.equal(await copy.prepare([block], note), true);
    // Asked before each chunk, and before each of its pieces.
    const [first, second] = [gibibyte + pageByteCount, gibibyte + 4 * mebibyte + pageByteCount];
    assert.deepEqual(mapped, [0, 0, gibibyte, gibibyte, first, second]);
    assert.equal(copy.preparedShare, 1);
    mapped.length = 0;
    assert.equal(await copy.prepare([block], note), true);
    assert.deepEqual(mapped, []);

    await copy.add(block);
    for (const at of written) bytes[at] = 99;
    const pageOf = (first: number) => new Uint8Array(pageByteCount).fill(first, 0, 1);
    for (const [index, at] of written.entries()) copy.compare('ram', at / pageByteCount, pageOf(1 + index));
    copy.compare('ram', 1, undefined);
    assert.deepEqual([copy.comparedCount, copy.badPages], [5, []]);
    copy.compare('ram', 0, undefined);
    copy.compare('ram', gibibyte / pageByteCount, pageOf(99));
    assert.deepEqual(
      copy.badPages.map(({ page }) => page * pageByteCount),
      [0, gibibyte],
    );
  });
});
