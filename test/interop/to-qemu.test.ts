import assert from 'node:assert/strict';
import { benchAtShell } from '../linux/at-shell';
import { snapshotPath } from '../snapshot/harness';
import { Qemu } from '../stream/qemu';
import { answered, ask, checkCounting, freezeAt, startCounting } from './counting-shell';
import { EmbeddedGuest } from './embedded-guest';

/** Linux whose shell counts, snapshotted while it does. @returns the stream, and the console up to the freeze. */
async function snapshotOfCountingShell(): Promise<{ stream: Uint8Array; console: string }> {
  const { debuggee, files } = await benchAtShell({}, { trigger: { kind: 'console', text: freezeAt } });
  let console = '';
  const guest = new EmbeddedGuest(debuggee, (phase) => {
    if (phase === 'wp-arm') console = guest.console;
  });
  guest.type(startCounting);
  assert.match(await guest.message(), /RAM in the file is RAM at the freeze, each page once/);
  return { stream: files.get(snapshotPath)!, console };
}

describe('our snapshot of Linux whose shell counts, in a real QEMU', () => {
  it('counts on from the freeze, hears a key at once and has the same file', async () => {
    const { stream, console } = await snapshotOfCountingShell();
    const qemu = await Qemu.incoming(stream, ['-m', '128M', '-bios', 'none']);
    try {
      await qemu.execute('cont');
      qemu.type(ask);
      await qemu.printed(answered);
      checkCounting(console + qemu.console);
    } finally {
      await qemu.stop();
    }
  });
});
