import { deepEqual, equal, ok } from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { fromBase64 } from '../../debug-adapter/protocol/base64';
import { Activity, activityCount, type TimelineUpdate } from '../../debug-adapter/protocol/timeline';
import { image } from '../boot/console';
import { type Bench, bench } from './harness';
import { runToEnd } from './snapshot-guest';

function workingSet(): Bench {
  return bench({
    machine: { program: image('extension/sample/guests/working-set.elf'), ramByteCount: 2 << 20 },
    trigger: { kind: 'time', ns: 20_000_000 },
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What each thread has been doing when, as spans. */
function spansOf({ lanes }: TimelineUpdate, thread: string): string[] {
  const { spans } = lanes.find((lane) => lane.thread === thread)!;
  return spans!.items.map(([startNs, activity]) => `${startNs} ${Activity[activity]}`);
}

describe('the timeline of a snapshot', () => {
  it('adds up to what the snapshot itself has counted', async () => {
    const run = workingSet();
    await runToEnd(run, 'completed');
    const { file, state } = run.debuggee.snapshot!;
    const { update } = run.debuggee.timeline(undefined, true);
    const [, snapshot] = update.windows;
    equal(sum(snapshot!.traffic.bytes), file.byteCount);
    equal(sum(snapshot!.traffic.pages), state.pagesSent);
    equal(sum(snapshot!.lanes.flatMap(({ faults }) => faults)), state.faults.count);
    equal(update.faults!.items.length, state.faults.count);
    equal(update.latencies!.count, state.faults.count);
    equal(sum(update.latencies!.log2Counts), state.faults.count);
    // Who sleeps wakes while the page is let go; the latency lasts until that is over.
    ok(update.faults!.items.every(({ startNs, endNs }) => endNs! - startNs <= update.latencies!.maxNs));
  });

  it('shows the hart stopped during the freeze, and asleep in the fault until the page is let go', async () => {
    const run = workingSet();
    run.debuggee.setBreakpoints({ ...noBreakpoints, writeFaults: [{ id: 1 }] });
    const stop = await run.debuggee.run({ kind: 'continue' });
    ok(stop.reason === 'write-fault');
    const { update, mark } = run.debuggee.timeline(undefined, true);
    const hart = spansOf(update, 'hart 0');
    equal(hart.at(-1), `${stop.fault.timeNs} InFault`);
    equal(hart.at(-3)?.split(' ')[1], 'Stopped');
    const [stoppedNs = 0, startedNs = 0] = hart.slice(-3).map((text) => Number(text.split(' ')[0]));
    deepEqual(
      update.phases.items.map(({ phase }) => phase),
      ['setup', 'populate', 'head', 'active', 'vm-stop', 'state-stash', 'wp-arm', 'save', 'vm-start-bh'],
    );
    run.debuggee.setBreakpoints(noBreakpoints);
    await run.debuggee.run({ kind: 'continue', until: 'phase' });
    const { faults } = run.debuggee.timeline(mark, true).update;
    equal(faults!.from, 0, 'it was open when it was told of');
    ok(faults!.items[0]!.endNs! > stop.fault.timeNs);
    const { downtimeNs } = run.debuggee.snapshot!.state;
    ok(startedNs - stoppedNs <= downtimeNs, `stopped for ${startedNs - stoppedNs} ns, downtime ${downtimeNs} ns`);
  });

  it('looks neither change the run nor what is recorded of it', async () => {
    const [looked, unlooked] = [workingSet(), workingSet()];
    looked.onSlice = () => void looked.debuggee.timeline(undefined, false);
    for (const run of [looked, unlooked]) await runToEnd(run, 'completed');
    equal(looked.machine.stateHash(), unlooked.machine.stateHash());
    deepEqual(looked.debuggee.timeline(undefined, true).update, unlooked.debuggee.timeline(undefined, true).update);
    const { windows } = unlooked.debuggee.timeline(undefined, true).update;
    equal(fromBase64(windows[1]!.lanes[0]!.shares).length % activityCount, 0);
  });
});
