import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { phases } from '../../debug-adapter/debuggee/phase';
import { type GuestShape, randomGuest } from '../snapshot/random-guest';
import { OpenTraveller } from './travelling';

const shapes: fc.Arbitrary<GuestShape> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  firstPage: fc.integer({ min: 1, max: 128 }),
  pageCountLog2: fc.integer({ min: 0, max: 7 }),
  idleRounds: fc.integer({ min: 0, max: 200 }),
  sizeLog2: fc.integer({ min: 0, max: 3 }),
  misalignment: fc.integer({ min: 0, max: 7 }),
});

const scenarios = fc.record({
  shape: shapes,
  hartCount: fc.constantFrom(1, 2, 4),
  start: fc.integer({ min: 1, max: 20_000 }),
  capabilities: fc.constantFrom(['background-snapshot'], ['track-writes-ram'], []),
  /** How far virtual time goes before the first step. */
  untilNs: fc.integer({ min: 0, max: 3_000_000 }),
  threads: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
});

type Scenario = typeof scenarios extends fc.Arbitrary<infer Each> ? Each : never;

function traveller({ shape, hartCount, start, capabilities }: Scenario): OpenTraveller {
  return OpenTraveller.of({
    machine: { program: { path: 'random guest', bytes: randomGuest(shape) }, hartCount },
    trigger: { kind: 'instructions', count: start },
    snapshot: { capabilities: new Set(capabilities) as never },
  });
}

describe('a step back', () => {
  it('leads to where a step forward has begun, and that one to where it has ended', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const run = traveller(scenario);
        await run.run({ kind: 'continue', untilNs: scenario.untilNs });
        for (const pick of scenario.threads) {
          const threads = run.threads();
          const thread = threads[pick % threads.length]!.id;
          // The main loop may have nothing to do for ever.
          const end = { instant: { events: run.status().instant.events + 20_000, threads: [] } };
          const stop = await run.run({ kind: 'step', thread, depth: 'into', destinations: [end] });
          if (stop.reason !== 'step' || stop.thread !== thread) continue;
          const here = run.view();
          assert.deepEqual(await run.back({ kind: 'step', thread, depth: 'into' }), { reason: 'step', thread });
          await run.run({ kind: 'step', thread, depth: 'into' });
          assert.deepEqual(run.view(), here);
        }
        await run.dispose();
      }),
      { numRuns: 25 },
    );
  });
});

describe('back to the last stop', () => {
  it('finds every stop of the run forward, in the opposite order, and then the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const run = traveller(scenario);
        run.setBreakpoints({
          ...noBreakpoints,
          phases: phases.map(({ id: phase }, id) => ({ id, phase })),
          writeFaults: [{ id: 99 }],
        });
        const seen: unknown[] = [];
        for (
          let stop = await run.run({ kind: 'continue' });
          seen.length < 12;
          stop = await run.run({ kind: 'continue' })
        ) {
          if (stop.reason === 'exited' || (stop.reason === 'phase' && stop.phase === 'completed')) break;
          seen.push([stop, run.view()]);
        }
        for (const expected of seen.reverse()) {
          const stop = await run.back({ kind: 'continue' });
          assert.deepEqual([stop, run.view()], expected);
        }
        assert.equal((await run.back({ kind: 'continue' })).reason, 'entry');
        assert.equal(run.status().instant.events, 0);
        await run.dispose();
      }),
      { numRuns: 5 },
    );
  });
});
