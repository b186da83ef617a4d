import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { type Phase, phases } from '../../debug-adapter/debuggee/phase';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { readSnapshot } from '../stream/naive-reader';
import { type Bench, bareMachine, bench, snapshotPath } from './harness';
import { type GuestShape, randomGuest } from './random-guest';

const shapes: fc.Arbitrary<GuestShape> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  firstPage: fc.integer({ min: 1, max: 128 }),
  pageCountLog2: fc.integer({ min: 0, max: 6 }),
  idleRounds: fc.integer({ min: 0, max: 400 }),
  sizeLog2: fc.integer({ min: 0, max: 3 }),
  misalignment: fc.integer({ min: 0, max: 7 }),
});

const starts = fc.integer({ min: 1, max: 20_000 });

function guestBench(shape: GuestShape, start: number, msPerLook = 0): Bench {
  const image = { path: 'random guest', bytes: randomGuest(shape) };
  return bench({ machine: { program: image }, trigger: { kind: 'instructions', count: start }, msPerLook });
}

/** Runs to the entry of each of the phases in turn. */
async function runToPhase(debuggee: Bench['debuggee'], phase: Phase): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase }] });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: stop.thread, phase });
}

/** Until the main loop has cleaned up after the snapshot. */
async function runToEnd({ debuggee, messages }: Bench): Promise<void> {
  await runToPhase(debuggee, 'completed');
  while (messages.length === 0) await debuggee.run({ kind: 'step', thread: 'main-loop', depth: 'into' });
  debuggee.setBreakpoints(noBreakpoints);
}

describe('a write-tracking snapshot of any guest', () => {
  it('holds the RAM of the freeze, byte for byte, and each page once', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        const truth = guestBench(shape, start);
        await runToPhase(truth.debuggee, 'wp-arm');
        const frozen = truth.machine.core.ram.slice();

        const run = guestBench(shape, start);
        await runToEnd(run);
        assert.match(run.messages[0]!, /RAM in the file is RAM at the freeze/);
        const { blocks } = readSnapshot(run.files.get(snapshotPath)!);
        for (const { name, bytes, writable } of run.machine.ramBlocks) {
          const block = blocks.get(name)!;
          assert.ok(Buffer.from(block.bytes).equals(writable ? frozen : bytes), `${name} differs`);
          assert.ok(
            block.timesSent.every((times) => times === 1),
            `${name} has a page not sent once`,
          );
        }
      }),
      { numRuns: 40 },
    );
  }).timeout(120_000);

  it('leaves no page protected and nobody asleep', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        const run = guestBench(shape, start);
        await runToEnd(run);
        const { core } = run.machine;
        core.pageStates.forEach((state, page) => {
          assert.ok(!core.isProtected(page));
          assert.ok(state !== PageState.Protected && state !== PageState.Faulting && state !== PageState.Untracked);
        });
        assert.ok(!run.debuggee.threads().some(({ state }) => state.includes('uffd')));
      }),
      { numRuns: 20 },
    );
  }).timeout(120_000);

  it('does not disturb the guest: hart and RAM are as without it after as many instructions', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        const run = guestBench(shape, start);
        await runToEnd(run);
        const { instructions } = run.debuggee.status();

        const alone = bareMachine({ program: { path: 'random guest', bytes: randomGuest(shape) } });
        for (let left = instructions; left > 0; )
          left -= alone.runHart(0, left, (instructions - left) * 10).instructionCount;
        assert.equal(run.machine.core.stateHash(), alone.core.stateHash());
      }),
      { numRuns: 20 },
    );
  }).timeout(120_000);

  it('is the same run however it is sliced: every stop has the same time, counts and state hash', async () => {
    const travel = async (shape: GuestShape, start: number, msPerLook: number): Promise<unknown[]> => {
      const { debuggee, machine } = guestBench(shape, start, msPerLook);
      const everyPhase = phases.map(({ id: phase }, id) => ({ id, phase }));
      debuggee.setBreakpoints({ ...noBreakpoints, phases: everyPhase, writeFaults: [{ id: phases.length }] });
      const seen: unknown[] = [];
      while (debuggee.status().phase !== 'append-stash') {
        const stop = await debuggee.run({ kind: 'continue' });
        seen.push([stop, debuggee.status(), machine.stateHash(), ...debuggee.threads().map(({ timeNs }) => timeNs)]);
      }
      return seen;
    };
    await fc.assert(
      fc.asyncProperty(shapes, starts, async (shape, start) => {
        assert.deepEqual(await travel(shape, start, 100), await travel(shape, start, 0));
      }),
      { numRuns: 20 },
    );
  }).timeout(120_000);

  it('is the same run stepped instruction by instruction as run at once', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const stepped = guestBench(shape, 100);
        for (let step = 0; step < 400; step++) {
          const stop = await stepped.debuggee.run({ kind: 'step', thread: 'hart0', depth: 'into' });
          assert.equal(stop.reason, 'step');
        }
        const { instructions } = stepped.debuggee.status();
        const alone = bareMachine({ program: { path: 'random guest', bytes: randomGuest(shape) } });
        for (let left = instructions; left > 0; )
          left -= alone.runHart(0, left, (instructions - left) * 10).instructionCount;
        assert.equal(stepped.machine.core.stateHash(), alone.core.stateHash());
      }),
      { numRuns: 10 },
    );
  }).timeout(120_000);
});
