import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';
import { frozenRam, runToEnd, wrongPages } from './whole-run';

const firstPage = 16;
const pageCountLog2 = 7;

/** A guest that goes on finding pages that it has never touched. */
function growingGuest(whatIf: Partial<WhatIf>): Bench {
  const bytes = randomGuest({ seed: 3, firstPage, pageCountLog2, idleRounds: 40, sizeLog2: 3, misalignment: 0 });
  const program = { path: 'growing guest', bytes };
  return bench({ machine: { program }, trigger: { kind: 'instructions', count: 3000 }, whatIf });
}

describe('without populate', () => {
  it('what a guest writes to pages that nobody had touched before the freeze leaks into the snapshot', async () => {
    const frozen = await frozenRam(growingGuest({ populate: false }));
    const run = growingGuest({ populate: false });
    const message = await runToEnd(run);
    const wrong = wrongPages(run, frozen);
    assert.ok(wrong.length > 5, `${wrong.length} pages leaked`);
    assert.match(message, new RegExp(`^Snapshot is wrong\\. ${wrong.length} of \\d+ pages differ from RAM`));
    assert.match(message, /kept as \/snapshot, for you to look at \(what-if populate: false\)/);
    for (const page of wrong) assert.ok(page >= firstPage && page < firstPage + (1 << pageCountLog2));
    const { states } = run.machine.core.pages;
    const leaked = [...states.keys()].filter((page) => states[page] === PageState.Leaked);
    assert.deepEqual(leaked, wrong);
  });

  it('the oracle names page, writer, time and cause of each leak', async () => {
    const run = growingGuest({ populate: false });
    const message = await runToEnd(run);
    const line =
      /• page (0x[0-9a-f]+): byte 0x[0-9a-f]+ is [0-9a-f]{2}, was 00; written by hart 0 at ([\d.]+) ms; (.*)/;
    const [, name, ms, cause] = line.exec(message)!;
    assert.equal(cause, 'never protected: it had no page-table entry');
    const info = run.debuggee.pages.info(Number(name) - 0x80000);
    assert.deepEqual([info.state, info.thread, (info.timeNs! / 1e6).toFixed(6)], ['leaked', 'hart 0', ms]);

    const { debuggee } = growingGuest({ populate: false });
    const again = growingGuest({ populate: false });
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'save' }] });
    await debuggee.run({ kind: 'continue' });
    assert.ok(debuggee.status().timeNs <= info.timeNs!, 'the write came after the freeze');
    assert.equal(await runToEnd(again), message);
  });

  it('pages that were touched are protected, others are not', async () => {
    const { debuggee, machine } = growingGuest({ populate: false });
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'vm-start-bh' }] });
    await debuggee.run({ kind: 'continue' });
    const { core } = machine;
    for (let page = 0; page < core.pages.states.length; page++) {
      if (!core.isZero(page)) assert.ok(core.pages.isProtected(page), `page ${page} holds data`);
      const state = core.pages.isProtected(page) ? PageState.Protected : PageState.Untracked;
      assert.equal(core.pages.states[page], state);
    }
    assert.ok(core.pages.states.includes(PageState.Untracked));
  });

  it('a kernel that write-protects pages without an entry lets nothing leak', async () => {
    const message = await runToEnd(growingGuest({ populate: false, uffdFeatureWpUnpopulated: true }));
    assert.match(message, /RAM in the file is RAM at the freeze, each page once/);
  });
});

describe('with populate', () => {
  it('the same guest leaks nothing', async () => {
    const frozen = await frozenRam(growingGuest({}));
    const run = growingGuest({});
    assert.match(await runToEnd(run), /RAM in the file is RAM at the freeze, each page once/);
    assert.deepEqual(wrongPages(run, frozen), []);
  });
});
