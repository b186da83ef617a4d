import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { type Bench, bench, snapshotPath } from './harness';
import { runToEnd } from './typing';

const guests = join(__dirname, '../../extension/sample/guests');
const load = (name: string) => new Uint8Array(readFileSync(join(guests, name)));
const mebibyte = 1 << 20;
const reading = 'Reading the disk';
const writing = 'Writing the disk';

/** A guest that keeps a journal at the start of a disk of 8 MiB; slices as short as can be. */
function journalBench(): Bench {
  const disk = new Uint8Array(8 * mebibyte + 100).fill(0x5a);
  disk.set(load('journal.img'));
  return bench({
    machine: {
      program: { path: 'journal', bytes: load('journal.elf') },
      nsPerInstruction: 100,
      virtio: [{ kind: 'block', image: inMemory({ path: 'disk', bytes: disk }) }],
    },
    trigger: { kind: 'time', ns: 5_000_000 },
    msPerLook: 100,
    checkpoints: { workMax: 1_000_000 },
  });
}

/** What the snapshot waits for at the end of each slice, as often as it says something else. */
function watched(run: Bench, onWork: (what: string, share: number) => void): string[] {
  const seen: string[] = [];
  run.onSlice = () => {
    const { hostWork } = run.debuggee.status();
    if (!hostWork) return;
    const text = `${hostWork.what} ${hostWork.share.toFixed(2)}`;
    if (seen.at(-1) === text) return;
    seen.push(text);
    onWork(hostWork.what, hostWork.share);
  };
  return seen;
}

const filesOf = ({ files }: Bench) => [snapshotPath, `${snapshotPath}.disk`].map((path) => files.get(path));

describe('the disk of a snapshot', () => {
  let whole: Bench;
  let shares: string[];
  before(async () => {
    whole = journalBench();
    shares = watched(whole, () => {});
    await runToEnd(whole);
  });

  it('is read and written a piece at a time, while the debugger answers and the guest’s time stands still', async () => {
    // The last piece is of 100 bytes.
    const eighths = ['0.00', '0.12', '0.25', '0.37', '0.50', '0.62', '0.75', '0.87', '1.00'];
    assert.deepEqual(shares, [
      ...eighths.map((share) => `${reading} ${share}`),
      ...eighths.map((share) => `${writing} ${share}`),
    ]);
    const run = journalBench();
    const standing: number[] = [];
    watched(run, (_, share) => {
      standing.push(run.debuggee.status().timeNs);
      if (share > 0.4 && share < 0.6) run.debuggee.pause();
    });
    for (const what of [reading, writing]) {
      assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'pause');
      assert.equal(run.debuggee.status().hostWork?.what, what);
    }
    await runToEnd(run);
    assert.equal(new Set(standing).size, 2);
    assert.deepEqual(filesOf(run), filesOf(whole));
  });

  it('is not waited for when the snapshot is cancelled', async () => {
    for (const what of [reading, writing]) {
      const run = journalBench();
      const seen = watched(run, (at, share) => {
        if (at === what && share > 0.4 && share < 0.6) run.debuggee.cancelSnapshot();
      });
      run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 0, phase: 'cancelled' }] });
      assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'phase');
      while (run.debuggee.isTakingSnapshot)
        await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
      assert.match(run.messages.at(-1)!, /^Snapshot cancelled\. No file was kept\.$/);
      assert.equal(seen.at(-1)!.slice(0, what.length), what);
      assert.ok(Number(seen.at(-1)!.slice(what.length)) < 0.6, seen.at(-1));
      assert.equal(run.files.size, 0);
    }
  });

  it('is the same when the run has gone back while it was written', async () => {
    const run = journalBench();
    watched(run, (what, share) => {
      if (what === writing && share > 0.4 && share < 0.6) run.debuggee.pause();
    });
    assert.equal((await run.debuggee.run({ kind: 'continue' })).reason, 'pause');
    await run.debuggee.checkpoints!.goTo(1);
    assert.equal(run.debuggee.status().hostWork, undefined);
    await runToEnd(run);
    assert.deepEqual(filesOf(run), filesOf(whole));
  });
});
