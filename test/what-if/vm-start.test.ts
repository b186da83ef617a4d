import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';
import { bufferPageCount, firstBufferPage, randomReader, usedRingPage } from '../snapshot/virtio-guest';
import { runToEnd } from './whole-run';

const inline: Partial<WhatIf> = { vmStart: 'inline' };

/** A guest that always has a request at its entropy device. */
function askingGuest(whatIf: Partial<WhatIf>, instructions = 5000): Bench {
  return bench({
    machine: { program: { path: 'random reader', bytes: randomReader() }, virtio: [{ kind: 'rng', seed: 42 }] },
    trigger: { kind: 'instructions', count: instructions },
    whatIf,
  });
}

describe('vm_start called by the migration thread itself', () => {
  it('is a deadlock when a device then writes to guest RAM: the thread waits for a page that it alone unprotects', async () => {
    const { debuggee, machine } = askingGuest(inline);
    const stop = await debuggee.run({ kind: 'continue' });
    assert.ok(stop.reason === 'deadlock', stop.reason);
    assert.equal(stop.thread, 'migration');
    const [first, ...others] = stop.waits;
    assert.deepEqual([first!.thread, first!.heldBy], ['migration', 'migration']);
    const page = Number(/uffd: page (0x[0-9a-f]+)/.exec(first!.resource)![1]) - 0x80000;
    const isDevices = page === usedRingPage || (page >= firstBufferPage && page < firstBufferPage + bufferPageCount);
    assert.ok(isDevices, `page ${page} is one that the device writes`);
    assert.deepEqual(
      others.find(({ thread }) => thread === 'hart 0'),
      { thread: 'hart 0', resource: 'vm_start', idle: true },
    );
    assert.equal(machine.core.pages.states[page], PageState.Faulting);
    assert.deepEqual([debuggee.pages.info(page).state, debuggee.pages.info(page).thread], ['faulting', 'migration']);
    assert.deepEqual(
      debuggee.stack('migration').map(({ name }) => name),
      ['addressSpaceWrite', 'virtioQueueNotify', 'vmStart', 'vmStartBh', 'freeze', 'writeTrackingThread'],
    );
  });

  it('holds the BQL for ever, so that the main loop, when it is wanted, is caught too', async () => {
    const { debuggee } = askingGuest(inline);
    await debuggee.run({ kind: 'continue' });
    debuggee.consoleInput(Uint8Array.of(0x61));
    const stop = await debuggee.run({ kind: 'continue' });
    assert.ok(stop.reason === 'deadlock');
    assert.deepEqual(
      stop.waits.find(({ thread }) => thread === 'main loop'),
      { thread: 'main loop', resource: 'the BQL', heldBy: 'migration' },
    );
  });

  it('comes to it at nearly every instant of the freeze', async () => {
    const reasons: string[] = [];
    for (let instructions = 5000; instructions < 5400; instructions += 10) {
      const { debuggee } = askingGuest(inline, instructions);
      debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
      reasons.push((await debuggee.run({ kind: 'continue' })).reason);
    }
    const deadlocks = reasons.filter((reason) => reason === 'deadlock').length;
    assert.ok(deadlocks > 0.8 * reasons.length, `${deadlocks} of ${reasons.length}`);
  });

  it('does no harm to a guest without such a device', async () => {
    const program = { path: 'loop', bytes: new Uint8Array(Uint32Array.of(0x0000006f).buffer) };
    const run = bench({ machine: { program }, trigger: { kind: 'start' }, whatIf: inline });
    assert.match(await runToEnd(run), /RAM in the file is RAM at the freeze/);
  });
});

describe('vm_start called by a bottom half', () => {
  it('may sleep in the same fault: the migration thread serves it, and everything goes on', async () => {
    const { debuggee } = askingGuest({});
    debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
    const stop = await debuggee.run({ kind: 'continue' });
    assert.ok(stop.reason === 'write-fault' && stop.thread === 'main loop', JSON.stringify(stop));
    assert.match(await runToEnd(askingGuest({})), /RAM in the file is RAM at the freeze/);
  });
});
