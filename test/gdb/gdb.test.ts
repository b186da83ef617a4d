import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { linuxAtShell } from '../linux/at-shell';
import { compiledProgram } from '../source/compiled-program';
import { RawClient } from './raw-client';
import { Gdb, gdbPort } from './session';

const hart = 1;

describe('gdb, connected to a session', function () {
  this.timeout(120_000);
  let adapter: RecordedAdapter;
  let port: Promise<number>;
  let elf: string;
  /** What the client is told of the guest's going on and standing still. */
  let told: string[];
  beforeEach(() => {
    adapter = RecordedAdapter.begun();
    port = gdbPort(adapter);
    elf = compiledProgram(adapter.folder, '-O0');
    told = [];
    adapter.on('continued', () => told.push('continued'));
    adapter.on('stopped', ({ body }: Dap.StoppedEvent) =>
      told.push(body.description?.replace(/ 0x.*/, '') ?? body.reason),
    );
  });
  afterEach(() => adapter.stop());

  const begin = async (configuration: Record<string, unknown> = {}): Promise<void> => {
    const snapshot = { when: 'command' };
    await adapter.begin({ program: elf, gdb: 'tcp::0', stopOnEntry: true, snapshot, ...configuration });
    await adapter.nextStop();
    told.splice(0);
  };

  const gdb = async (...commands: string[]): Promise<Gdb> => new Gdb(await port, elf, commands);
  const printedBy = async (...commands: string[]): Promise<string[]> => (await gdb(...commands)).lines();

  /** As gdb prints them, in this order, among others. */
  function assertPrinted(lines: readonly string[], wanted: readonly (string | RegExp)[]): void {
    let from = 0;
    for (const text of wanted) {
      const index = lines.findIndex(
        (line, at) => at >= from && (typeof text === 'string' ? line === text : text.test(line)),
      );
      assert.ok(index >= 0, `${text}, in\n${lines.slice(from).join('\n')}`);
      from = index + 1;
    }
  }

  it('breaks, finishes, watches, prints and writes; the client is told of each run and stop', async () => {
    await begin();
    const lines = await printedBy(
      ...['break factorial', 'continue', 'print n', 'finish', 'delete'],
      ...['watch checksum', 'continue', 'print checksum = 5', 'print checksum'],
      ...['print $t6 = 0x1234', 'info registers t6', 'info threads'],
    );
    assertPrinted(lines, [
      /^Breakpoint 1, factorial \(n=0\) at /,
      '$1 = 0',
      'Value returned is $2 = 1',
      'Hardware watchpoint 2: checksum',
      'Old value = 331',
      'New value = 618',
      '$3 = 5',
      '$4 = 5',
      '$5 = 4660',
      /^t6 +0x1234/,
      /^\* 1 +Thread 1 "hart 0" \(running\) main \(\) at /,
    ]);
    const runs = told.filter((event) => event === 'continued').length;
    // gdb lets go of the guest, which then runs.
    assert.equal(told.at(-1), 'continued');
    assert.deepEqual(new Set(told), new Set(['continued', "Paused on gdb's breakpoint", 'Write to']));
    assert.equal(told.length, 2 * runs - 1);
    const paused = adapter.waitForEvent('stopped');
    await adapter.pauseRequest({ threadId: hart });
    assert.equal((await paused).body.description, 'Paused');
  });

  it('goes back: to the stop before, by an instruction, and to the write that it watches for', async () => {
    await begin();
    const lines = await printedBy(
      ...[
        'break relay',
        'break factorial',
        'continue',
        'continue',
        'stepi',
        'reverse-stepi',
        'print $pc == &factorial',
      ],
      ...['reverse-continue', 'reverse-continue', 'delete', 'watch checksum', 'continue', 'continue'],
      ...['reverse-continue', 'reverse-continue', 'delete', 'reverse-continue', 'print $pc'],
    );
    assertPrinted(lines, [
      /^Breakpoint 1, relay \(value=321,/,
      /^Breakpoint 2, factorial \(n=0\)/,
      /^Breakpoint 2, factorial \(n=0\)/,
      '$1 = 0',
      /^Breakpoint 1, relay \(value=321,/,
      'No more reverse-execution history.',
      'Old value = 0',
      'New value = 331',
      'Old value = 331',
      'New value = 618',
      'Old value = 618',
      'New value = 331',
      'Old value = 331',
      'New value = 0',
      'No more reverse-execution history.',
      '$2 = (void (*)()) 0x1000',
    ]);
  });

  it('interrupts a guest that runs', async () => {
    await begin();
    const running = once(adapter, 'continued');
    const child = await gdb('continue', 'print $pc >= (long)&factorial');
    await running;
    child.process.kill('SIGINT');
    assertPrinted(await child.lines(), ['Program received signal SIGINT, Interrupt.', '$1 = 1']);
    assert.deepEqual(told, ['continued', 'Paused', 'continued']);
  });

  it('stops as well at what the client has asked for, and at its pause', async () => {
    await begin();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'relay' }] });
    adapter.once('continued', () => {
      adapter.once('continued', () => void adapter.pauseRequest({ threadId: hart }));
    });
    const child = await gdb('continue', 'backtrace 1', 'continue');
    assert.equal((await adapter.nextStop()).description, 'Paused on function breakpoint');
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    assertPrinted(await child.lines(), [
      'Program received signal SIGTRAP, Trace/breakpoint trap.',
      /^#0 +relay /,
      'Program received signal SIGINT, Interrupt.',
    ]);
  });

  it('passes `monitor` on', async () => {
    await begin();
    const lines = await printedBy('monitor info status', 'monitor info registers', 'monitor nonsense');
    assertPrinted(lines, ['VM status: running', /^ pc +0000000000001000$/, /^Unknown monitor command: `nonsense`/]);
  });

  it('sees each hart as a thread', async () => {
    await begin({ harts: 2 });
    const lines = await printedBy(
      'info threads',
      'print $mhartid',
      'thread 2',
      'print $mhartid',
      'break fill',
      'continue',
    );
    assertPrinted(lines, [
      /^\* 1 +Thread 1 "hart 0"/,
      /^ {2}2 +Thread 2 "hart 1"/,
      '$1 = 0',
      '$2 = 1',
      /^Thread [12] "hart [01]" hit Breakpoint 1, fill /,
    ]);
  });

  it('breaks in a kernel behind its page tables, and goes back from there', async () => {
    const restore = adapter.file('linux.qemu', await linuxAtShell());
    await begin({ restore, program: undefined, ram: undefined });
    const address = /0x\w+/.exec(await adapter.evaluate('__do_sys_newuname'))![0];
    await adapter.customRequest('freezeframe.consoleInput', { bytes: Buffer.from('uname\r').toString('base64') });
    const commands = [`break *${address}`, 'continue', 'info registers pc', 'print $priv', 'reverse-stepi', 'stepi'];
    const lines = await new Gdb(await port, undefined, [...commands, 'reverse-continue']).lines();
    assertPrinted(lines, [
      `Breakpoint 1, ${address} in ?? ()`,
      new RegExp(`^pc +${address}\t`),
      '$1 = 1',
      /^0xffffffff\w+ in \?\? \(\)$/,
      `Breakpoint 1, ${address} in ?? ()`,
      'No more reverse-execution history.',
    ]);
  });

  it('is waited for when the debug console says so', async () => {
    await begin({ gdb: undefined });
    const typed = async (expression: string): Promise<string> =>
      (await adapter.evaluateRequest({ expression, context: 'repl' })).body.result;
    const [, waiting] = /^Waiting for gdb on 127\.0\.0\.1:(\d+)/.exec(await typed('monitor gdbserver tcp::0'))!;
    assertPrinted(await new Gdb(Number(waiting), elf, ['print $pc']).lines(), ['$1 = (void (*)()) 0x1000']);
    assert.equal(await typed('monitor gdbserver none'), 'No longer waiting for gdb.\n');
    await assert.rejects(RawClient.connected(Number(waiting)), /ECONNREFUSED/);
    await assert.rejects(typed('monitor gdbserver tcp:example.com:1234'), /127\.0\.0\.1/);
  });

  it('comes again to a guest that was restarted, at the same port', async () => {
    await begin();
    const first = await port;
    const gone = new Promise((resolve) => adapter.once('continued', resolve));
    const child = await gdb('continue');
    await gone;
    const again = { program: elf, gdb: `tcp::${first}`, stopOnEntry: true };
    await adapter.restartRequest({ arguments: again } as never);
    assertPrinted(await child.lines(), [/^\[Inferior 1 \(Remote target\) exited normally\]$/]);
    assert.equal((await adapter.nextStop()).reason, 'entry');
    assertPrinted(await printedBy('print $pc'), ['$1 = (void (*)()) 0x1000']);
  });

  it('ends the session when it kills the guest', async () => {
    await begin();
    const terminated = adapter.waitForEvent('terminated');
    await printedBy('kill');
    await terminated;
  });
});
