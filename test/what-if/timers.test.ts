import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bench, snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { runToEnd } from './whole-run';

const guest = resolve(__dirname, '../../extension/sample/guests/working-set.elf');

const mtimeHz = 10_000_000n;

/** Of the guest's clock, which stands while a busy host keeps QEMU from running. */
function mtime(qemu: Qemu): Promise<bigint> {
  return doubleWord(qemu, 0x200_bff8n);
}

async function doubleWord(qemu: Qemu, address: bigint): Promise<bigint> {
  const command = `xp /1gx 0x${address.toString(16)}`;
  const answer = await qemu.execute('human-monitor-command', { 'command-line': command });
  return BigInt(/: (0x[0-9a-f]+)/.exec(String(answer))![1]!);
}

/** Our snapshot of a guest that counts its timer's interrupts, one a second, going on in a real QEMU. */
async function restored(raiseTimers: boolean): Promise<{ qemu: Qemu; read: (symbol: string) => Promise<bigint> }> {
  const run = bench({
    machine: { program: { path: guest, bytes: readFileSync(guest) }, ramByteCount: 16 << 20, hasFlash: true },
    trigger: { kind: 'time', ns: 50_000_000 },
    whatIf: { raiseTimers },
  });
  assert.match(await runToEnd(run), /RAM in the file is RAM at the freeze/);
  // An instruction takes 256 ns of the guest's clock, whose seconds go by the sooner.
  const board = ['-m', '16M', '-bios', 'none', '-icount', 'shift=8'];
  const qemu = await Qemu.incoming(run.files.get(snapshotPath)!, board);
  const read = (symbol: string) => doubleWord(qemu, run.debuggee.symbolAddress(symbol)!);
  await qemu.execute('cont');
  return { qemu, read };
}

describe('a snapshot with a timer set, restored by a real QEMU', () => {
  it('without the raised interrupt never sees the timer expire, though it runs on', async () => {
    const { qemu, read } = await restored(false);
    try {
      const [before, start] = [await read('counter'), await mtime(qemu)];
      await qemu.until(async () => (await mtime(qemu)) > start + (5n * mtimeHz) / 2n, 'two seconds and a half');
      assert.ok((await read('counter')) > before);
      assert.equal(await read('seconds'), 0n);
      assert.equal(qemu.console, '');
    } finally {
      await qemu.stop();
    }
  });

  it('with it counts seconds', async () => {
    const { qemu, read } = await restored(true);
    try {
      await qemu.until(async () => (await read('seconds')) >= 2n, 'two seconds');
      await qemu.printed('round');
    } finally {
      await qemu.stop();
    }
  });
});
