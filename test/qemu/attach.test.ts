import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachQemu } from '../../debug-adapter/qemu/attach-qemu';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import { repairGuest } from '../../debug-adapter/qemu/repair';
import { requirePart } from '../../tools/parts.mjs';
import { freezeframe } from '../command-line/freezeframe';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { ForeignQemu, until, workingSetArgs } from './guest';
import { isListening } from './listening';

const listener = { onConsole() {}, onMessage() {}, onQmpEvent() {} };
/** Who is not greeted then is never greeted. */
const greetMs = 300;

describe('a real QEMU that somebody else has started', () => {
  let foreign: ForeignQemu;
  beforeEach(async () => {
    foreign = await ForeignQemu.start();
  });
  afterEach(() => foreign?.stop());

  /** It runs, nothing is protected, and it logs where it logged: its own standard error. */
  async function isAsItWas(): Promise<void> {
    assert.deepEqual(foreign.facts.userfaults(), []);
    const ran = foreign.ranNs;
    await until(() => foreign.ranNs > ran + 10e6, 'guest that runs');
    assert.equal(foreign.isFaulting, false);
    const traces = () => foreign.log.match(/^runstate_set .*\(paused\)$/gm)?.length ?? 0;
    const before = traces();
    await foreign.command('trace-event-set-state', { name: 'runstate_set', enable: true });
    await foreign.command('stop');
    await until(() => traces() === before + 1, 'line of trace in its own log');
  }

  it('is held at its phases, saved and left as it was, its log too', async () => {
    const { code, out, err } = await freezeframe('qemu', '--qmp', foreign.qmpPath, '--pages', '3');
    assert.equal(code, 0, `${out}\n${err}`);
    assert.match(out, /WP arm: riscv_virt_board\.ram +still +silent +4096/);
    assert.match(out, /Completed[\s\S]*^All 20495 pages compared are RAM at the freeze\.$/m);
    await isAsItWas();
  });

  it('goes on when a session leaves it in the midst of a snapshot', async () => {
    const qemu = await attachQemu(foreign.qmpPath, listener);
    const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind === 'page' && place.fault) break;
    }
    assert.equal(foreign.isFaulting, true);
    await snapshot.close();
    await qemu.close();
    await isAsItWas();
  });

  it('is attached to from an editor, and goes on without it', async () => {
    const adapter = await RecordedAdapter.started();
    try {
      await adapter.initializeRequest();
      const snapshot = { when: 'start', output: join(adapter.folder, 'attached.qemu') };
      await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
      await adapter.setExceptionBreakpointsRequest({ filters: ['phase.wp-arm'] });
      await adapter.configurationDoneRequest();
      assert.equal((await adapter.nextStop()).description, 'WP arm');
      await adapter.disconnectRequest({});
    } finally {
      await adapter.stop();
    }
    await isAsItWas();
  });

  it('is not stopped while a vCPU waits in a write fault that nobody serves: QEMU still answers', async () => {
    const qemu = await attachQemu(foreign.qmpPath, listener);
    const cancelled = await HeldSnapshot.begin(qemu, { write: () => undefined });
    for (let place = await cancelled.next(); place; place = await cancelled.next()) {
      if (place.kind !== 'page' || !place.fault) continue;
      await qemu.qmp.execute('migrate_cancel');
      cancelled.widen();
    }
    await cancelled.close();
    await qemu.close();
    await until(() => foreign.isFaulting, 'vCPU in a write fault');

    const adapter = await RecordedAdapter.started();
    try {
      await adapter.initializeRequest();
      const snapshot = { when: 'command', output: join(adapter.folder, 'attached.qemu') };
      await adapter.attachRequest({ qemu: { qmp: foreign.qmpPath }, snapshot } as never);
      const told = adapter.waitForEvent('output');
      await adapter.configurationDoneRequest();
      await adapter.pauseRequest({ threadId: 1 });
      const { threadId } = await adapter.nextStop();
      assert.match((await told).body.output, /^Not stopped: vCPU 0 waits in a write fault.*`freezeframe repair \d+`/);
      const frame = await adapter.top(threadId!);
      assert.equal(frame.name, 'waits in a write fault');
      const known = await adapter.evaluateRequest({ expression: 'info registers', frameId: frame.id, context: 'repl' });
      assert.match(known.body.result, /^sp +0x80/m);
      const status = await adapter.evaluateRequest({ expression: 'monitor info status', context: 'repl' });
      assert.match(status.body.result, /running/);
      await adapter.disconnectRequest({});
    } finally {
      await adapter.stop();
    }
    await repairGuest(foreign.facts.pid, false);
    const ran = foreign.ranNs;
    await until(() => foreign.ranNs > ran + 10e6, 'guest that goes on');
  });

  it('is found where another program has opened its socket, as a service manager does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-handed-'));
    const path = join(folder, 'qmp');
    const args = [
      ...workingSetArgs,
      '-serial',
      'null',
      '-chardev',
      'socket,id=qmp,fd=3,server=on',
      '-mon',
      'qmp,mode=control',
    ];
    const opening = `const server = require('node:net').createServer().listen(${JSON.stringify(path)}, () => {
      const stdio = ['ignore', 'ignore', 'ignore', server._handle.fd];
      require('node:child_process').spawn(${JSON.stringify(requirePart('qemu'))}, ${JSON.stringify(args)}, { stdio });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // takes no connection itself
    })`;
    const opener = spawn(process.execPath, ['-e', opening], { stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      await until(() => isListening(path), 'socket');
      const qemu = await attachQemu(path, listener);
      try {
        assert.match(readFileSync(`/proc/${qemu.pid}/comm`, 'utf8'), /^qemu/);
        const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
        while (await snapshot.next()) snapshot.widen();
        await snapshot.close();
        assert.deepEqual([snapshot.ending, snapshot.truth.badPages], ['completed', []]);
      } finally {
        await qemu.close();
      }
    } finally {
      const pid = readFileSync(`/proc/${opener.pid}/task/${opener.pid}/children`, 'utf8').trim();
      if (pid) process.kill(Number(pid), 'SIGKILL');
      const exit = once(opener, 'exit');
      opener.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true });
    }
  });

  it('says what is wrong with a socket: none, one that is in use, a paused guest', async () => {
    await assert.rejects(
      attachQemu('/nonexistent', listener),
      /No QEMU answers at \/nonexistent: ENOENT\. Start QEMU with/,
    );
    const qemu = await attachQemu(foreign.qmpPath, listener);
    try {
      await assert.rejects(
        attachQemu(foreign.qmpPath, listener, greetMs),
        /another program is connected to its QMP socket/,
      );
      await qemu.qmp.execute('stop');
      await assert.rejects(HeldSnapshot.begin(qemu, { write: () => undefined }), /does not run \(paused\).*`cont`/);
      await qemu.qmp.execute('cont');
    } finally {
      await qemu.close();
    }
  });
});

