import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { Qemu } from '../stream/qemu';
import { benchAtShell, linuxAtShell } from './at-shell';

/** Marks around an answer, told apart from the command's echo, which has them unevaluated. */
const asked = (command: string): string => `echo begin=$((6*7)); ${command}; echo end=$((6*7))\r`;
const [begin, end] = ['begin=42\r\n', 'end=42\r\n'];
const between = (text: string, from: number): string => text.slice(text.indexOf(begin, from), text.indexOf(end, from));

const mib = 1024 * 1024;
const zerosHash = (byteCount: number): string => createHash('sha256').update(Buffer.alloc(byteCount)).digest('hex');

describe("the shell on Debian's Linux", () => {
  it('answers as in QEMU, and powers off', async () => {
    const qemu = await Qemu.incoming(await linuxAtShell(), ['-m', '128M', '-bios', 'none']);
    try {
      await qemu.execute('cont');
      const { debuggee } = await benchAtShell();
      const guest = new EmbeddedGuest(debuggee);
      const answer = async (command: string): Promise<string> => {
        const from = guest.console.length;
        guest.type(asked(command));
        await guest.printed(end, from);
        return between(guest.console, from);
      };
      const commands = [
        'uname -a',
        'dd if=/dev/zero of=/zeros bs=64k count=16 2>&1 | grep records',
        'sha256sum /zeros',
        'i=0; while [ $i -lt 100 ]; do (exit $i) || n=$((n+$?)); i=$((i+1)); done; echo sum $n',
        "cut -d' ' -f1-3 /proc/mounts; ls /dev/console /proc/self/exe",
      ];
      for (const command of commands) {
        const from = qemu.console.length;
        qemu.type(asked(command));
        const answered = await answer(command);
        await qemu.until(() => qemu.console.includes(end, from), `answer to ${command}`);
        assert.equal(answered, between(qemu.console, from));
      }
      assert(guest.console.includes(zerosHash(mib)));
      assert.match(guest.console, /sum 4950\r\n/);
      assert.match(await answer('cat /proc/cpuinfo'), /isa\s+: rv64imafdc/);
      guest.type('poweroff\r');
      const stop = await debuggee.run({ kind: 'continue' });
      assert.deepEqual(stop, { reason: 'exited', thread: 'hart 0', exitCode: 0 });
      assert.match(guest.console, /reboot: Power down/);
    } finally {
      await qemu.stop();
    }
  });

  it('has right checksums after a snapshot taken while it copied a file again and again', async () => {
    const { debuggee } = await benchAtShell({}, { trigger: { kind: 'console', text: 'copied=2' } });
    const copies = 'for i in 1 2 3 4 5 6 7 8; do cp /zeros /copy; echo copied=$i; done';
    let text = '';
    let message = '';
    debuggee.onEvent((event) => {
      if (event.kind === 'message') message = event.text;
      if (event.kind === 'console') text += Buffer.from(event.bytes).toString('latin1');
    });
    const commands = `dd if=/dev/zero of=/zeros bs=1M count=4; ${copies}; sha256sum /copy; poweroff\r`;
    debuggee.consoleInput(new TextEncoder().encode(commands));
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'phase');
    assert(!text.includes('/copy\r\n'), 'the copies ended before the snapshot');
    debuggee.setBreakpoints(noBreakpoints);
    const stop = await debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'exited', thread: 'hart 0', exitCode: 0 });
    assert.match(message, /RAM in the file is RAM at the freeze, each page once/);
    assert(text.includes(`${zerosHash(4 * mib)}  /copy`), text);
  });
});
