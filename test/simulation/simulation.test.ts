import assert from 'node:assert/strict';
import { endingsOf } from './campaign';
import { plain } from './plan';
import { check } from './promises';
import { SimulatedRun } from './simulated-run';

const seedCount = 300;

describe('any snapshot of any guest, whatever happens to it', () => {
  it(`keeps every promise, in each of ${seedCount} simulated runs`, () => {
    // The plans are worth something only if they lead everywhere.
    const endings = endingsOf(seedCount, 20_201_118);
    for (const status of ['completed', 'failed', 'cancelled']) {
      assert.ok((endings.get(status) ?? 0) > seedCount / 20, JSON.stringify([...endings]));
    }
  });
});

describe('a snapshot that is cancelled', () => {
  for (const algorithm of ['background-snapshot', 'track-writes-ram', 'precopy', 'savevm'] as const) {
    it(`keeps every promise however close to a change of its status: ${algorithm}`, () => {
      const uncancelled = new SimulatedRun({ ...plain, algorithm });
      uncancelled.planned();
      const changes = uncancelled.log
        .filter((line) => line.includes('"MIGRATION"'))
        .map((line) => Number.parseInt(line, 10));
      assert.ok(changes.length >= 2);
      for (const changeNs of changes) {
        for (let ns = changeNs - 2500; ns < changeNs + 500; ns += 200) {
          const cancelUs = ns / 1000 - plain.startUs;
          if (cancelUs >= 0) check({ ...plain, algorithm, cancelUs });
        }
      }
    });
  }
});
