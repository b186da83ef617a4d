import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { phases } from '../../debug-adapter/debuggee/phase';
import { type Bench, bareMachine, bench } from './harness';
import { type GuestShape, guestShapes, randomGuest } from './random-guest';

const shapes = guestShapes();

const starts = fc.integer({ min: 1, max: 20_000 });

function guestBench(shape: GuestShape, start: number, msPerLook = 0): Bench {
  const image = { path: 'random guest', bytes: randomGuest(shape) };
  return bench({ machine: { program: image }, trigger: { kind: 'instructions', count: start }, msPerLook });
}

describe('a write-tracking snapshot of any guest', () => {
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
      { numRuns: 10 },
    );
  });

  it('is the same run stepped instruction by instruction as run at once', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const stepped = guestBench(shape, 100);
        for (let step = 0; step < 400; step++) {
          const stop = await stepped.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
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
  });
});
