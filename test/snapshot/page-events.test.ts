import assert from 'node:assert/strict';
import type { Debuggee, PagesOfBlock } from '../../debug-adapter/debuggee/debuggee';
import { applyRuns } from '../../debug-adapter/protocol/page-runs';
import { countPages } from '../../debug-adapter/protocol/page-states';
import { PageEvents } from '../../debug-adapter/session/page-events';
import { bench } from './harness';
import { randomGuest } from './random-guest';

const program = {
  path: 'random guest',
  bytes: randomGuest({ seed: 7, firstPage: 3, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 3 }),
};
const trigger = { kind: 'instructions', count: 500 } as const;
const stepCount = 300;

describe("a page map's events", () => {
  it('add up to the pages as they are, wherever a step, a run or a way back leads', async () => {
    const run = bench({ machine: { program, ramByteCount: 16 << 20 }, trigger, checkpoints: { workMax: Infinity } });
    const { debuggee } = run;
    const { pages } = debuggee;
    const checkpoints = debuggee.checkpoints!;
    const events = new PageEvents(debuggee);
    const shown = pages.blocks.map(({ states }) => states.slice());
    const ways = new Set<string>();
    for (let step = 0; step < stepCount; step++) {
      const way = step % 30 === 29 ? 'back' : step % 10 === 9 ? 'ahead' : 'step';
      if (step % 20 === 0 && (checkpoints.instants.at(-1) ?? -1) < debuggee.status().instant.events) checkpoints.take();
      if (way === 'back') await checkpoints.goTo((step * 7) % checkpoints.instants.length);
      else if (way === 'ahead') await debuggee.run({ kind: 'continue', untilNs: debuggee.status().timeNs + 300_000 });
      else {
        const thread = debuggee.threads().find(({ id }) => id === 'migration')?.id ?? 'hart 0';
        await debuggee.run({ kind: 'step', thread, depth: 'into' });
      }
      const change = events.changes({ stop: undefined });
      for (const [index, { runs, counts }] of change?.blocks.entries() ?? []) {
        applyRuns(runs, shown[index]!);
        assert.deepEqual(counts, countPages(shown[index]!));
        if (runs !== '') ways.add(way);
      }
      for (const [index, { states }] of pages.blocks.entries()) assert.deepEqual(shown[index], states, `step ${step}`);
    }
    assert.deepEqual([...ways].sort(), ['ahead', 'back', 'step']);
  });

  it('look only at what is around the pages that have changed', async () => {
    const looksBySize = [16, 256].map(async (mib) => {
      const { debuggee } = bench({ machine: { program, ramByteCount: mib << 20 }, trigger });
      const { view, looks } = counting(debuggee);
      const events = new PageEvents(view);
      await debuggee.run({ kind: 'continue', until: 'write-fault' });
      events.changes({ stop: undefined });
      const before = looks();
      for (let step = 0; step < 50; step++) {
        await debuggee.run({ kind: 'step', thread: 'migration', depth: 'into' });
        events.changes({ stop: undefined });
      }
      return looks() - before;
    });
    const [small, large] = await Promise.all(looksBySize);
    assert.ok(small! > 0);
    assert.equal(large, small);
  });
});

/** The debuggee, and how often somebody has looked at the state of a page of its RAM. */
function counting(debuggee: Debuggee): { view: Debuggee; looks: () => number } {
  let looks = 0;
  const [{ states, ...ram }] = debuggee.pages.blocks;
  const watched = new Proxy(states, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const blocks: readonly [PagesOfBlock] = [{ ...ram, states: watched }];
  const pages = { ...debuggee.pages, blocks };
  const view = new Proxy(debuggee, {
    get: (target, key) => {
      const value: unknown = key === 'pages' ? pages : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { view, looks: () => looks };
}
