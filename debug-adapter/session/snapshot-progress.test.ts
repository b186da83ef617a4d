import assert from 'node:assert/strict';
import type { Debuggee } from '../debuggee/debuggee';
import { Client } from './client';
import { SnapshotProgress } from './snapshot-progress';

describe('progress of a snapshot', () => {
  it('is shown, and cancelled, before its first phase, too, while it waits for work on this machine', () => {
    const told: unknown[] = [];
    let share: number | undefined;
    let cancelledCount = 0;
    const debuggee = {
      status: () => ({
        phase: 'completed',
        hostWork: share === undefined ? undefined : { what: 'Mapping memory', share },
      }),
      cancelSnapshot: () => cancelledCount++,
    } as unknown as Debuggee;
    const client = new Client((event, body) => told.push([event, body]), { supportsProgressReporting: true } as never);
    const progress = new SnapshotProgress(debuggee);
    progress.update(client);
    for (share of [0, 0.256, undefined]) progress.update(client);
    const progressId = 'snapshot-1';
    assert.deepEqual(told, [
      ['progressStart', { progressId, title: 'Snapshot', cancellable: true, percentage: 0 }],
      ['progressUpdate', { progressId, message: 'Mapping memory, 0 %', percentage: 0 }],
      ['progressUpdate', { progressId, message: 'Mapping memory, 25 %', percentage: 25 }],
      ['progressEnd', { progressId }],
    ]);
    share = 0.5;
    progress.update(client);
    assert.equal(progress.cancel('snapshot-2'), true);
    assert.equal(cancelledCount, 1);
  });
});
