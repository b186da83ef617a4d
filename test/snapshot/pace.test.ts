import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { Pace } from '../../debug-adapter/embedded/pace';
import { program } from '../core/guest';
import { bench } from './harness';

/** Sleeps until the timer, 10 ms on each time, and counts in a3. */
const ticker = program([
  'lui s0,0x2004', // mtimecmp
  'lui t1,24',
  'addi t1,t1,1696', // 100,000 ticks
  'addi t2,zero,128', // MTIP
  'csrrw zero,mie,t2',
  'add s1,s1,t1',
  'sd s1,0(s0)',
  'wfi',
  'addi a3,a3,1',
  'jal zero,-16',
]);
const machine = { program: { path: 'ticker', bytes: ticker } };
const msPerTick = 10;

/** Runs up to the end of the guest's wait of that number. @returns its state then, and how long the host has slept. */
async function run(tickCount: number, pace: boolean): Promise<{ hash: bigint; sleptMs: number }> {
  let sleptMs = 0;
  const made = bench({
    machine,
    pace,
    onSleep: async (ms) => {
      sleptMs += ms;
    },
  });
  made.debuggee.setBreakpoints({
    ...noBreakpoints,
    addresses: [{ id: 1, address: 0x8000_0020n, condition: undefined }],
  });
  for (let tick = 0; tick < tickCount; tick++) {
    assert.equal((await made.debuggee.run({ kind: 'continue' })).reason, 'breakpoint');
  }
  return { hash: made.machine.stateHash(), sleptMs };
}

describe('the pace of a guest that waits for its timer', () => {
  it('is that of the wall, and the run the same as without', async () => {
    const [paced, free] = [await run(50, true), await run(50, false)];
    assert.equal(free.sleptMs, 0);
    // Less the few instructions of each tick.
    assert(paced.sleptMs > 499 && paced.sleptMs <= 500, `${paced.sleptMs} ms`);
    assert.equal(paced.hash, free.hash);
  });

  it('is given up for a pause at once', async () => {
    const made = bench({
      machine,
      pace: true,
      onSleep: (_ms, woken) => {
        setImmediate(() => made.debuggee.pause());
        return woken;
      },
    });
    assert.equal((await made.debuggee.run({ kind: 'continue' })).reason, 'pause');
  });

  it('makes up for timers that ring late, and puts off what is too short for one', () => {
    const pace = new Pace();
    assert.equal(pace.msToSleep(0, msPerTick * 1e6), msPerTick);
    assert.equal(pace.msToSleep(0, msPerTick * 1e6), msPerTick);
    pace.slept(11);
    assert.equal(pace.msToSleep(1e7, 1.2e7), 0);
    assert.equal(pace.msToSleep(1.2e7, 1.5e7), 4);
    pace.slept(1);
    assert.equal(pace.msToSleep(1.2e7, 1.5e7), 3);
  });
});
