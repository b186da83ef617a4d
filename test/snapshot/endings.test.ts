import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { bench } from './harness';
import { randomGuest } from './random-guest';

const program = {
  path: 'random guest',
  bytes: randomGuest({ seed: 7, firstPage: 16, pageCountLog2: 5, idleRounds: 20, sizeLog2: 3, misalignment: 0 }),
};

describe('a snapshot whose output fails', () => {
  it('fails, keeps no file, and leaves the guest running with nothing protected, at whatever byte it fails', async () => {
    for (const outputByteCountMax of [0, 10, 200, 5_000, 60_000, 100_000]) {
      const run = bench({ machine: { program }, trigger: { kind: 'instructions', count: 5000 }, outputByteCountMax });
      const phases: Phase[] = ['failed', 'completed'];
      run.debuggee.setBreakpoints({ ...noBreakpoints, phases: phases.map((phase, id) => ({ id, phase })) });
      const stop = await run.debuggee.run({ kind: 'continue' });
      assert.deepEqual(stop, { reason: 'phase', thread: 'migration', phase: 'failed' }, `at ${outputByteCountMax}`);
      while (run.messages.length === 0) await run.debuggee.run({ kind: 'step', thread: 'main-loop', depth: 'into' });
      assert.match(run.messages[0]!, /no space left on device.*No file was kept/);
      assert.equal(run.files.size, 0);

      const before = run.debuggee.status().instructions;
      for (let step = 0; step < 500; step++) {
        await run.debuggee.run({ kind: 'step', thread: 'hart0', depth: 'into' });
      }
      assert.ok(run.debuggee.status().instructions >= before + 500);
      assert.ok(!run.machine.core.pageStates.some((_, page) => run.machine.core.isProtected(page)));
    }
  });

  it('does not keep the next snapshot from being whole', async () => {
    const run = bench({ machine: { program }, trigger: { kind: 'start' } });
    const completed = { ...noBreakpoints, phases: [{ id: 1, phase: 'completed' as const }] };
    run.debuggee.setBreakpoints(completed);
    for (const path of ['/first', '/second']) {
      if (path === '/second') run.debuggee.takeSnapshot(path);
      await run.debuggee.run({ kind: 'continue' });
      const already = run.messages.length;
      while (run.messages.length === already)
        await run.debuggee.run({ kind: 'step', thread: 'main-loop', depth: 'into' });
    }
    assert.equal(run.messages.filter((text) => text.includes('RAM in the file is RAM at the freeze')).length, 2);
    assert.equal(run.files.size, 2);
  });
});

describe('a run', () => {
  it('ends at a pause although nothing happens in the guest', async () => {
    const wfi = { path: 'wfi', bytes: Uint8Array.from([0x73, 0x00, 0x50, 0x10]) };
    const { debuggee } = bench({ machine: { program: wfi } });
    const running = debuggee.run({ kind: 'continue' });
    setTimeout(() => debuggee.pause(), 20);
    assert.equal((await running).reason, 'pause');
  });

  it('stops at a guest that has no working trap handler, and says so', async () => {
    const illegal = { path: 'illegal', bytes: new Uint8Array(4) };
    const { debuggee } = bench({ machine: { program: illegal } });
    const stop = await debuggee.run({ kind: 'continue' });
    assert.equal(stop.reason, 'guest-error');
    assert.match((stop as { message: string }).message, /trap handler cannot run/);
  });
});
