import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { Scratch } from '../files/scratch';
import { root, workingSet } from './recorded-adapter';

const bundle = join(root, 'dist/debug-adapter.js');
const token = 'open sesame';

describe('the adapter as a server', () => {
  const clients: DebugClient[] = [];
  let scratch: Scratch;
  let server: ChildProcess;
  let port: number;
  before(async () => {
    scratch = new Scratch();
    server = spawn(process.execPath, [bundle, '--server=0', `--token=${token}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said] = await once(server.stderr!, 'data');
    port = Number(/^listening on 127\.0\.0\.1:(\d+)/.exec(String(said))![1]);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) {
      if (server.exitCode !== null) continue;
      await client.disconnectRequest({ terminateDebuggee: true }).catch(() => {});
    }
  });
  after(() => {
    server.kill('SIGKILL');
    scratch.remove();
  });

  const newClient = async (): Promise<DebugClient> => {
    const client = new DebugClient('', '', 'freezeframe');
    await client.start(port);
    clients.push(client);
    await client.initializeRequest();
    return client;
  };
  const launch = (client: DebugClient, more: object): Promise<unknown> =>
    client.customRequest('launch', {
      program: workingSet,
      ram: '1M',
      snapshot: { when: 'command', output: scratch.path('x.qemu') },
      ...more,
    });
  const stopOf = (client: DebugClient): Promise<Dap.StoppedEvent> =>
    client.waitForEvent('stopped', 240_000) as Promise<Dap.StoppedEvent>;
  const launchToEntry = async (client: DebugClient): Promise<void> => {
    const stopped = stopOf(client);
    await launch(client, { stopOnEntry: true, token });
    await client.configurationDoneRequest();
    await stopped;
  };
  const attach = async (client: DebugClient): Promise<void> => {
    const initialized = client.waitForEvent('initialized');
    await client.attachRequest({ token } as never);
    await initialized;
  };
  const value = async (client: DebugClient, expression: string): Promise<string> =>
    (await client.evaluateRequest({ expression, context: 'clipboard' })).body.result;

  it('gives no guest to who has not its token', async () => {
    const client = await newClient();
    for (const wrong of [{}, { token: 'sesame' }]) {
      await assert.rejects(launch(client, wrong), /Set `token` in the launch configuration/);
      await assert.rejects(client.attachRequest(wrong as never), /Set `token`/);
    }
    await assert.rejects(client.attachRequest({ token } as never), /There is no guest to attach to/);
    await launch(client, { token });
  });

  it('makes up a token, and prints it, if it was given none', async () => {
    const other = spawn(process.execPath, [bundle, '--server=0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      let said = '';
      for await (const text of other.stderr) {
        said += text;
        if (said.endsWith('\n') && said.includes('listening')) break;
      }
      assert.match(said, /^token [0-9a-f]{32}\nlistening on 127\.0\.0\.1:\d+\n$/);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('listens on the loopback interface alone', async () => {
    await assert.rejects(once(connect(port, '127.0.0.2'), 'connect'), /ECONNREFUSED/);
  });

  it('takes one session after the other, each with its own files', async () => {
    const client = await newClient();
    await launch(client, { token });
    assert.deepEqual(scratch.names(), ['.x.qemu.freezeframe-lock']);
    await client.disconnectRequest();
    assert.deepEqual(scratch.names(), []);
  });

  it('keeps a guest that its client leaves suspended, for the next one, and the one after', async () => {
    const first = await newClient();
    await launchToEntry(first);
    await first.evaluateRequest({ expression: 'a5 = 4711', context: 'repl' });
    await first.disconnectRequest({ terminateDebuggee: false, suspendDebuggee: true });

    for (let visitor = 0; visitor < 2; visitor++) {
      const next = await newClient();
      await attach(next);
      const stopped = stopOf(next);
      await next.configurationDoneRequest();
      assert.equal((await stopped).body.reason, 'entry');
      assert.equal(await value(next, 'a5'), '4711');
      await next.disconnectRequest({ suspendDebuggee: true });
    }
    const last = await newClient();
    await attach(last);
    for (const begin of [
      () => last.configurationDoneRequest(),
      () => last.customRequest('restart', { arguments: { request: 'attach', port, token } }),
    ]) {
      const stopped = stopOf(last);
      await begin();
      await stopped;
    }
    assert.notEqual(await value(last, 'a5'), '4711');
    await last.disconnectRequest({ terminateDebuggee: true });
    assert.deepEqual(scratch.names(), []);
  });

  it('lets a guest run on that its client leaves, past the breakpoints that it had', async () => {
    const first = await newClient();
    await launchToEntry(first);
    await first.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'main' }] });
    await first.disconnectRequest({ terminateDebuggee: false });

    const next = await newClient();
    await attach(next);
    await next.configurationDoneRequest();
    await assert.rejects(value(next, 'pc'), /The guest is running/);
    const stopped = stopOf(next);
    await next.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'rewrite_page' }] });
    assert.equal((await stopped).body.hitBreakpointIds?.length, 1);
    await next.disconnectRequest({ terminateDebuggee: true });

    const late = await newClient();
    await assert.rejects(late.attachRequest({ token } as never), /There is no guest to attach to/);
  });

  it('cuts off a request of HTTP, whatever its body says', async () => {
    const body = JSON.stringify({
      seq: 1,
      type: 'request',
      command: 'launch',
      arguments: { program: workingSet, token, snapshot: { output: scratch.path('http.qemu') } },
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await once(socket, 'close');
    assert.equal(socket.bytesRead, 0);
    assert.ok(!existsSync(scratch.path('.http.qemu.freezeframe-lock')));
  });

  it('leaves nothing half written when it is ended', async () => {
    const client = await newClient();
    await launch(client, { token });
    server.kill('SIGTERM');
    await once(server, 'exit');
    assert.deepEqual(scratch.names(), []);
  });
});

describe('the adapter’s command line', () => {
  for (const wrong of ['--server=abc', '--server=70000', '--server=', '--sever=1']) {
    it(`says what is wrong with ${wrong}`, () => {
      const { status, stderr } = spawnSync(process.execPath, [bundle, wrong], { encoding: 'utf8', timeout: 240_000 });
      assert.equal(status, 2);
      assert.match(stderr, /usage: node debug-adapter\.js/);
    });
  }
});
