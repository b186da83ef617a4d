import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { defaultParameters } from '../../debug-adapter/debuggee/migration-parameters';
import { type ChannelOptions, promptReader } from '../../debug-adapter/migration/channel';
import { type Bench, bench, runUntilIdle, snapshotPath } from './harness';
import { assertUndisturbed, busyGuest, runToEnd, runToPhase } from './snapshot-guest';
import { randomReader } from './virtio-guest';

/** 256 pages of RAM, most of them zero, 15 of mrom. */
function guestBench(reader: Partial<ChannelOptions>): Bench {
  const machine = { program: busyGuest, nsPerInstruction: 100 };
  const snapshot = { channel: { ...promptReader, ...reader } };
  return bench({ machine, trigger: { kind: 'instructions', count: 20_000 }, snapshot });
}

function stateOf({ debuggee }: Bench, thread: string): string | undefined {
  return debuggee.threads().find(({ id }) => id === thread)?.state;
}

describe('a snapshot through a channel', () => {
  it('that is slow takes as long as its reader, and holds the same RAM', async () => {
    const quick = guestBench({});
    await runToEnd(quick, 'completed');
    const slow = guestBench({ bytesPerSecond: 1e6 });
    await runToPhase(slow, 'setup');
    const startNs = slow.debuggee.status().timeNs;
    assert.match(await runToEnd(slow, 'completed'), /RAM in the file is RAM at the freeze/);
    const { length } = slow.files.get(snapshotPath)!;
    const tookNs = slow.debuggee.status().timeNs - startNs;
    assert.ok(Math.abs(tookNs - length * 1000) < 1_000_000, `${tookNs} ns for ${length} bytes`);
    await assertUndisturbed(slow);
  });

  it('that stalls keeps the thread and then the guest waiting, which is no deadlock: a cancel frees them', async () => {
    const run = guestBench({ stallAtByte: 20_000 });
    await runToPhase(run, 'save');
    await runUntilIdle(run);
    assert.equal(stateOf(run, 'migration'), 'waits for room in the channel');
    assert.match(stateOf(run, 'hart 0')!, /uffd/);
    run.debuggee.cancelSnapshot();
    assert.match(await runToEnd(run, 'cancelled'), /Snapshot cancelled/);
    assert.equal(run.files.size, 0);
    await assertUndisturbed(run);
  });

  it('that stalls for a while only takes longer', async () => {
    const run = guestBench({ stallAtByte: 20_000, stallNs: 50_000_000 });
    assert.match(await runToEnd(run, 'completed'), /each page once/);
    assert.ok(run.debuggee.status().timeNs > 50_000_000);
    await assertUndisturbed(run);
  });

  it('whose reader goes away at any byte fails, and leaves no file and nothing protected', async () => {
    const whole = guestBench({});
    await runToEnd(whole, 'completed');
    const { length } = whole.files.get(snapshotPath)!;
    for (const closeAtByte of [0, 1, 100, 30_000, 70_000, length - 70_000, length - 1]) {
      const run = guestBench({ closeAtByte });
      assert.match(await runToEnd(run, 'failed'), /Snapshot failed: the channel's reader went away after \d+ bytes/);
      assert.equal(run.files.size, 0);
      await assertUndisturbed(run);
    }
    await runToEnd(guestBench({ closeAtByte: length + 1 }), 'completed');
  });

  it('that stalls while the main loop sleeps in a write fault is shut down past the main loop', async () => {
    const run = bench({
      machine: { program: { path: 'random reader', bytes: randomReader() }, virtio: [{ kind: 'rng', seed: 1 }] },
      trigger: { kind: 'instructions', count: 2000 },
      snapshot: { channel: { ...promptReader, stallAtByte: 0 } },
    });
    await runToPhase(run, 'save');
    await runUntilIdle(run);
    assert.match(stateOf(run, 'main loop')!, /uffd/);
    run.debuggee.cancelSnapshot();
    assert.match(await runToEnd(run, 'cancelled'), /Snapshot cancelled/);
    assert.equal(run.machine.core.pages.states.filter((_, page) => run.machine.core.pages.isProtected(page)).length, 0);
  });
});

describe('max-bandwidth', () => {
  const lineOf = (text: string): number => {
    const source = readFileSync(join(__dirname, '../../debug-adapter/migration/ram.ts'), 'utf8');
    return source.slice(0, source.indexOf(text)).split('\n').length;
  };
  const trigger = { kind: 'instructions', count: 20_000 } as const;
  const machine = { program: busyGuest, nsPerInstruction: 100, hasFlash: false };

  async function totalNsOf(run: Bench): Promise<number> {
    const text = await runToEnd(run, 'completed');
    return Number(/total ([\d.]+) ms/.exec(text)![1]) * 1e6;
  }

  it('set before a write-tracking snapshot is ignored', async () => {
    const unlimited = await totalNsOf(bench({ machine, trigger }));
    assert.equal(
      await totalNsOf(
        bench({ machine, trigger, snapshot: { parameters: { ...defaultParameters, maxBandwidth: 1000 } } }),
      ),
      unlimited,
    );
  });

  it('set while it runs is obeyed: the thread turns round and round, and serves no fault before the window is over', async () => {
    const run = bench({ machine, trigger });
    await runToPhase(run, 'save');
    await run.debuggee.monitor('migrate_set_parameter max-bandwidth 500K');
    const startNs = run.debuggee.status().timeNs;
    run.debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
    const isOverQuota = (): boolean => {
      const scope = run.debuggee.scopes('migration')[0]!;
      return scope.variables.some(({ name, value }) => name === 'over quota' && value === true);
    };
    do await run.debuggee.run({ kind: 'continue' });
    while (!isOverQuota());
    const faultNs = run.debuggee.status().timeNs;
    const until = { ...noBreakpoints, lines: [{ id: 1, file: 'ram.ts', line: lineOf("act('poll_fault_page'") }] };
    run.debuggee.setBreakpoints(until);
    await run.debuggee.run({ kind: 'continue' });
    assert.match(stateOf(run, 'hart 0')!, /uffd/);
    assert.equal(stateOf(run, 'migration'), 'running');
    assert.ok(run.debuggee.status().timeNs > faultNs + 1e6, 'no fault is served over quota');
    const text = await runToEnd(run, 'completed');
    const { length } = run.files.get(snapshotPath)!;
    const tookNs = run.debuggee.status().timeNs - startNs;
    const windowCount = Math.floor(length / 51_200);
    assert.ok(
      tookNs > (windowCount - 2) * 1e8 && tookNs < (windowCount + 2) * 1e8,
      `${tookNs} ns, ${windowCount} windows`,
    );
    assert.match(text, /each page once/);
  });
});
