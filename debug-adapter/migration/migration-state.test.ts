import assert from 'node:assert/strict';
import { MigrationState } from './migration-state';

describe('migration state', () => {
  it('goes from none by setup and active to completed', () => {
    const state = new MigrationState();
    for (const status of ['setup', 'active', 'completed'] as const) state.setStatus(status);
    assert.equal(state.status, 'completed');
    assert.ok(state.hasEnded);
  });

  it('takes no transition that its table does not have', () => {
    const state = new MigrationState();
    assert.throws(() => state.setStatus('active'), /none → active/);
    state.setStatus('setup');
    state.setStatus('failed');
    assert.throws(() => state.setStatus('active'), /failed → active/);
  });
});
