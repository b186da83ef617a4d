import assert from 'node:assert/strict';
import { FaultWaits, waitsText, waitText } from './fault-waits';

describe('waits in write faults', () => {
  let nowMs: number;
  let waits: FaultWaits;
  beforeEach(() => {
    nowMs = 0;
    waits = new FaultWaits(() => nowMs);
  });
  const looksAt = (ms: number, ...waiting: number[]) => {
    nowMs = ms;
    waits.look(() => waiting);
  };

  it('began between the last look without and the first look with the thread', () => {
    looksAt(10);
    looksAt(12, 7);
    looksAt(30, 7);
    nowMs = 42;
    assert.deepEqual(waits.of([7]), { leastMs: 30, mostMs: 32 });
    assert.equal(waits.of([8]), undefined);
  });

  it('began and ended at no instant in the midst of a look', () => {
    waits.look(() => {
      nowMs = 3;
      return [];
    });
    nowMs = 5;
    waits.look(() => {
      nowMs = 6;
      return [7];
    });
    nowMs = 10;
    assert.deepEqual(waits.of([7]), { leastMs: 4, mostMs: 10 });
  });

  it('are of any of those that wait, where several do', () => {
    looksAt(10, 7);
    looksAt(20, 7, 8);
    assert.deepEqual(waits.of([7, 8]), { leastMs: 0, mostMs: 20 });
  });

  it('begin anew behind the page of a fault', () => {
    looksAt(10, 7);
    looksAt(50, 7, 8);
    waits.end([7]);
    looksAt(51, 7, 8);
    assert.deepEqual(waits.of([8]), { leastMs: 1, mostMs: 41 });
    assert.deepEqual(waits.of([7]), { leastMs: 0, mostMs: 1 });
    looksAt(61, 7);
    waits.end([7]);
    assert.deepEqual(waits.mostMs, [50, 51, 11]);
  });

  it('may have begun anew, unseen, where it is not known whose fault is over', () => {
    looksAt(10, 7, 8);
    looksAt(50, 7, 8);
    waits.end([7, 8]);
    looksAt(60, 8);
    assert.deepEqual(waits.of([8]), { leastMs: 10, mostMs: 60 });
    waits.forget();
    assert.deepEqual(waits.of([8]), { leastMs: 0, mostMs: 60 });
    looksAt(70);
    assert.equal(waits.of([8]), undefined);
  });

  it('are over for a thread that is seen to wait no more, whoever else does', () => {
    looksAt(10, 7, 8);
    looksAt(50, 7, 8);
    waits.end([7, 8]);
    looksAt(60, 8);
    assert.deepEqual(waits.mostMs, [60]);
    nowMs = 61;
    waits.follow(() => [9]);
    assert.deepEqual(waits.mostMs, [60, 61]);
    assert.equal(waits.isAny, false, 'who comes to wait meanwhile is not followed');
  });

  it('are told as bounds', () => {
    assert.equal(waitText({ leastMs: 0.02, mostMs: 0.34 }), '0.0 to 0.3 ms of wall time');
    assert.equal(waitText({ leastMs: 2500.1, mostMs: 2500.3 }), '2,500 ms of wall time');
    waits.mostMs.push(...Array.from({ length: 100 }, (_, index) => index + 1));
    const text = 'at most 50 ms (p50), 99 ms (p99), 100 ms (longest) of wall time, including while held';
    assert.equal(waitsText(waits), text);
  });
});
