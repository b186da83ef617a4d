import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { linuxAtShell } from '../linux/at-shell';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { restoredBench, snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { answered, ask, checkCounting, freezeAt, joined, shellPrompt, startCounting } from './counting-shell';
import { EmbeddedGuest } from './embedded-guest';

/** Two harts boot in QEMU; one goes on from our snapshot. */
async function qemuAtShell(hartCount: number): Promise<Qemu> {
  if (hartCount === 1) {
    const qemu = await Qemu.incoming(await linuxAtShell(), ['-m', '128M', '-bios', 'none']);
    await qemu.execute('cont');
    return qemu;
  }
  const guest = qemuArguments(linuxGuest(128));
  const qemu = await Qemu.start([...guest, '-smp', `${hartCount}`]);
  await qemu.printed(shellPrompt);
  return qemu;
}

/** @returns the stream, and what the console showed until some time after the freeze. */
async function snapshotOfCountingShell(hartCount: number): Promise<{ stream: Uint8Array; console: string }> {
  const qemu = await qemuAtShell(hartCount);
  try {
    qemu.type(startCounting);
    await qemu.printed(freezeAt);
    const stream = await readFile(await qemu.migrate('background'));
    return { stream, console: qemu.console };
  } finally {
    await qemu.stop();
  }
}

describe("a real QEMU's background snapshot of Linux whose shell counts", () => {
  for (const [hartCount, harts] of [
    [1, 'one hart'],
    [2, 'two harts'],
  ] as const) {
    it(`goes on in the embedded machine of ${harts}, and from there in QEMU again, with each count and the same file`, async () => {
      const board = ['-smp', `${hartCount}`];
      const { stream, console } = await snapshotOfCountingShell(hartCount);

      const { debuggee, files } = await restoredBench(stream, { msPerLook: 1 });
      let frozen = '';
      const guest = new EmbeddedGuest(debuggee, (phase) => {
        if (phase === 'wp-arm') frozen = guest.console;
      });
      guest.type(ask);
      await guest.printed(answered);
      debuggee.takeSnapshot();
      assert.match(await guest.message(), /RAM in the file is RAM at the freeze, each page once/);
      const here = joined(console, frozen);
      checkCounting(here);

      const qemu = await Qemu.incoming(files.get(snapshotPath)!, [...board, '-m', '128M', '-bios', 'none']);
      try {
        await qemu.execute('cont');
        qemu.type(ask);
        await qemu.printed(answered);
        checkCounting(here + qemu.console);
      } finally {
        await qemu.stop();
      }
    });
  }
});
