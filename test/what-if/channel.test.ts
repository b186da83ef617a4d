import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';
import { requirePart } from '../../tools/parts.mjs';
import { type Bench, bench, snapshotPath } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';
import { frozenRam, runToEnd, wrongPages } from './whole-run';

function busyGuest(whatIf: Partial<WhatIf>): Bench {
  const bytes = randomGuest({ seed: 5, firstPage: 16, pageCountLog2: 6, idleRounds: 20, sizeLog2: 3, misalignment: 0 });
  return bench({
    machine: { program: { path: 'busy guest', bytes } },
    trigger: { kind: 'instructions', count: 20_000 },
    whatIf,
  });
}

/** What a real QEMU with as much RAM makes of a file that it does not take: its exit code and its words. */
function restoreInQemu(stream: Uint8Array): { readonly status: number | null; readonly stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  try {
    const file = join(folder, 'snapshot');
    writeFileSync(file, stream);
    const args = ['-M', 'virt', '-m', '1M', '-display', 'none', '-serial', 'null', '-monitor', 'none', '-nic', 'none'];
    const incoming = ['-bios', 'none', '-S', '-incoming', `exec:cat ${file}`];
    return spawnSync(requirePart('qemu'), [...args, ...incoming], {
      timeout: 240_000,
      encoding: 'utf8',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('without the flush of the stashed device state', () => {
  it('its tail is not in the file, which neither our reader nor a real QEMU takes', async () => {
    const run = busyGuest({ flushStash: false });
    const whole = busyGuest({});
    const message = await runToEnd(run);
    await runToEnd(whole);
    assert.match(message, /^Snapshot is wrong\. The stream cannot be read: truncated at byte \d+: /);
    assert.match(message, /kept as \/snapshot, for you to look at \(what-if flushStash: false\)/);
    const [cut, complete] = [run.files.get(snapshotPath)!, whole.files.get(snapshotPath)!];
    assert.ok(cut.length < complete.length);
    // The instant differs by the time of the flush alone: RAM is the same, and what is there of the rest begins alike.
    assert.ok(Buffer.from(complete.subarray(0, cut.length)).equals(cut));
    assert.equal(complete.length - cut.length, deviceByteCount(complete) % (32 * 1024), 'whole buffers got through');

    const refused = restoreInQemu(cut);
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /load of migration failed/);
  });

  /** Bytes from the first device section to the end. */
  function deviceByteCount(stream: Uint8Array): number {
    const firstDevice = Buffer.from(stream).indexOf('\x05timer', 0, 'latin1');
    return stream.length - (firstDevice - 5);
  }
});

describe('without the flush before a page is unprotected', () => {
  it('the stream carries what the guest wrote while the channel only referred to the page', async () => {
    const whatIf = { flushBeforeUnprotect: false };
    const frozen = await frozenRam(busyGuest(whatIf));
    const run = busyGuest(whatIf);
    const message = await runToEnd(run);
    const wrong = wrongPages(run, frozen);
    assert.ok(wrong.length > 20, `${wrong.length} pages leaked`);
    assert.match(message, new RegExp(`^Snapshot is wrong\\. ${wrong.length} of `));
    assert.match(
      message,
      /written by hart 0 at [\d.]+ ms; its protection had been taken off before it was in the stream/,
    );
    const { states } = run.machine.core.pages;
    assert.deepEqual(
      [...states.keys()].filter((page) => states[page] === PageState.Leaked),
      wrong,
    );
  });

  it('fewer flushes make the snapshot faster: that is why one might want to leave them out', async () => {
    const [fast, right] = [busyGuest({ flushBeforeUnprotect: false }), busyGuest({})];
    await runToEnd(fast);
    await runToEnd(right);
    assert.ok(fast.debuggee.status().timeNs < 0.8 * right.debuggee.status().timeNs);
  });

  it('leaks nothing when the guest stands still', async () => {
    const program = { path: 'wfi', bytes: Uint8Array.from([0x73, 0x00, 0x50, 0x10]) };
    const run = bench({ machine: { program }, trigger: { kind: 'start' }, whatIf: { flushBeforeUnprotect: false } });
    assert.match(await runToEnd(run), /RAM in the file is RAM at the freeze, each page once/);
  });
});
