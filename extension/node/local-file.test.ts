import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openLocalFile } from './local-file';

describe('a file read by pieces', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-local-'));
  const path = join(folder, 'file');
  // More than two windows, and no multiple of one.
  const bytes = Uint8Array.from({ length: 2_700_001 }, (_, index) => (index * 31 + (index >> 12)) & 0xff);
  before(() => writeFileSync(path, bytes));
  after(() => rmSync(folder, { recursive: true }));

  it('is the same in whatever order and length it is read, from several places at once too', async () => {
    const piece = fc.record({ offset: fc.nat(bytes.length), length: fc.nat(70_000), follows: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 40 }), async (pieces) => {
        const file = await openLocalFile(path);
        let end = 0;
        const reads = pieces.map(async ({ offset, length, follows }) => {
          const from = follows ? Math.min(end, bytes.length) : offset;
          const count = Math.min(length, bytes.length - from);
          end = from + count;
          assert.ok(Buffer.from(await file.read(from, count)).equals(bytes.subarray(from, from + count)));
        });
        await Promise.all(reads);
        file.close();
      }),
      { numRuns: 25 },
    );
  });

  it('is said to have been truncated, with the place, when it has become shorter', async () => {
    const file = await openLocalFile(path);
    truncateSync(path, 1_500_000);
    await assert.rejects(file.read(1_499_000, 2000), /truncated while it was read: it ends at byte 1500000/);
    file.close();
  });

  it('is no folder', async () => {
    await assert.rejects(openLocalFile(folder), /is no regular file/);
  });
});
