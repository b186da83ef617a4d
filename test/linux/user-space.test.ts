import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { cpioArchive } from '../../tools/cpio.mjs';
import { requirePart } from '../../tools/parts.mjs';
import { image } from '../boot/console';
import { QemuConsole } from '../boot/qemu-console';
import { type Bench, bench, snapshotPath } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';
import { type LinuxOptions, linuxGuest, qemuArguments } from './linux-guest';

const begins = 'user space\r\n';
const load = 'writing; Enter ends it\r\n';
const end = 'reboot: Power down';

describe('a process on Linux', () => {
  let folder: string;
  let options: LinuxOptions;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-linux-'));
    const program = join(folder, 'init');
    const flags = ['-O2', '-march=rv64imac', '-mabi=lp64', '-mcmodel=medany', '-nostdlib', '-static', '-ffreestanding'];
    execFileSync(requirePart('gcc'), [...flags, '-o', program, join(__dirname, 'user-space.c')], {
      stdio: 'pipe',
    });
    const archive = cpioArchive([
      { path: 'dev', kind: 'folder' },
      { path: 'dev/console', kind: 'character device', major: 5, minor: 1 },
      { path: 'init', kind: 'program', bytes: readFileSync(program) },
    ]);
    const initrd = join(folder, 'initramfs.cpio');
    writeFileSync(initrd, archive);
    options = { ...linuxGuest(128), initrd: image(initrd) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('forks, faults, sleeps, writes and powers off as in QEMU, though it is snapshotted while it writes', async () => {
    const theirs = await withoutSnapshot(options);
    const run = bench({ machine: { ...options, hasFlash: true }, trigger: { kind: 'console', text: load } });
    const { debuggee, machine } = run;
    debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'wp-arm' }] });
    await debuggee.run({ kind: 'continue' });
    const frozen = machine.core.ram.slice();
    const message = await complete(run);
    assert.match(message, /RAM in the file is RAM at the freeze, each page once/);
    // The load alone is 16 MiB of pages that are written again and again.
    assert(Number(/(\d+) write faults/.exec(message)![1]) > 1000, message);
    const ram = readSnapshot(run.files.get(snapshotPath)!).blocks.get('riscv_virt_board.ram')!;
    assert(Buffer.from(ram.bytes).equals(frozen));

    debuggee.setBreakpoints(noBreakpoints);
    debuggee.consoleInput(new TextEncoder().encode('\r'));
    const stop = await debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'exited', thread: 'hart 0', exitCode: 0 });
    assert.deepEqual(answers(run.console()), answers(theirs));
    assert.match(
      run.console(),
      /forks 50\r\nfaults 130560\r\nsignals 100\r\n[\s\S]*rounds were written\r\nerrors 0\r\n/,
    );
  });
});

/** @returns what a real QEMU's guest prints. It would write until the one in here is done, and take a core for it. */
async function withoutSnapshot(options: LinuxOptions): Promise<string> {
  const qemu = new QemuConsole(qemuArguments(options));
  try {
    await qemu.until(load);
    qemu.type('\r');
    await qemu.until(end);
    return qemu.text;
  } finally {
    qemu.dispose();
  }
}

/** Runs to the end of the snapshot. @returns what is said of it. */
async function complete({ debuggee, messages }: Bench): Promise<string> {
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'completed' }] });
  await debuggee.run({ kind: 'continue' });
  while (messages.length === 0 || debuggee.isTakingSnapshot)
    await debuggee.run({ kind: 'step', thread: 'main loop', depth: 'into' });
  return messages[0]!;
}

/** From the first line of the process to its last. */
function answers(text: string): string[] {
  const lines = text.slice(text.indexOf(begins)).split(/\r?\n/);
  return lines.filter((line) => line !== '' && !line.includes(end));
}
