import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { fromBase64 } from '../../debug-adapter/protocol/base64';
import type { ConsoleEvent, PagesEvent } from '../../debug-adapter/protocol/messages';
import { applyRuns } from '../../debug-adapter/protocol/page-runs';
import { RecordedAdapter } from './recorded-adapter';

const wfi = 0x1050_0073;
const jumpBack = 0xffdf_f06f;
const jumpHere = 0x0000_006f;
const uart = 0x1000_02b7;
const store = 0x0002_8023;

describe('an adapter at work', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = await RecordedAdapter.started();
  });
  afterEach(() => adapter.stop());

  for (const [what, words] of [
    ['loops', [jumpHere]],
    ['sleeps in WFI', [wfi, jumpBack]],
    ['floods its UART', [uart, store, jumpBack]],
  ] as const) {
    it(`pauses and disconnects while the guest ${what}`, async () => {
      await adapter.begin({ program: adapter.image(words), snapshot: { when: 'command' } });
      for (let i = 0; i < 3; i++) {
        await adapter.pauseRequest({ threadId: 1 });
        assert.equal((await adapter.nextStop()).reason, 'pause');
        await adapter.continueRequest({ threadId: 1 });
      }
      await adapter.disconnectRequest();
    });
  }

  it('pauses a run that has been asked for in the same breath', async () => {
    await adapter.begin({ program: adapter.image([jumpHere]), stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await Promise.all([adapter.continueRequest({ threadId: 1 }), adapter.pauseRequest({ threadId: 1 })]);
    assert.equal((await adapter.nextStop()).reason, 'pause');
  });

  it('pauses a run that is still to begin', async () => {
    await adapter.initializeRequest();
    await adapter.launchRequest({ program: adapter.image([jumpHere]), snapshot: { when: 'command' } } as never);
    await adapter.pauseRequest({ threadId: 1 });
    await adapter.configurationDoneRequest();
    assert.equal((await adapter.nextStop()).reason, 'pause');
  });

  it('terminates a guest that runs, and has no more to say of it', async () => {
    await adapter.begin({ program: adapter.image([jumpHere]), snapshot: { when: 'command' } });
    const terminated = adapter.waitForEvent('terminated');
    await adapter.terminateRequest();
    await terminated;
    await assert.rejects(adapter.continueRequest({ threadId: 1 }), /The session has ended/);
  });

  it('refuses to continue, and to show frames, while the guest runs', async () => {
    await adapter.begin({ program: adapter.image([jumpHere]), snapshot: { when: 'command' } });
    await assert.rejects(adapter.continueRequest({ threadId: 1 }), /The guest is running/);
    await assert.rejects(adapter.stackTraceRequest({ threadId: 1 }), /The guest is running/);
    await assert.rejects(adapter.customRequest('reverse', {}), /Unknown request: `reverse`/);
    const { body } = await adapter.threadsRequest();
    assert.deepEqual(body.threads, [
      { id: 1, name: 'hart 0' },
      { id: 100, name: 'main loop' },
    ]);
  });

  it('leaves no half-written snapshot behind when it is disconnected in the midst of one', async () => {
    const output = join(adapter.folder, 'out/snapshot.qemu');
    await adapter.begin({ snapshot: { when: { ms: 1 }, output } }, { filters: ['phase.save'] });
    await adapter.nextStop();
    assert.match(readdirSync(join(adapter.folder, 'out')).join(), /^\.snapshot\.qemu\.\w+\.partial,/);
    await adapter.disconnectRequest();
    await adapter.ended();
    assert.deepEqual(readdirSync(join(adapter.folder, 'out')), []);
  });

  it('keeps a viewer of the page map up to date with changes alone', async () => {
    const shown = new Uint8Array(4096);
    const events: PagesEvent[] = [];
    adapter.on('freezeframe.pages', ({ body }: { body: PagesEvent }) => {
      applyRuns(body.blocks[0]!.runs, shown);
      events.push(body);
    });
    await adapter.begin({}, { filters: ['phase.completed'] });
    await adapter.nextStop();
    const { body } = await adapter.customRequest('freezeframe.pageMap', {});
    const whole = new Uint8Array(4096);
    applyRuns((body as PagesEvent).blocks[0]!.runs, whole);
    assert.deepEqual(shown, whole);
    assert.ok(events.every(({ kind }) => kind === 'changes'));
    const headers = events.map(({ blocks, phase, stopped }) => `${blocks.map(({ runs }) => runs)} ${phase} ${stopped}`);
    for (const [index, header] of headers.entries()) assert.notEqual(header, headers[index - 1], 'it says nothing new');
    const info = await adapter.customRequest('freezeframe.pageInfo', { page: 4095 });
    assert.equal(info.body.address, '0x80fff000');
    await assert.rejects(adapter.customRequest('freezeframe.pageInfo', { page: 4096 }), /There is no page 4096/);
    const ofFlash = { block: 'virt.flash1', page: 4096 };
    assert.equal((await adapter.customRequest('freezeframe.pageInfo', ofFlash)).body.state, 'zero');
  });

  it('tells a viewer of the page map the time of each stop, though no page has changed', async () => {
    const times: number[] = [];
    adapter.on('freezeframe.pages', ({ body }: { body: PagesEvent }) => times.push(body.timeNs));
    await adapter.begin({ stopOnEntry: true });
    await adapter.nextStop();
    for (let step = 0; step < 2; step++) {
      await adapter.stepInRequest({ threadId: 1, granularity: 'instruction' });
      await adapter.nextStop();
    }
    assert.deepEqual(times.slice(-3), [0, 10, 20]);
  });

  it("types at the guest's console and shows what it prints", async () => {
    let printed = '';
    const echo = new Promise<void>((done) => {
      adapter.on('freezeframe.console', ({ body }: { body: ConsoleEvent }) => {
        printed += String.fromCharCode(...fromBase64(body.bytes));
        if (printed.includes('xyz')) done();
      });
    });
    const shown = new Promise<void>((done) => {
      adapter.on('output', ({ body }: Dap.OutputEvent) => {
        if (body.category === 'stdout' && body.output.startsWith('working-set')) done();
      });
    });
    await adapter.begin({ console: 'debugConsole', snapshot: { when: 'command' } });
    await adapter.customRequest('freezeframe.consoleInput', { bytes: btoa('x') });
    await adapter.evaluateRequest({ expression: '> yz', context: 'repl' });
    await echo;
    await shown;
    const ended = adapter.waitForEvent('terminated');
    const exited = adapter.waitForEvent('exited') as Promise<Dap.ExitedEvent>;
    await adapter.evaluateRequest({ expression: '> q', context: 'repl' });
    assert.equal((await adapter.nextStop()).description, 'Powered off');
    await adapter.continueRequest({ threadId: 1 });
    assert.equal((await exited).body.exitCode, 0);
    await ended;
  });
});
