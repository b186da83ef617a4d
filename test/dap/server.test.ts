import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { Scratch } from '../files/scratch';
import { root, workingSet } from './recorded-adapter';

const bundle = join(root, 'dist/debug-adapter.js');

describe('the adapter as a server', function () {
  this.timeout(30_000);
  let scratch: Scratch;
  let server: ChildProcess;
  let port: number;
  let client: DebugClient;
  before(async () => {
    scratch = new Scratch();
    server = spawn(process.execPath, [bundle, '--server=0', '--token=open sesame'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said] = await once(server.stderr!, 'data');
    port = Number(/^listening on 127\.0\.0\.1:(\d+)/.exec(String(said))![1]);
  });
  beforeEach(async () => {
    client = new DebugClient('', '', 'freezeframe');
    await client.start(port);
  });
  afterEach(async () => {
    if (server.exitCode === null) await client.stop();
  });
  after(() => {
    server.kill('SIGKILL');
    scratch.remove();
  });

  const launch = (more: object): Promise<unknown> =>
    client.customRequest('launch', {
      program: workingSet,
      ram: '1M',
      snapshot: { output: scratch.path('x.qemu') },
      ...more,
    });

  it('launches nothing for who has not its token', async () => {
    await client.initializeRequest();
    await assert.rejects(launch({}), /started with a token: give it as `token`/);
    await assert.rejects(launch({ token: 'sesame' }), /started with a token/);
    await launch({ token: 'open sesame' });
  });

  it('takes one session after the other, each with its own files', async () => {
    await client.initializeRequest();
    await launch({ token: 'open sesame' });
    assert.deepEqual(scratch.names(), ['.x.qemu.freezeframe-lock']);
    await client.disconnectRequest();
    assert.deepEqual(scratch.names(), []);
  });

  it('cuts off a request of HTTP, whatever its body says', async () => {
    const body = JSON.stringify({
      seq: 1,
      type: 'request',
      command: 'launch',
      arguments: { program: workingSet, token: 'open sesame', snapshot: { output: scratch.path('http.qemu') } },
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await once(socket, 'close');
    assert.equal(socket.bytesRead, 0);
    assert.ok(!existsSync(scratch.path('.http.qemu.freezeframe-lock')));
  });

  it('leaves nothing half written when it is ended', async () => {
    await client.initializeRequest();
    await launch({ token: 'open sesame' });
    server.kill('SIGTERM');
    await once(server, 'exit');
    assert.deepEqual(scratch.names(), []);
  });
});

describe('the adapter’s command line', () => {
  for (const wrong of ['--server=abc', '--server=70000', '--server=', '--sever=1']) {
    it(`says what is wrong with ${wrong}`, () => {
      const { status, stderr } = spawnSync(process.execPath, [bundle, wrong], { encoding: 'utf8', timeout: 10_000 });
      assert.equal(status, 2);
      assert.match(stderr, /usage: node debug-adapter\.js/);
    });
  }
});
