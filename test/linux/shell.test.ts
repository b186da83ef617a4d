import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { Console } from '../boot/console';
import { QemuConsole } from '../boot/qemu-console';
import { benchAtShell } from './at-shell';
import { linuxGuest, qemuArguments } from './linux-guest';

const instructionCountMax = 3_000_000_000;
/** Marks around an answer, told apart from the command's echo, which has them unevaluated. */
const asked = (command: string): string => `echo begin=$((6*7)); ${command}; echo end=$((6*7))\r`;
const [begin, end] = ['begin=42\r\n', 'end=42\r\n'];

const mib = 1024 * 1024;
const zerosHash = (byteCount: number): string => createHash('sha256').update(Buffer.alloc(byteCount)).digest('hex');

describe("the shell on Debian's Linux", () => {
  it('answers as in QEMU, and powers off, with 1 GiB of RAM', async () => {
    const options = linuxGuest(1024, 'console=ttyS0 quiet');
    const qemu = new QemuConsole(qemuArguments(options));
    try {
      const guest = new Console(options);
      guest.runUntil(shellPrompt, instructionCountMax);
      await qemu.until(shellPrompt);
      const commands = [
        'uname -a',
        'dd if=/dev/zero of=/zeros bs=64k count=64 2>&1 | grep records',
        'sha256sum /zeros',
        'i=0; while [ $i -lt 100 ]; do (exit $i) || n=$((n+$?)); i=$((i+1)); done; echo sum $n',
        "cut -d' ' -f1-3 /proc/mounts; ls /dev/console /proc/self/exe",
      ];
      for (const command of commands) {
        guest.type(asked(command));
        qemu.type(asked(command));
        const answer = guest.runUntil(end, instructionCountMax);
        const expected = await qemu.until(end);
        assert.equal(answer.slice(answer.indexOf(begin)), expected.slice(expected.indexOf(begin)));
      }
      assert(guest.text.includes(zerosHash(4 * mib)));
      assert.match(guest.text, /sum 4950\r\n/);
      guest.type(asked('cat /proc/cpuinfo'));
      assert.match(guest.runUntil(end), /isa\s+: rv64imafdc/);
      guest.type(asked('grep MemTotal /proc/meminfo'));
      assert.match(guest.runUntil(end), /MemTotal: +\d{6,} kB/);
      guest.type('poweroff\r');
      guest.runUntil('reboot: Power down', instructionCountMax);
      guest.run(10_000_000);
      assert.deepEqual(guest.machine.powerOff, { kind: 'pass' });
    } finally {
      qemu.dispose();
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
