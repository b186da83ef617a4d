import assert from 'node:assert/strict';
import fc from 'fast-check';
import { act, call, lock, type Routine, unlock, waitUntil } from './actions';
import { Lock } from './lock';
import { Scheduler } from './scheduler';
import { Signal } from './signal';
import { VmmThread } from './vmm-thread';

/** Lets everybody act until nobody can. */
function run(...threads: VmmThread[]): Scheduler<VmmThread> {
  const scheduler = new Scheduler<VmmThread>();
  for (const thread of threads) scheduler.add(thread);
  for (let next = scheduler.next(); next; next = scheduler.next()) next.actor.act();
  return scheduler;
}

describe('scheduler', () => {
  it('lets the thread furthest behind act first, and of equals the one that joined first', () => {
    const log: string[] = [];
    function* body(name: string, costNs: number): Routine {
      for (let i = 0; i < 3; i++) yield* act('act', costNs, (now) => log.push(`${name}@${now}`));
    }
    run(new VmmThread('a', 'a', () => body('a', 30), 0), new VmmThread('b', 'b', () => body('b', 20), 0));
    assert.deepEqual(log, ['a@0', 'b@0', 'b@20', 'a@30', 'b@40', 'a@60']);
  });

  it('says how far the chosen actor may go before another is due', () => {
    function* body(): Routine {
      yield* act('act', 1, () => {});
    }
    const scheduler = new Scheduler<VmmThread>();
    for (const startNs of [50, 10, 30]) scheduler.add(new VmmThread(`t${startNs}`, 't', () => body(), startNs));
    const next = scheduler.next()!;
    assert.equal(next.actor.id, 't10');
    assert.equal(next.untilNs, 30);
  });

  it('ends a wait at its deadline when nobody notifies', () => {
    const log: number[] = [];
    function* body(): Routine {
      const options = { resource: 'nobody', deadlineNs: () => 500 };
      yield* waitUntil('wait', new Signal(), () => false, options);
      yield* act('act', 0, (now) => log.push(now));
    }
    run(new VmmThread('t', 't', () => body(), 0));
    assert.deepEqual(log, [500]);
  });

  it('names every thread of a deadlock, what it waits for and who holds it', () => {
    const [first, second] = [new Lock('first lock'), new Lock('second lock')];
    function* body(mine: Lock, other: Lock): Routine {
      yield* lock('mine', mine);
      yield* act('act', 10, () => {});
      yield* lock('other', other);
    }
    const scheduler = run(
      new VmmThread('a', 'a', () => body(first, second), 0),
      new VmmThread('b', 'b', () => body(second, first), 0),
    );
    assert.deepEqual(scheduler.deadlock(), [
      { thread: 'a', resource: 'the second lock', heldBy: 'b' },
      { thread: 'b', resource: 'the first lock', heldBy: 'a' },
    ]);
  });

  it('finds no deadlock in a thread that waits for the world outside', () => {
    function* body(): Routine {
      yield* waitUntil('wait', new Signal(), () => false, { resource: 'events', idle: true });
    }
    assert.deepEqual(run(new VmmThread('t', 't', () => body(), 0)).deadlock(), []);
  });
});

describe('lock', () => {
  it('is held by one thread at a time, whatever the threads do in between', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 5 }), { minLength: 1, maxLength: 5 }), (costs) => {
        const shared = new Lock('lock');
        let inside = 0;
        let entered = 0;
        function* body(mine: number[]): Routine {
          for (const costNs of mine) {
            yield* act('outside', costNs, () => {});
            yield* lock('lock', shared);
            yield* act('enter', costNs, () => {
              inside++;
              entered++;
              assert.equal(inside, 1);
            });
            yield* act('leave', 1, () => inside--);
            yield* unlock('unlock', shared);
          }
        }
        const scheduler = run(...costs.map((mine, i) => new VmmThread(`t${i}`, 't', () => body(mine), 0)));
        assert.equal(entered, costs.flat().length);
        assert.deepEqual(scheduler.deadlock(), []);
      }),
    );
  });

  it('passes to the longest waiter at the time of its release', () => {
    const shared = new Lock('lock');
    const log: string[] = [];
    function* body(name: string, holdNs: number): Routine {
      yield* lock('lock', shared);
      yield* act('hold', holdNs, (now) => log.push(`${name}@${now}`));
      yield* unlock('unlock', shared);
    }
    const starts = [0, 20, 10];
    run(...starts.map((startNs) => new VmmThread(`t${startNs}`, 't', () => body(`t${startNs}`, 100), startNs)));
    assert.deepEqual(log, ['t0@50', 't10@200', 't20@350']);
  });

  it('is not released by a thread that does not hold it', () => {
    const shared = new Lock('lock');
    function* body(): Routine {
      yield* unlock('unlock', shared);
    }
    assert.throws(() => run(new VmmThread('t', 't', () => body(), 0)), /t releases the lock held by undefined/);
  });
});

describe('VMM thread', () => {
  it('has a frame for each routine it is in, each at the action it stands at, with what the actions before gave', () => {
    function* inner(): Routine<number> {
      yield* act('inside', 5, () => {});
      return 7;
    }
    function* outer(): Routine {
      const seven = yield* call('call', 'inner', inner());
      yield* act('after', seven, () => {});
    }
    const thread = new VmmThread('t', 'outer', () => outer(), 0);
    assert.deepEqual(thread.frames, [{ name: 'outer', at: 'call', results: new Map() }]);
    thread.act();
    assert.deepEqual(thread.frames, [
      { name: 'inner', at: 'inside', results: new Map() },
      { name: 'outer', at: 'call', results: new Map() },
    ]);
    thread.act();
    assert.deepEqual(thread.frames, [{ name: 'outer', at: 'after', results: new Map([['call', 7]]) }]);
    thread.act();
    assert.equal(thread.clockNs, 12);
    assert.equal(thread.pending, undefined);
  });

  it('gives an action its result and charges a cost that depends on it', () => {
    const seen: number[] = [];
    function* body(): Routine {
      const bytes = yield* act(
        'flush',
        (count) => count * 2,
        () => 21,
      );
      yield* act('after', 0, (now) => seen.push(bytes, now));
    }
    run(new VmmThread('t', 't', () => body(), 0));
    assert.deepEqual(seen, [21, 42]);
  });
});
