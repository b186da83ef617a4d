import { readFile } from 'node:fs/promises';
import { linuxGuest, qemuArguments } from '../linux/linux-guest';
import { restoredBench } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { answered, ask, checkCounting, freezeAt, joined, shellPrompt, startCounting } from './counting-shell';
import { EmbeddedGuest } from './embedded-guest';

describe("a real QEMU's background snapshot of Linux whose shell counts", function () {
  this.timeout(120_000);

  it('goes on in the embedded machine, hears a key and has the same file', async () => {
    const options = await linuxGuest(128, 'console=ttyS0 quiet');
    const qemu = await Qemu.start(qemuArguments(options));
    let stream: Uint8Array;
    let console: string;
    try {
      await qemu.printed(shellPrompt, 30_000);
      qemu.type(startCounting);
      await qemu.printed(freezeAt, 15_000);
      stream = await readFile(await qemu.migrate('background'));
      console = qemu.console;
    } finally {
      await qemu.stop();
    }
    const { debuggee } = await restoredBench(stream, { msPerLook: 1 });
    const guest = new EmbeddedGuest(debuggee);
    guest.type(ask);
    await guest.printed(answered);
    checkCounting(joined(console, guest.console));
  });
});
