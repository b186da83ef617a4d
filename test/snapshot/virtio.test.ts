import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Phase } from '../../debug-adapter/debuggee/phase';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { readSnapshot } from '../stream/naive-reader';
import { type Bench, bench, snapshotPath } from './harness';
import { bufferPageCount, firstBufferPage, randomReader, usedRingPage } from './virtio-guest';

const mainLoopActor = 0x81;

function randomReaderBench(msPerLook = 0): Bench {
  const program = { path: 'random reader', bytes: randomReader() };
  return bench({
    machine: { program, virtio: [{ kind: 'rng', seed: 42 }] },
    trigger: { kind: 'instructions', count: 5000 },
    msPerLook,
  });
}

async function runToPhase(debuggee: Bench['debuggee'], phase: Phase): Promise<void> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase }] });
  const stop = await debuggee.run({ kind: 'continue' });
  assert.deepEqual(stop, { reason: 'phase', thread: stop.thread, phase });
}

function requestsServed({ machine }: Bench): bigint {
  return machine.core.readX(0, 10);
}

const isInUffd = ({ debuggee }: Bench): boolean => {
  return debuggee.threads().some(({ id, state }) => id === 'main loop' && state.includes('uffd'));
};

/** Steps the migration thread until the main loop sleeps in the uffd. */
async function runUntilMainLoopFaults(run: Bench): Promise<void> {
  await runToPhase(run.debuggee, 'save');
  for (let steps = 0; !isInUffd(run); steps++) {
    assert.ok(steps < 10_000, 'the main loop never faulted');
    await run.debuggee.run({ kind: 'step', thread: 'migration', depth: 'into' });
  }
}

describe('a snapshot while the guest keeps asking a virtio device for bytes', () => {
  it('puts the main loop to sleep in the uffd, with the BQL, until the migration thread has saved the page', async () => {
    const run = randomReaderBench();
    await runUntilMainLoopFaults(run);
    const { core } = run.machine;
    const page = core.pages.states.findIndex(
      (state, index) => state === PageState.Faulting && core.pages.actors[index] === mainLoopActor,
    );
    const isDevices = page === usedRingPage || (page >= firstBufferPage && page < firstBufferPage + bufferPageCount);
    assert.ok(isDevices, `page ${page}`);
    assert.ok(core.pages.isProtected(page));
    const before = core.ram.slice(page * 4096, (page + 1) * 4096);
    const [frame] = run.debuggee.stack('main loop');
    assert.deepEqual([frame?.kind, frame?.name], ['vmm', 'addressSpaceWrite']);
    assert.equal(run.debuggee.pages.info(page).thread, 'main loop');

    while (core.pages.isProtected(page)) {
      assert.ok(isInUffd(run));
      assert.deepEqual(core.ram.slice(page * 4096, (page + 1) * 4096), before);
      await run.debuggee.run({ kind: 'step', thread: 'migration', depth: 'into' });
    }
    assert.ok(!isInUffd(run));
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    assert.notDeepEqual(core.ram.slice(page * 4096, (page + 1) * 4096), before);
    assert.equal(core.pages.states[page], PageState.CopiedFault);
  });

  it('holds the RAM of the freeze, each page once, and everything goes on', async () => {
    const truth = randomReaderBench();
    await runToPhase(truth.debuggee, 'wp-arm');
    const frozen = truth.machine.core.ram.slice();
    assert.ok(requestsServed(truth) > 10n);

    const run = randomReaderBench();
    await runToPhase(run.debuggee, 'completed');
    while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    assert.match(run.messages[0]!, /RAM in the file is RAM at the freeze, each page once\.$/);
    const block = readSnapshot(run.files.get(snapshotPath)!).blocks.get('riscv_virt_board.ram')!;
    assert.ok(Buffer.from(block.bytes).equals(frozen));
    assert.ok(block.timesSent.every((times) => times === 1));

    const served = requestsServed(run);
    for (let steps = 0; steps < 200; steps++) {
      await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
    }
    assert.ok(requestsServed(run) > served + 5n);
    assert.ok(!isInUffd(run));
  });

  it('stops at a write fault of the main loop', async () => {
    const { debuggee } = randomReaderBench();
    debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
    for (;;) {
      const stop = await debuggee.run({ kind: 'continue' });
      if (stop.reason !== 'write-fault') assert.fail(stop.reason);
      if (stop.thread !== 'main loop') continue;
      assert.equal(stop.fault.pc, undefined);
      assert.equal(stop.fault.page, Math.floor(stop.fault.physicalAddress / 4096));
      break;
    }
  });

  it('is the same run however it is sliced', async () => {
    const ends = await Promise.all(
      [0, 100].map(async (msPerLook) => {
        const run = randomReaderBench(msPerLook);
        const seen: unknown[] = [];
        for (const phase of ['vm-stop', 'wp-arm', 'completed'] as const) {
          await runToPhase(run.debuggee, phase);
          seen.push([run.debuggee.status(), run.machine.stateHash(), requestsServed(run)]);
        }
        return seen;
      }),
    );
    assert.deepEqual(ends[0], ends[1]);
  });
});
