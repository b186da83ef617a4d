import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { program } from '../core/guest';
import { type Bench, bench, restoredBench, snapshotPath } from './harness';
import { runToEnd } from './snapshot-guest';

/**
 * Prints how often it has run, from RAM behind its image, and `a`, from its image, which it changes; then resets, three
 * times, and powers off. Before a reset it waits: `a5` rounds.
 */
const lines = [
  'auipc s0,0',
  'lui s1,0x10', // behind the image
  'add s1,s1,s0',
  'lui s2,0x10000', // UART
  'lw t0,0(s1)',
  'addi t0,t0,1',
  'sw t0,0(s1)',
  'addi t1,t0,48',
  'sb t1,0(s2)',
  'lbu t2,120(s0)',
  'sb t2,0(s2)',
  'addi t2,t2,1',
  'sb t2,120(s0)',
  'lui a5,0x40',
  'addi a5,a5,-1',
  'bne a5,zero,-4',
  'lui s3,0x100', // finisher
  'lui t3,0x5',
  'addi t3,t3,0x555',
  'addi t4,zero,3',
  'beq t0,t4,12',
  'lui t3,0x7',
  'addi t3,t3,0x777',
  'sw t3,0(s3)',
  'jal zero,0',
];

const bytes = new Uint8Array(0x1000);
bytes.set(program(lines));
bytes[120] = 0x61;
/** RAM in which the device tree is far from the image: the scan comes there late. */
const guest = { program: { path: 'resetter', bytes }, ramByteCount: 16 << 20 };

async function runToExit({ debuggee }: Bench): Promise<void> {
  debuggee.setBreakpoints(noBreakpoints);
  assert.deepEqual(await debuggee.run({ kind: 'continue' }), { reason: 'exited', thread: 'hart 0', exitCode: 0 });
}

describe('a guest that asks for a reset', () => {
  it('begins anew with its images as they were and the rest of RAM as it is', async () => {
    const run = bench({ machine: guest });
    await runToExit(run);
    assert.equal(run.console(), '1a2a3a');
  });

  it('begins with all of RAM as it is when it has been restored, and this is said', async () => {
    const run = bench({ machine: guest, trigger: { kind: 'time', ns: 100_000 } });
    assert.match(await runToEnd(run, 'completed'), /each page once/);
    const again = await restoredBench(run.files.get(snapshotPath)!);
    await runToExit(again);
    assert.equal(again.console(), '2b3c');
    assert.equal(again.messages.length, 2);
    assert.match(again.messages[0]!, /^The guest has reset itself\. .* no images to load again/);
  });

  it('does so while a snapshot is taken, whose pages are those of the freeze', async () => {
    const truth = bench({ machine: guest });
    await runToExit(truth);
    const run = bench({ machine: guest, trigger: { kind: 'time', ns: 100_000 } });
    run.debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
    const faulting: string[] = [];
    for (;;) {
      const stop = await run.debuggee.run({ kind: 'continue' });
      if (stop.reason !== 'write-fault') break;
      faulting.push(stop.thread);
    }
    // The main loop, which loads the image again.
    assert(faulting.includes('main loop'), faulting.join());
    assert.match(run.messages[0]!, /RAM in the file is RAM at the freeze, each page once/);
    assert.equal(run.console(), truth.console());
  });
});
