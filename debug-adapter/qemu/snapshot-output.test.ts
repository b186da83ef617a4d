import assert from 'node:assert/strict';
import type { Host } from '../debuggee/host';
import type { HeldSnapshot } from './held-snapshot';
import { SnapshotOutput } from './snapshot-output';

const completed = {
  ending: 'completed',
  counts: { pages: 0, zeroPages: 0, faults: 0, byteCount: 0 },
  truth: { badPages: [], comparedCount: 0 },
  faults: { waits: { mostMs: [] } },
} as unknown as HeldSnapshot;

describe('the file of a real QEMU’s snapshot', () => {
  it('is brought to the disk while others have their turns, before it gets its name', async () => {
    const calls: string[] = [];
    const set = {
      create: () => ({}),
      sync: async () => {
        await new Promise(setImmediate);
        calls.push('sync');
      },
      commit: () => void calls.push('commit'),
      abandon() {},
    };
    const host = { reserveOutput: () => ({ begin: () => set }) } as unknown as Host;
    const output = new SnapshotOutput(host, 'snapshot.qemu');
    output.begin();
    await output.end(completed, false);
    assert.deepEqual(calls, ['sync', 'commit']);
  });
});
