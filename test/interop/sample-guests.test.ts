import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { defaultParameters } from '../../debug-adapter/debuggee/migration-parameters';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import type { SnapshotOptions } from '../../debug-adapter/migration/snapshot-options';
import { bench, snapshotPath } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';
import { Qemu } from '../stream/qemu';

const guests = resolve(__dirname, '../../extension/sample/guests');

/** A snapshot of a sample guest that has run for a while, and the value of its counter in it. */
async function snapshotOf(
  guest: string,
  snapshot: Partial<SnapshotOptions>,
): Promise<{ stream: Uint8Array; counter: bigint; address: bigint }> {
  const path = join(guests, guest);
  const run = bench({
    machine: { program: { path, bytes: readFileSync(path) }, ramByteCount: 16 << 20, hasFlash: true },
    trigger: { kind: 'time', ns: 300_000_000 },
    snapshot,
  });
  run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
  await run.debuggee.run({ kind: 'continue' });
  while (run.messages.length === 0 || run.debuggee.isTakingSnapshot)
    await run.debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  const stream = run.files.get(snapshotPath)!;
  const address = run.debuggee.symbolAddress('counter')!;
  const ram = readSnapshot(stream).blocks.get('riscv_virt_board.ram')!;
  const isAgain = ram.timesSent.some((times) => times > 1);
  assert.equal(isAgain, snapshot.capabilities?.size === 0, 'a page is sent again only by dirty logging');
  return { stream, counter: Buffer.from(ram.bytes).readBigUInt64LE(Number(address) - ramBase), address };
}

describe('a real QEMU', () => {
  const dirtyLogging = {
    capabilities: new Set<never>(),
    parameters: { ...defaultParameters, maxBandwidth: 8 << 20, downtimeLimitMs: 50 },
  };
  const cases: readonly (readonly [guest: string, what: string, Partial<SnapshotOptions>])[] = [
    ['working-set.elf', 'snapshot', {}],
    ['sweep.elf', 'snapshot', {}],
    ['working-set.elf', 'dirty-logging snapshot', dirtyLogging],
  ];
  for (const [guest, what, options] of cases) {
    it(`restores our ${what} of ${guest}, which counts on from its instant and answers a key`, async () => {
      const { stream, counter, address } = await snapshotOf(guest, options);
      assert.ok(counter > 0n);
      const qemu = await Qemu.incoming(stream, ['-m', '16M', '-bios', 'none']);
      try {
        assert.equal(await qemu.doubleWord(address), counter);
        await qemu.execute('cont');
        const counts = async (): Promise<boolean> => (await qemu.doubleWord(address)) > counter;
        await qemu.until(counts, 'counter beyond the freeze');
        qemu.type('z');
        await qemu.printed('z');
      } finally {
        await qemu.stop();
      }
    });
  }
});
