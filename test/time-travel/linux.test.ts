import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Instant } from '../../debug-adapter/debuggee/debuggee';
import { benchAtShell, everyDevice } from '../linux/at-shell';
import { OpenTraveller } from './travelling';

describe("going back in Debian's Linux", () => {
  it('comes to the same instants, whatever has been typed meanwhile, and to the writer of a page', async () => {
    const run = OpenTraveller.from(await benchAtShell({ hartCount: 2 }, { msPerLook: 0, checkpoints: {} }));
    const seen: { instant: Instant; view: unknown }[] = [];
    for (const line of ['echo one > /tmp/one\n', 'cat /tmp/one\n', '']) {
      run.consoleInput(new TextEncoder().encode(line));
      seen.push({ instant: run.status().instant, view: run.view() });
      const end = { instant: { events: run.status().instant.events + 3_000_000, threads: [] } };
      await run.run({ kind: 'continue', destinations: [end] });
    }
    for (const { instant, view } of [seen[2]!, seen[0]!, seen[1]!]) {
      await run.back({ kind: 'place', place: { instant } });
      assert.deepEqual(run.view(), view);
    }
    // The page of the stack of hart 0.
    const sp = run.physicalAddress('hart 0', run.names('hart 0').lookup('sp') as bigint)!;
    const write = await run.lastWrite(sp - (sp % 4096), 4096);
    assert.ok(write && write !== 'interrupted');
    run.setBreakpoints(noBreakpoints);
    const stop = await run.back({ kind: 'write', write });
    assert.ok(stop.reason === 'data-breakpoint');
    assert.deepEqual(stop.access, write.access);
    await run.dispose();
  });

  it('comes to the same instants from a machine restored to the state that it is in, its disk at work', async () => {
    const board = { virtio: everyDevice() };
    const run = OpenTraveller.from(await benchAtShell(board, { msPerLook: 0, checkpoints: {} }));
    const { machine } = run.present;
    const begin = run.status().instant;
    const write = 'head -c 100000 /dev/hwrng > /tmp/a; cat /tmp/a /tmp/a > /dev/vda; sync; md5sum /dev/vda\r';
    run.consoleInput(new TextEncoder().encode(write));
    run.takeSnapshot();
    const onwards = async (): Promise<unknown> => {
      const end = { instant: { events: run.status().instant.events + 2_000_000, threads: [] } };
      await run.run({ kind: 'continue', destinations: [end] });
      return [machine.core.latestClockNs, run.view()];
    };
    const seen: unknown[] = [];
    for (let count = 0; count < 5; count++) seen.push(await onwards());
    await run.back({ kind: 'place', place: { instant: begin } });
    for (const expected of seen) {
      const view = await onwards();
      machine.restore(machine.save());
      assert.deepEqual([machine.core.latestClockNs, run.view()], expected);
      assert.deepEqual(view, expected);
    }
    await run.dispose();
  });
});
