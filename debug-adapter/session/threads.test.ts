import assert from 'node:assert/strict';
import { Threads } from './threads';

const info = (id: string) => ({ id, name: id, kind: 'vmm' as const, state: 'running', isBlocked: false, timeNs: 0 });

describe('thread numbers', () => {
  it('stay the same while threads come and go', () => {
    const threads = new Threads();
    threads.update([info('hart0'), info('hart1'), info('main-loop'), info('precopy')]);
    assert.deepEqual(
      threads.list(false).map(({ id }) => id),
      [1, 2, 100, 200],
    );
    assert.deepEqual(threads.update([info('hart0'), info('multifd'), info('migration')]), {
      started: [201, 101],
      exited: [2, 100, 200],
    });
    assert.equal(threads.id(101), 'migration');
    assert.throws(() => threads.id(200), /There is no thread 200/);
    assert.equal(threads.number('precopy'), 200);
  });
});

describe('the name of a thread', () => {
  it('says what it waits for while it waits for another thread; of a hart, always', () => {
    const threads = new Threads();
    const blocked = { ...info('hart0'), name: 'hart 0', state: 'waits for the BQL', isBlocked: true };
    const asleep = {
      ...info('hart1'),
      name: 'hart 1',
      kind: 'hart' as const,
      state: 'waits for an interrupt (wfi)',
      isBlocked: false,
    };
    threads.update([blocked, asleep, { ...info('main-loop'), name: 'main loop', state: 'waits for events' }]);
    assert.deepEqual(
      threads.list(false).map(({ name }) => name),
      ['hart 0: waits for the BQL', 'hart 1: waits for an interrupt (wfi)', 'main loop'],
    );
    assert.deepEqual(threads.waiting, [1, 2]);
  });

  it('does not say so while it runs', () => {
    const threads = new Threads();
    threads.update([{ ...info('hart0'), name: 'hart 0', state: 'waits for the BQL', isBlocked: true }]);
    assert.deepEqual(
      threads.list(true).map(({ name }) => name),
      ['hart 0'],
    );
  });
});
