import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { CapabilityName } from '../../debug-adapter/debuggee/migration-capabilities';
import { virtLayouts } from '../../debug-adapter/emulator/machine/virt-layouts';
import { StreamReader } from '../../debug-adapter/vmstate/stream-reader';
import { bench, restored, snapshotPath } from '../snapshot/harness';
import { busyGuest, runToEnd } from '../snapshot/snapshot-guest';
import { Qemu } from '../stream/qemu';

const capability = 'x-ignore-shared';
const ram = ['-m', '16M', '-bios', 'none'];

async function ours(): Promise<Uint8Array> {
  const run = bench({
    machine: { program: busyGuest, ramByteCount: 16 << 20, hasFlash: true },
    trigger: { kind: 'instructions', count: 500 },
    snapshot: { capabilities: new Set<CapabilityName>(['background-snapshot', capability]) },
  });
  assert.match(await runToEnd(run, 'completed'), /each page once/);
  return run.files.get(snapshotPath)!;
}

async function theirs(args: readonly string[], kind: 'precopy' | 'background'): Promise<Uint8Array> {
  const qemu = await Qemu.start([...ram, ...args]);
  try {
    return readFileSync(await qemu.migrate(kind, [capability]));
  } finally {
    await qemu.stop();
  }
}

/** From the first byte to the end of the section that lists the blocks. */
function head(stream: Uint8Array): string {
  let byteCount = 0;
  const layoutOf = virtLayouts(1);
  const reader = new StreamReader({
    layoutOf: ({ name }) => layoutOf(name),
    onRecord: ({ kind, start, byteCount: length }) => {
      if (kind === 'ramBlockList') byteCount = start + length;
    },
  });
  reader.push(stream);
  return Buffer.from(stream.subarray(0, byteCount))
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
}

describe('a snapshot with the capability x-ignore-shared', () => {
  it('says so and where each block is, as that of a real QEMU does, which restores it', async () => {
    const stream = await ours();
    assert.equal(head(stream), head(await theirs([], 'background')));
    const qemu = await Qemu.incoming(stream, ram, [capability]);
    await qemu.stop();
    await assert.rejects(
      Qemu.incoming(stream, ram),
      /Capability x-ignore-shared is off, but received capability is on/,
    );
  });

  it('is restored here, whoever took it, unless its RAM was shared and is not in it', async () => {
    assert.deepEqual((await restored(await ours())).skipped, []);
    const { skipped } = await restored(await theirs([], 'precopy'));
    assert.deepEqual(skipped, ['cpu/hyper']);
    const id = 'riscv_virt_board.ram';
    const shared = ['-object', `memory-backend-memfd,id=${id},size=16M,share=on`, '-machine', `memory-backend=${id}`];
    await assert.rejects(restored(await theirs(shared, 'precopy')), /has no RAM pages\. .*take it again without/);
  });
});
