import assert from 'node:assert/strict';
import type { Debuggee } from '../debuggee/debuggee';
import { Client } from './client';
import { SnapshotProgress } from './snapshot-progress';

describe('progress of a snapshot', () => {
  it('is shown, and cancelled, before its first phase, too, while memory for it is mapped', () => {
    const told: unknown[] = [];
    let preparedShare: number | undefined;
    let cancelledCount = 0;
    const debuggee = {
      status: () => ({ phase: 'completed', preparedShare }),
      cancelSnapshot: () => cancelledCount++,
    } as unknown as Debuggee;
    const client = new Client((event, body) => told.push([event, body]), { supportsProgressReporting: true } as never);
    const progress = new SnapshotProgress(debuggee);
    progress.update(client);
    for (preparedShare of [0, 0.256, undefined]) progress.update(client);
    const progressId = 'snapshot-1';
    assert.deepEqual(told, [
      ['progressStart', { progressId, title: 'Snapshot', cancellable: true, percentage: 0 }],
      ['progressUpdate', { progressId, message: 'Mapping memory for a copy of RAM, 0 %', percentage: 0 }],
      ['progressUpdate', { progressId, message: 'Mapping memory for a copy of RAM, 25 %', percentage: 25 }],
      ['progressEnd', { progressId }],
    ]);
    preparedShare = 0.5;
    progress.update(client);
    assert.equal(progress.cancel('snapshot-2'), true);
    assert.equal(cancelledCount, 1);
  });
});
