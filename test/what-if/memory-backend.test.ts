import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';
import { runToEnd } from './whole-run';

const program = { path: 'loop', bytes: new Uint8Array(Uint32Array.of(0x0000006f).buffer) };

function guestBench(whatIf: Partial<WhatIf>, capability: CapabilityName = 'background-snapshot'): Bench {
  const snapshot = { capabilities: new Set([capability]) };
  return bench({ machine: { program }, trigger: { kind: 'start' }, whatIf, snapshot });
}

describe('background-snapshot', () => {
  for (const memoryBackend of ['anonymous', 'memfd', 'shm'] as const) {
    it(`is accepted where RAM is ${memoryBackend}`, async () => {
      assert.match(await runToEnd(guestBench({ memoryBackend })), /each page once/);
    });
  }

  it('is refused where RAM is a shared file on a disk, and where the kernel cannot protect shared memory', () => {
    const refusal = /^Background-snapshot is not compatible with guest memory configuration: RAM is/;
    assert.throws(() => guestBench({ memoryBackend: 'file' }), { message: refusal });
    for (const memoryBackend of ['memfd', 'shm'] as const) {
      assert.throws(() => guestBench({ memoryBackend, uffdFeatureWpShmem: false }), { message: refusal });
    }
    assert.doesNotThrow(() => guestBench({ uffdFeatureWpShmem: false }));
  });

  it('is refused by the monitor, too', async () => {
    const { debuggee } = guestBench({ memoryBackend: 'file' }, 'events');
    await assert.rejects(
      debuggee.monitor('migrate_set_capability background-snapshot on'),
      /not compatible with guest memory configuration/,
    );
  });
});

describe('track-writes-ram', () => {
  it('does not ask: it fails in the freeze, when the kernel refuses to register RAM', async () => {
    const run = guestBench({ memoryBackend: 'file' }, 'track-writes-ram');
    run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'failed' }] });
    assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'phase');
    while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    assert.match(run.messages[0]!, /could not be registered with the uffd: invalid argument/);
  });
});
