import assert from 'node:assert/strict';
import { Threads } from './threads';

const info = (id: string) => ({ id, kind: 'vmm' as const, state: 'running', isBlocked: false, timeNs: 0, progress: 0 });

describe('thread numbers', () => {
  it('stay the same while threads come and go', () => {
    const threads = new Threads();
    threads.update([info('hart 0'), info('hart 1'), info('main loop'), info('precopy')]);
    assert.deepEqual(
      threads.list().map(({ id }) => id),
      [1, 2, 100, 200],
    );
    assert.deepEqual(threads.update([info('hart 0'), info('multifd'), info('migration')]), {
      started: [201, 101],
      exited: [2, 100, 200],
    });
    assert.equal(threads.id(101), 'migration');
    assert.throws(() => threads.id(200), /There is no thread 200/);
    assert.equal(threads.number('precopy'), 200);
  });
});

describe('a thread', () => {
  const blocked = { ...info('hart 0'), state: 'waits for the BQL', isBlocked: true };
  const asleep = { ...info('hart 1'), kind: 'hart' as const, state: 'waits for an interrupt (wfi)' };
  const threads = new Threads();
  threads.update([blocked, asleep, { ...info('main loop'), state: 'waits for events' }]);

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
