import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { SnapshotTrigger } from '../../debug-adapter/embedded/snapshot-trigger';
import { viewOf } from '../time-travel/travelling';
import { type Bench, bareMachine, bench } from './harness';

const path = resolve(__dirname, '../../extension/sample/guests/working-set.elf');
const program = { path, bytes: readFileSync(path) };
const symbols = bareMachine({ program, ramByteCount: 4 << 20 }).symbols;

function benchWith(trigger: SnapshotTrigger): Bench {
  const checkpoints = { workMax: Infinity };
  const run = bench({ machine: { program, ramByteCount: 4 << 20 }, trigger, checkpoints });
  run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'setup' }] });
  return run;
}

/** Until the migration thread is about to be created; the guest would go on for ever without a snapshot. */
async function goOnToSetup({ debuggee }: Bench): Promise<void> {
  const stop = await debuggee.run({ kind: 'continue', untilNs: 1_000_000_000 });
  assert.deepEqual(stop, { reason: 'phase', thread: 'main loop', phase: 'setup' });
}

async function runToSetup(trigger: SnapshotTrigger): Promise<Bench> {
  const run = benchWith(trigger);
  await goOnToSetup(run);
  return run;
}

/** When the main loop takes the command. */
function setupNs({ debuggee }: Bench): number {
  return debuggee.threads().find(({ id }) => id === 'main loop')!.timeNs;
}

describe('a snapshot begins', () => {
  it('at the start before the first instruction', async () => {
    const { debuggee } = await runToSetup({ kind: 'start' });
    // The main loop takes the BQL and the command first; no more than that has gone by.
    assert.ok(debuggee.status().timeNs < 1000);
  });

  it('after so many instructions', async () => {
    const begun = setupNs(await runToSetup({ kind: 'start' }));
    const nsPerInstruction = 10;
    assert.equal(setupNs(await runToSetup({ kind: 'instructions', count: 12_345 })) - begun, 12_345 * nsPerInstruction);
  });

  it('after so much virtual time', async () => {
    const begun = setupNs(await runToSetup({ kind: 'start' }));
    assert.equal(setupNs(await runToSetup({ kind: 'time', ns: 2_000_000 })) - begun, 2_000_000);
  });

  it('when the hart first reaches a symbol, and stops at that symbol no more', async () => {
    const address = symbols.addressOf('rewrite_page')!;
    const run = await runToSetup({ kind: 'symbol', address });
    const [frame] = run.debuggee.stack('hart 0');
    assert.ok(frame?.kind === 'guest' && frame.name.startsWith('rewrite_page'), JSON.stringify(frame?.name));
    assert.match(run.console(), /working-set/);
    run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
    assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'phase');
  });

  it('when the console has printed a text, at its last byte', async () => {
    const run = await runToSetup({ kind: 'console', text: 'rewriting 32' });
    assert.ok(run.console().endsWith('rewriting 32'), run.console());
  });

  const triggers: readonly SnapshotTrigger[] = [
    { kind: 'start' },
    { kind: 'instructions', count: 12_345 },
    { kind: 'time', ns: 2_000_000 },
    { kind: 'symbol', address: symbols.addressOf('rewrite_page')! },
    { kind: 'console', text: 'rewriting 32' },
  ];
  for (const trigger of triggers) {
    it(`at the same instant again after going back to any before: ${trigger.kind}`, async () => {
      const first = await runToSetup(trigger);
      const end = first.debuggee.status().instant.events;
      const run = benchWith(trigger);
      const { debuggee } = run;
      const checkpoints = debuggee.checkpoints!;
      // The last of them are within the text that the console prints.
      for (const before of [Infinity, 10_000, 300, 200, 100, 10, 3]) {
        const events = Math.max(0, end - before);
        await debuggee.run({ kind: 'continue', destinations: [{ instant: { events, threads: [] } }] });
        checkpoints.take();
      }
      await goOnToSetup(run);
      for (const index of [...checkpoints.instants.keys()].reverse()) {
        await checkpoints.goTo(index);
        await goOnToSetup(run);
        assert.deepEqual(viewOf(run), viewOf(first), `from ${checkpoints.instants[index]}`);
      }
    });
  }
});
