import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { type Bench, bench } from '../snapshot/harness';
import { frozenRam, runToEnd, wrongPages } from './whole-run';

const path = resolve(__dirname, '../../extension/sample/guests/balloon.elf');

/** Gives page after page to its balloon and writes to it again. */
function ballooningGuest(whatIf: Partial<WhatIf>): Bench {
  return bench({
    machine: { program: { path, bytes: readFileSync(path) }, ramByteCount: 4 << 20, virtio: [{ kind: 'balloon' }] },
    trigger: { kind: 'time', ns: 5_000_000 },
    whatIf,
  });
}

describe('a balloon that takes pages while they are write-protected', () => {
  it('lets them leak: neither the discard nor what the guest writes next is stopped', async () => {
    const whatIf = { inhibitBalloon: false };
    const frozen = await frozenRam(ballooningGuest(whatIf));
    const run = ballooningGuest(whatIf);
    const message = await runToEnd(run);
    const wrong = wrongPages(run, frozen);
    assert.ok(wrong.length > 20, `${wrong.length} pages leaked`);
    assert.match(message, new RegExp(`^Snapshot is wrong\\. ${wrong.length} of `));
    assert.match(message, /written by main loop at [\d.]+ ms; its protection went when the balloon took the page/);
    const { states } = run.machine.core.pages;
    const leaked = [...states.keys()].filter((page) => states[page] === PageState.Leaked);
    assert.deepEqual(leaked, wrong);
  });

  it('does not, as long as it is inhibited', async () => {
    assert.match(await runToEnd(ballooningGuest({})), /RAM in the file is RAM at the freeze/);
  });
});
