import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { type Phase, phases } from '../../debug-adapter/debuggee/phase';
import { type ChannelOptions, promptReader } from '../../debug-adapter/migration/channel';
import type { WhatIf } from '../../debug-adapter/migration/what-if';
import { type Bench, bench, snapshotPath } from './harness';
import { type GuestShape, randomGuest } from './random-guest';

const shapes: fc.Arbitrary<GuestShape> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  firstPage: fc.integer({ min: 1, max: 128 }),
  pageCountLog2: fc.integer({ min: 0, max: 7 }),
  // A slow one comes to pages for the first time during the snapshot, which without populate are not protected.
  idleRounds: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 300, max: 2000 })),
  sizeLog2: fc.integer({ min: 0, max: 3 }),
  misalignment: fc.integer({ min: 0, max: 7 }),
});

const starts = fc.integer({ min: 1, max: 20_000 });

const whatIfs: fc.Arbitrary<Partial<WhatIf>> = fc.constantFrom(
  {},
  {},
  { populate: false },
  { flushBeforeUnprotect: false },
  { populate: false, flushBeforeUnprotect: false },
);

/** Cancelled when it has come to this phase, or not at all. */
const cancels: fc.Arbitrary<Phase | undefined> = fc.constantFrom(
  undefined,
  undefined,
  'vm-start-bh',
  'save',
  'wp-disarm',
);

const channels: fc.Arbitrary<ChannelOptions> = fc.oneof(
  fc.constant(promptReader),
  fc.record({
    bytesPerSecond: fc.integer({ min: 20_000_000, max: 500_000_000 }),
    stallAtByte: fc.integer({ min: 0, max: 500_000 }),
    stallNs: fc.integer({ min: 0, max: 3_000_000 }),
    closeAtByte: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 500_000 })),
  }),
);

interface Scenario {
  readonly channel: ChannelOptions;
  readonly shape: GuestShape;
  readonly start: number;
  readonly whatIf: Partial<WhatIf>;
  readonly cancelAt: Phase | undefined;
}

/**
 * Everything that a run shows, at each phase and at the end.
 *
 * @param isInOrder every action in the order of its time: a stop that a hart may make, though it never does, sees to that
 */
async function travel({ channel, shape, start, whatIf, cancelAt }: Scenario, isInOrder: boolean): Promise<unknown[]> {
  const image = { path: 'random guest', bytes: randomGuest(shape) };
  const run = bench({
    machine: { program: image },
    trigger: { kind: 'instructions', count: start },
    snapshot: { channel },
    whatIf,
  });
  const { debuggee, messages } = run;
  const watch = {
    ...noBreakpoints,
    phases: phases.map(({ id: phase }, id) => ({ id, phase })),
    writeFaults: isInOrder ? [{ id: 99, condition: () => false }] : [],
  };
  debuggee.setBreakpoints(watch);
  const seen: unknown[] = [];
  for (;;) {
    const stop = await debuggee.run({ kind: 'continue' });
    assert.ok(stop.reason === 'phase', stop.reason);
    seen.push([stop, debuggee.status(), ...views(run)]);
    if (stop.phase === cancelAt) debuggee.cancelSnapshot();
    if (['completed', 'cancelled', 'failed'].includes(stop.phase)) break;
  }
  while (messages.length === 0 || debuggee.isTakingSnapshot)
    await debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  seen.push([...messages, Buffer.from(run.files.get(snapshotPath) ?? []).toString('base64'), ...views(run)]);
  return seen;
}

/** Threads with their times and places, and each page's state, with the time it came there and by whom. */
function views({ debuggee, machine }: Bench): unknown[] {
  const { core } = machine;
  const threads = debuggee.threads();
  return [
    threads,
    threads.map(({ id }) => debuggee.stack(id)),
    machine.stateHash(),
    Buffer.from(core.pageStates).toString('hex'),
    Buffer.from(core.pageActors).toString('hex'),
    core.pageTimesNs.join(),
  ];
}

/** The guest first writes to a page, which nothing protects, between the look whether it is zero and its way out. */
const writtenUnderWay: Scenario = {
  channel: promptReader,
  shape: { seed: 765_582_144, firstPage: 1, pageCountLog2: 6, idleRounds: 173, sizeLog2: 0, misalignment: 0 },
  start: 1,
  whatIf: { populate: false },
  cancelAt: undefined,
};

describe('a snapshot whose thread acts ahead of the harts', () => {
  it('is the run in the order of time: same stream, times, page states and threads at every phase', async () => {
    const scenarios = fc.record({
      channel: channels,
      shape: shapes,
      start: starts,
      whatIf: whatIfs,
      cancelAt: cancels,
    });
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        assert.deepEqual(await travel(scenario, false), await travel(scenario, true));
      }),
      { numRuns: 30, examples: [[writtenUnderWay]] },
    );
  });
});
