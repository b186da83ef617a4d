import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { requirePart } from '../../tools/parts.mjs';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { linuxAtShell } from '../linux/at-shell';
import { isListening } from '../qemu/listening';
import { compiledProgram } from '../source/compiled-program';
import { Qemu } from '../stream/qemu';
import { Gdb, gdbPort } from './session';

/** All that both have but for what counts, what names the implementation, and `mip`, in which a QEMU of 2022 begins with MTIP. */
const csrs =
  'sstatus sie stvec scounteren senvcfg sscratch sepc scause stval sip satp mstatus misa medeleg mideleg mie mtvec mcounteren menvcfg mcountinhibit mscratch mepc mcause mtval tselect tdata1 tdata2 tdata3 tinfo mvendorid mhartid mconfigptr priv';

const floats = [
  ...Array.from({ length: 12 }, (_, index) => `ft${index} fs${index}`),
  ...Array.from({ length: 8 }, (_, index) => `fa${index}`),
].join(' ');

const look = [
  'info registers',
  `info registers ${csrs}`,
  `info registers ${floats}`,
  'backtrace',
  'x/16xg $sp',
  'x/6i $pc',
];
const script = [
  ...look,
  'break factorial',
  ...['continue', ...look, 'print nodes[1]', 'stepi', 'stepi', ...look],
  ...['finish', 'next', ...look],
  ...['watch checksum', 'continue', ...look, 'delete', 'rwatch nodes[2].weight', 'continue', ...look, 'delete'],
  ...['print $t6 = 9', 'print $ft11.double = 1.5', 'set variable checksum = 7', 'print checksum', ...look],
  ...['x/2xg 0x80fffff8', 'x/2xg 0'],
  ...['maintenance packet Qqemu.PhyMemMode:1', 'x/2xg 0x80000000', 'maintenance packet qqemu.PhyMemMode'],
  ...['set osabi none', 'stepi', ...look, 'tbreak fill', 'continue', ...look],
];

/** Without a stack, and without what time on the wall makes due in QEMU. */
const lookAtHart = look.filter((command) => command !== 'backtrace').map((command) => command.replace(' sip ', ' '));

/** What a kernel that waits has in registers and behind its page tables. */
const lookAtKernel = (banner: string): string[] => [
  ...lookAtHart,
  `x/s ${banner}`,
  'x/4xg $stvec',
  ...['thread 2', ...lookAtHart],
  ...['maintenance packet Qqemu.PhyMemMode:1', 'x/8xg 0x80200000'],
];

/** `[Switching to thread 2 (Thread 1.2)]`: QEMU's threads are a process's. */
const isAboutGuest = (line: string): boolean => !line.startsWith('[');

describe('one script of gdb', function () {
  this.timeout(120_000);

  for (const optimization of ['-O0', '-O2']) {
    it(`prints the same of a guest here as of a real QEMU's, line by line, with ${optimization}`, async () => {
      const adapter = RecordedAdapter.begun();
      const port = gdbPort(adapter);
      const elf = compiledProgram(adapter.folder, optimization);
      const stub = join(adapter.folder, 'gdb.sock');
      const qemu = spawn(requirePart('qemu'), [
        ...['-M', 'virt', '-cpu', 'rv64,h=false', '-m', '16M', '-nographic', '-nic', 'none', '-serial', 'none'],
        ...['-monitor', 'none', '-bios', elf, '-S', '-gdb', `unix:${stub},server=on,wait=off`],
      ]);
      try {
        await adapter.begin({ program: elf, gdb: 'tcp::0', stopOnEntry: true, snapshot: { when: 'command' } });
        const ours = await new Gdb(await port, elf, script).lines();
        while (!isListening(stub)) await new Promise((done) => setImmediate(done));
        const theirs = await new Gdb(stub, elf, script).lines();
        assert.ok(ours.length > 600, `${ours.length} lines`);
        assert.deepEqual(ours.filter(isAboutGuest), theirs.filter(isAboutGuest));
      } finally {
        const gone = once(qemu, 'exit');
        qemu.kill('SIGKILL');
        await gone;
        await adapter.stop();
      }
    });
  }

  it('prints the same of Linux on two harts, restored here and in a real QEMU', async () => {
    const stream = await linuxAtShell({ hartCount: 2 });
    const adapter = RecordedAdapter.begun();
    const port = gdbPort(adapter);
    const args = ['-cpu', 'rv64,h=false', '-m', '128M', '-smp', '2', '-bios', 'none'];
    const qemu = await Qemu.incoming(stream, args);
    try {
      const restore = adapter.file('linux.qemu', stream);
      const [program, ram, snapshot] = [undefined, undefined, { when: 'command' }];
      await adapter.begin({ restore, program, ram, snapshot, gdb: 'tcp::0', stopOnEntry: true });
      const banner = /0x\w+/.exec(await adapter.evaluate('linux_banner'))![0];
      const ours = await new Gdb(await port, undefined, lookAtKernel(banner)).lines();
      const stub = join(adapter.folder, 'gdb.sock');
      await qemu.execute('human-monitor-command', { 'command-line': `gdbserver unix:${stub},server=on,wait=off` });
      const theirs = await new Gdb(stub, undefined, lookAtKernel(banner)).lines();
      assert.ok(ours.some((line) => /"Linux version \d/.test(line)));
      assert.deepEqual(ours.filter(isAboutGuest), theirs.filter(isAboutGuest));
    } finally {
      await qemu.stop();
      await adapter.stop();
    }
  });
});
