import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { restoredBench, snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { answered, ask, checkCounting, freezeAt, joined, shellPrompt, startCounting } from './counting-shell';
import { EmbeddedGuest } from './embedded-guest';

const harts = ['-smp', '2'];
/** With a thread for each hart, one boot in 77 never ends: Linux faults again and again on a stack that it has just mapped. */
const inTurns = ['-accel', 'tcg,thread=single'];

/** @returns the stream, and what the console showed until some time after the freeze. */
async function snapshotOfCountingShell(): Promise<{ stream: Uint8Array; console: string }> {
  const qemu = await Qemu.start([...qemuArguments(linuxGuest(128)), ...harts, ...inTurns]);
  try {
    await qemu.printed(shellPrompt);
    qemu.type(startCounting);
    await qemu.printed(freezeAt);
    const stream = await readFile(await qemu.migrate('background'));
    return { stream, console: qemu.console };
  } finally {
    await qemu.stop();
  }
}

describe("a real QEMU's background snapshot of Linux on two harts whose shell counts", () => {
  it('goes on in the embedded machine, and from there in QEMU again, with each count and the same file', async () => {
    const { stream, console } = await snapshotOfCountingShell();

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

    const qemu = await Qemu.incoming(files.get(snapshotPath)!, [...harts, '-m', '128M', '-bios', 'none']);
    try {
      await qemu.execute('cont');
      qemu.type(ask);
      await qemu.printed(answered);
      checkCounting(here + qemu.console);
    } finally {
      await qemu.stop();
    }
  });
});
