import assert from 'node:assert/strict';
import type { ThreadInfo, ThreadRole } from '../debuggee/thread';
import { Threads } from './threads';

const info = (id: string, role: ThreadRole): ThreadInfo => ({
  ...{ id, role, state: 'running', isBlocked: false, timeNs: 0, progress: 0 },
});
const mainLoop = info('main loop', 'main-loop');

describe('thread numbers', () => {
  it('stay the same while threads come and go', () => {
    const threads = new Threads();
    threads.update([info('vCPU 0', 'hart'), info('vCPU 1', 'hart'), mainLoop, info('iothread io0', 'other')]);
    assert.deepEqual(
      threads.list().map(({ id }) => id),
      [1, 2, 100, 200],
    );
    assert.deepEqual(
      threads.update([info('vCPU 0', 'hart'), info('iothread io1', 'other'), info('migration', 'migration')]),
      {
        started: [201, 101],
        exited: [2, 100, 200],
      },
    );
    assert.equal(threads.id(101), 'migration');
    assert.throws(() => threads.id(200), /There is no thread 200/);
    assert.equal(threads.number('iothread io0'), 200);
  });
});

describe('a thread', () => {
  const blocked = { ...info('hart 0', 'hart'), state: 'waits for the BQL', isBlocked: true };
  const asleep = { ...info('hart 1', 'hart'), state: 'waits for an interrupt (wfi)' };
  const threads = new Threads();
  threads.update([blocked, asleep, { ...mainLoop, state: 'waits for events' }]);

  it('has a name that does not depend on what it does', () => {
    assert.deepEqual(
      threads.list().map(({ name }) => name),
      ['hart 0', 'hart 1', 'main loop'],
    );
  });

  it('is listed first where it has stopped, and the others in their order', () => {
    const names = (first: string) => threads.list(first).map(({ name }) => name);
    assert.deepEqual(names('main loop'), ['main loop', 'hart 0', 'hart 1']);
    assert.deepEqual(names('gone'), ['hart 0', 'hart 1', 'main loop']);
  });

  it('says what it waits for while it waits for another thread; a hart, always', () => {
    assert.deepEqual(
      ['hart 0', 'hart 1', 'main loop', 'nobody'].map((id) => threads.waitOf(id)),
      ['waits for the BQL', 'waits for an interrupt (wfi)', undefined, undefined],
    );
  });
});
