import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { SnapshotTrigger } from '../../debug-adapter/embedded/snapshot-trigger';
import { type Bench, bareMachine, bench } from './harness';

const path = resolve(__dirname, '../../extension/sample/guests/working-set.elf');
const program = { path, bytes: readFileSync(path) };
const symbols = bareMachine({ program, ramByteCount: 4 << 20 }).symbols;

/** Runs until the migration thread is about to be created. */
async function runToSetup(trigger: SnapshotTrigger): Promise<Bench> {
  const run = bench({ machine: { program, ramByteCount: 4 << 20 }, trigger });
  run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'setup' }] });
  const stop = await run.debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: 'main loop', phase: 'setup' });
  return run;
}

describe('a snapshot begins', () => {
  it('at the start before the first instruction', async () => {
    const { debuggee } = await runToSetup({ kind: 'start' });
    // The main loop takes the BQL and the command first; no more than that has gone by.
    assert.ok(debuggee.status().timeNs < 1000);
  });

  it('after so many instructions', async () => {
    const { debuggee } = await runToSetup({ kind: 'instructions', count: 12_345 });
    const { instructions } = debuggee.status();
    assert.ok(instructions >= 12_345 && instructions < 12_345 + 100, String(instructions));
  });

  it('after so much virtual time', async () => {
    const { debuggee } = await runToSetup({ kind: 'time', ns: 2_000_000 });
    const { timeNs } = debuggee.status();
    assert.ok(timeNs >= 2_000_000 && timeNs < 2_001_000, String(timeNs));
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
});