describe('a QEMU that libvirt has started', () => {
  it('is said to be libvirt’s where its monitor is in use, and to wait where its main loop does', async () => {
    const foreign = await ForeignQemu.start('-name', 'guest=of-libvirt');
    try {
      const qemu = await attachQemu(foreign.qmpPath, listener);
      await assert.rejects(attachQemu(foreign.qmpPath, listener, greetMs), /libvirt has this guest’s monitor/);
      await qemu.close();

      process.kill(foreign.facts.pid, 'SIGSTOP');
      await until(() => foreign.facts.threads().every(({ wchan }) => /signal/.test(wchan)), 'stop of QEMU');
      await assert.rejects(
        attachQemu(foreign.qmpPath, listener, greetMs),
        /sends no greeting: its main loop is blocked in the kernel \(\w*signal\w*\)\. Let it continue first/,
      );
    } finally {
      await foreign.stop();
    }
  });

  it('is said to refuse what it refuses', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-refusing-'));
    const path = join(folder, 'qmp');
    const refusing = `require('node:net').createServer((client) => {
      client.write('{"QMP":{}}\\n');
      client.on('error', () => {}).once('data', (bytes) => {
        const { id } = JSON.parse(bytes);
        client.write(JSON.stringify({ id, error: { desc: 'no capabilities today' } }) + '\\n');
      });
    }).listen(${JSON.stringify(path)}, () => console.log('listening'))`;
    const server = spawn(process.execPath, ['-e', refusing, 'of-libvirt'], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(server.stdout, 'data');
      await assert.rejects(attachQemu(path, listener), /no capabilities today/);
    } finally {
      const exit = once(server, 'exit');
      server.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true });
    }
  });
});
