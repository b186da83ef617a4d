import assert from 'node:assert/strict';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';
import { bufferPageCount, firstBufferPage, randomReader, usedRingPage } from '../snapshot/virtio-guest';
import { frozenRam, runToEnd, wrongPages } from './whole-run';

function askingGuest(whatIf: Partial<WhatIf>): Bench {
  return bench({
    machine: { program: { path: 'random reader', bytes: randomReader() }, virtio: [{ kind: 'rng', seed: 42 }] },
    trigger: { kind: 'instructions', count: 5000 },
    whatIf,
  });
}

describe("a device's DMA that passes the page table by", () => {
  it('writes to protected pages, and only what the device has written leaks, each page by its name', async () => {
    const whatIf = { dmaBypassesUffd: true };
    const frozen = await frozenRam(askingGuest(whatIf));
    const run = askingGuest(whatIf);
    const message = await runToEnd(run);
    const wrong = wrongPages(run, frozen);
    assert.ok(wrong.length > 10, `${wrong.length} pages leaked`);
    for (const page of wrong) {
      const isBuffer = page >= firstBufferPage && page < firstBufferPage + bufferPageCount;
      assert.ok(isBuffer || page === usedRingPage, `page ${page}`);
    }
    assert.match(message, new RegExp(`^Snapshot is wrong\\. ${wrong.length} of `));
    assert.match(message, /written by main loop at [\d.]+ ms; protected, but written past the host's page table/);
    const { states } = run.machine.core.pages;
    const leaked = [...states.keys()].filter((page) => states[page] === PageState.Leaked);
    assert.deepEqual(leaked, wrong);
  });

  it('that goes through it faults and waits like any other write, and nothing leaks', async () => {
    const run = askingGuest({});
    assert.match(await runToEnd(run), /RAM in the file is RAM at the freeze/);
  });
});
