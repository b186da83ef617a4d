import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { bench } from '../snapshot/harness';
import { linuxGuest } from './linux-guest';

describe('a boot of Linux to the shell', () => {
  const hartCount = 2;
  it('ends in the same state however it is sliced, paused and stepped, with two harts', async () => {
    const options = linuxGuest(128);
    const boot = async (msPerLook: number, stepsAfterPause: number): Promise<unknown[]> => {
      const trigger = { kind: 'console', text: shellPrompt } as const;
      const run = bench({ machine: { ...options, hartCount }, trigger, msPerLook });
      const { debuggee, machine } = run;
      debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'setup' }] });
      for (let pauses = 0; ; pauses++) {
        let slices = 20 + (pauses % 5) * 60;
        run.onSlice = () => {
          if (stepsAfterPause > 0 && --slices === 0) debuggee.pause();
        };
        let { reason } = await debuggee.run({ kind: 'continue' });
        if (reason !== 'phase') assert.equal(reason, 'pause');
        // A step of a hart that sleeps may take as far.
        for (let step = 0; reason !== 'phase' && step < stepsAfterPause; step++) {
          ({ reason } = await debuggee.run({ kind: 'step', thread: `hart ${pauses % hartCount}`, depth: 'into' }));
        }
        if (reason === 'phase') return [machine.stateHash(), debuggee.status()];
      }
    };
    assert.deepEqual(await boot(100, 3), await boot(0, 0));
  });
});
