import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import type { Stop } from '../../debug-adapter/debuggee/stop';
import { type Bench, bench } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';

/** A busy guest whose snapshot has been cancelled while it was saving pages, without a stop of the write tracking. */
async function cancelled(guest = busyGuest): Promise<Bench> {
  const run = bench({
    machine: { program: { path: 'guest', bytes: guest } },
    trigger: { kind: 'instructions', count: 20_000 },
    whatIf: { stopTrackingOnCancel: false },
  });
  await runToPhase(run, 'save');
  run.debuggee.cancelSnapshot();
  await runToPhase(run, 'cancelled');
  while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return run;
}

const busyGuest = randomGuest({
  seed: 5,
  firstPage: 16,
  pageCountLog2: 7,
  idleRounds: 20,
  sizeLog2: 3,
  misalignment: 0,
});
/** Does not write: loops in place. */
const quietGuest = new Uint8Array(Uint32Array.of(0x0000006f).buffer);

async function runToPhase({ debuggee }: Bench, phase: Phase): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase }] });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: stop.thread, phase });
}

async function runToDeadlock({ debuggee }: Bench): Promise<Extract<Stop, { reason: 'deadlock' }>> {
  debuggee.setBreakpoints(noBreakpoints);
  const stop = await debuggee.run({ kind: 'continue' });
  assert.ok(stop.reason === 'deadlock', JSON.stringify(stop));
  return stop;
}

const uffdPage = /^uffd: page 0x80[0-9a-f]{3}$/;

describe('a cancel that does not stop the write tracking', () => {
  it('leaves RAM protected: the next write of the guest sleeps for ever, for nobody serves it', async () => {
    const run = await cancelled();
    const stop = await runToDeadlock(run);
    const { core } = run.machine;
    assert.ok(core.pages.states.filter((_, page) => core.pages.isProtected(page)).length > 100);
    assert.deepEqual(
      stop.waits.map(({ thread, heldBy, idle }) => [thread, heldBy, idle]),
      [
        ['hart 0', undefined, undefined],
        ['main loop', undefined, true],
      ],
    );
    assert.match(stop.waits[0]!.resource, uffdPage);
    assert.ok(run.messages.some((text) => text === 'Snapshot cancelled. No file was kept.'));
  });

  it('lets no other snapshot come to its freeze: it stays active, waiting for a vCPU that sleeps in the fault', async () => {
    const run = await cancelled();
    await runToDeadlock(run);
    run.debuggee.takeSnapshot();
    const stop = await runToDeadlock(run);
    assert.equal(run.debuggee.status().phase, 'vm-stop');
    assert.match(await run.debuggee.monitor('info migrate'), /active/);
    const byThread = new Map(stop.waits.map((wait) => [wait.thread, wait]));
    assert.deepEqual(byThread.get('migration'), {
      thread: 'migration',
      resource: 'vCPUs to stop',
      heldBy: 'hart 0',
    });
    assert.match(byThread.get('hart 0')!.resource, uffdPage);
  });

  it('hangs the main loop at a stop of the machine, for the same reason', async () => {
    const run = await cancelled();
    await runToDeadlock(run);
    const answer = run.debuggee.monitor('stop');
    const stop = await runToDeadlock(run);
    await answer;
    assert.deepEqual(
      stop.waits.find(({ thread }) => thread === 'main loop'),
      { thread: 'main loop', resource: 'vCPUs to stop', heldBy: 'hart 0' },
    );
  });

  it('makes the next snapshot of a guest that sleeps nowhere fail: its RAM has an open uffd already', async () => {
    const run = await cancelled(quietGuest);
    run.debuggee.takeSnapshot();
    await runToPhase(run, 'failed');
    while (run.debuggee.isTakingSnapshot) {
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    }
    assert.match(run.messages.at(-1)!, /could not be registered with the uffd: device or resource busy/);
  });
});
