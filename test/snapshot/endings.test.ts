import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { type Bench, bench, runUntilIdle } from './harness';
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
      while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
        await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
      assert.match(run.messages[0]!, /no space left on device.*No file was kept/);
      assert.equal(run.files.size, 0);

      const before = run.debuggee.status().instructions;
      for (let step = 0; step < 500; step++) {
        await run.debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' });
      }
      assert.ok(run.debuggee.status().instructions >= before + 500);
      assert.ok(!run.machine.core.pages.states.some((_, page) => run.machine.core.pages.isProtected(page)));
    }
  });

  it('does not keep the next snapshot from being whole', async () => {
    const run = bench({ machine: { program }, trigger: { kind: 'start' } });
    const completed = { ...noBreakpoints, phases: [{ id: 1, phase: 'completed' as const }] };
    run.debuggee.setBreakpoints(completed);
    for (const path of ['/first', '/second']) {
      if (path === '/second') run.debuggee.takeSnapshot(path);
      await run.debuggee.run({ kind: 'continue' });
      while (run.debuggee.isTakingSnapshot)
        await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    }
    assert.equal(run.messages.filter((text) => text.includes('RAM in the file is RAM at the freeze')).length, 2);
    assert.equal(run.files.size, 2);
  });
});

describe('a guest that powers off while its snapshot is taken', () => {
  it('ends when the snapshot is whole', async () => {
    // li t0, 0x5555; lui t1, 0x100; li t2, 2000; loop: addi t2, t2, -1; bnez t2, loop; sw t0, 0(t1)
    const words = [0x000052b7, 0x5552829b, 0x00100337, 0x7d000393, 0xfff38393, 0xfe039ee3, 0x00532023];
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    const run = bench({ machine: { program: { path: 'power off', bytes } }, trigger: { kind: 'start' } });
    assert.deepEqual(await run.debuggee.run({ kind: 'continue' }), { reason: 'exited', thread: 'hart 0', exitCode: 0 });
    assert.match(run.messages[0]!, /each page once/);
    assert.equal(run.files.size, 1);
  });

  it('ends, at whatever instant around its end, only after what became of it has been said', async () => {
    const loopThenPowerOff = (rounds: number): Uint8Array => {
      const low = (rounds << 20) >> 20;
      const loadRounds = [((rounds - low) | 0x3b7) >>> 0, ((low << 20) | 0x3839b) >>> 0];
      const words = [0x000052b7, 0x5552829b, 0x00100337, ...loadRounds, 0xfff38393, 0xfe704ee3, 0x00532023];
      return new Uint8Array(Uint32Array.from(words).buffer);
    };
    const benchOf = (rounds: number): Bench => {
      return bench({
        machine: { program: { path: 'power off', bytes: loopThenPowerOff(rounds) } },
        trigger: { kind: 'start' },
      });
    };
    const endless = benchOf(1 << 30);
    endless.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
    await endless.debuggee.run({ kind: 'continue' });
    const roundsAtEnd = endless.debuggee.status().instructions >> 1;
    for (let rounds = roundsAtEnd - 10; rounds < roundsAtEnd + 60; rounds += 2) {
      const { debuggee, messages } = benchOf(rounds);
      assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'exited');
      assert.equal(messages.length, 1, `${rounds - roundsAtEnd} rounds after the end`);
    }
  });

  it('ends at once when no snapshot has begun, although one would have', async () => {
    const bytes = new Uint8Array(Uint32Array.from([0x000052b7, 0x5552829b, 0x00100337, 0x00532023]).buffer);
    const trigger = { kind: 'time', ns: 1_000_000_000 } as const;
    const run = bench({ machine: { program: { path: 'power off', bytes } }, trigger });
    assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'exited');
    assert.ok(run.debuggee.status().timeNs < 1_000_000);
    assert.equal(run.messages.length, 0);
  });
});

describe('a breakpoint', () => {
  const loop = { path: 'loop', bytes: new Uint8Array(Uint32Array.from([0x00000013, 0x00000013, 0xff9ff06f]).buffer) };
  const second = 0x8000_0004n;

  it('on an instruction stops before it, at each time it comes round', async () => {
    const { debuggee } = bench({ machine: { program: loop } });
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 7, address: second }] });
    const counts: number[] = [];
    for (let round = 0; round < 3; round++) {
      const stop = await debuggee.run({ kind: 'continue' });
      assert.deepEqual(stop, { reason: 'breakpoint', thread: 'hart 0', breakpointIds: [7] });
      counts.push(debuggee.status().instructions);
    }
    assert.deepEqual([counts[1]! - counts[0]!, counts[2]! - counts[1]!], [3, 3]);
  });

  it('where a step ends does not stop a second time', async () => {
    const { debuggee } = bench({ machine: { program: loop } });
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 7, address: second }] });
    await debuggee.run({ kind: 'continue' });
    for (let step = 0; step < 3; step++) {
      assert.equal((await debuggee.run({ kind: 'step', thread: 'hart 0', depth: 'into' })).reason, 'step');
    }
    const before = debuggee.status().instructions;
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'breakpoint');
    assert.equal(debuggee.status().instructions - before, 3);
  });

  it('with a condition stops only when that holds', async () => {
    const { debuggee } = bench({ machine: { program: loop } });
    let asked = 0;
    const condition = (): boolean => ++asked === 5;
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 7, address: second, condition }] });
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'breakpoint');
    assert.equal(asked, 5);
  });
});

describe('a run', () => {
  it('ends at a pause although nothing happens in the guest', async () => {
    const wfi = { path: 'wfi', bytes: Uint8Array.from([0x73, 0x00, 0x50, 0x10]) };
    await runUntilIdle(bench({ machine: { program: wfi } }));
  });

  it('ends at a pause that comes with the last thing that happens before all is idle', async () => {
    const wfi = { path: 'wfi', bytes: Uint8Array.from([0x73, 0x00, 0x50, 0x10]) };
    const { debuggee } = bench({ machine: { program: wfi }, trigger: { kind: 'start' } });
    debuggee.onEvent(({ kind }) => kind === 'message' && debuggee.pause());
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'pause');
  });

  it('stops at a guest that has no working trap handler, and says so', async () => {
    const illegal = { path: 'illegal', bytes: new Uint8Array(4) };
    const { debuggee } = bench({ machine: { program: illegal } });
    const stop = await debuggee.run({ kind: 'continue' });
    assert.equal(stop.reason, 'guest-error');
    assert.match(
      (stop as { message: string }).message,
      /^hart 0 traps over and over .* \(instruction access fault at pc 0x0\): its trap handler cannot run\. Look at mtvec/,
    );
  });
});
