import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeHost } from '../node/host';
import type { HeldSnapshot } from './held-snapshot';
import { SnapshotOutput } from './snapshot-output';

const completed = {
  ending: 'completed',
  counts: { pages: 0, zeroPages: 0, faults: 0, byteCount: 0 },
  disks: [],
  truth: { badPages: [], comparedCount: 0 },
  faults: { waits: { mostMs: [] } },
} as unknown as HeldSnapshot;

describe('the file of a real QEMU’s snapshot', () => {
  it('is brought to the disk while others have their turns, before it gets its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-output-'));
    const path = join(folder, 'snapshot.qemu');
    const output = new SnapshotOutput(nodeHost, path);
    try {
      const bytes = Buffer.alloc(3 << 20, 'page');
      output.begin().write(bytes);
      const ended = output.end(completed, false);
      assert.ok(!existsSync(path), 'it has not been waited for');
      await ended;
      assert.ok(readFileSync(path).equals(bytes));
      output.release();
      assert.deepEqual(readdirSync(folder), ['snapshot.qemu']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
