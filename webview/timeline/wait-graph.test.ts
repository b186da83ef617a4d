import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { WaitsFor } from '../../debug-adapter/protocol/timeline';
import { layWaits, waitText } from './wait-graph';

const own: WaitsFor = { thread: 'migration', resource: 'uffd: page 0x80002', heldBy: 'migration' };
const circle: WaitsFor[] = [
  { thread: 'migration', resource: 'the BQL', heldBy: 'main loop' },
  { thread: 'main loop', resource: 'uffd: page 0x80400', heldBy: 'migration' },
];
const waiter: WaitsFor = { thread: 'hart 0', resource: 'the BQL', heldBy: 'main loop' };

describe('the picture of a wait-for graph', () => {
  it('has each thread once, and they do not lie upon each other', () => {
    const { nodes, width, height } = layWaits([...circle, waiter, { ...waiter, thread: 'hart 1' }]);
    deepEqual(
      nodes.map(({ thread }) => thread),
      ['migration', 'main loop', 'hart 0', 'hart 1'],
    );
    for (const [index, a] of nodes.entries()) {
      ok(a.x > 0 && a.x < width && a.y > 0 && a.y < height);
      for (const b of nodes.slice(index + 1)) ok(Math.abs(a.x - b.x) > 92 || Math.abs(a.y - b.y) > 26);
    }
  });

  it('marks those that wait in a circle, and not those that wait for them', () => {
    const { nodes, edges } = layWaits([...circle, waiter]);
    deepEqual(
      nodes.map(({ isInCircle }) => isInCircle),
      [true, true, false],
    );
    deepEqual(
      edges.map(({ isInCircle }) => isInCircle),
      [true, true, false],
    );
  });

  it('a thread that waits for itself has an arrow to itself', () => {
    const { edges } = layWaits([own]);
    deepEqual([edges[0]!.from, edges[0]!.to, edges[0]!.label], ['migration', 'migration', 'uffd: page 0x80002']);
  });

  it('says in words what it shows', () => {
    equal(waitText(own), 'migration waits for uffd: page 0x80002, held by itself');
    equal(waitText({ thread: 'hart 0', resource: 'vm_start', idle: true }), 'hart 0 waits for vm_start');
    equal(
      waitText({ thread: 'hart 0', resource: 'uffd: page 0x1' }),
      'hart 0 waits for uffd: page 0x1, which no thread is left to end',
    );
  });
});
