import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { lineOf, RecordedAdapter, workingSet } from './recorded-adapter';

const migration = 101;
const jumpHere = 0x0000_006f;

describe('an adapter and what its client can take', () => {
  let adapter: RecordedAdapter;
  const events: Dap.Event[] = [];
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    events.length = 0;
    for (const name of [
      'invalidated',
      'memory',
      'progressStart',
      'progressUpdate',
      'progressEnd',
      'output',
      'breakpoint',
    ]) {
      adapter.on(name, (event: Dap.Event) => events.push(event));
    }
  });
  afterEach(() => adapter.stop());

  const bodies = (name: string) => events.filter(({ event }) => event === name).map(({ body }) => body);
  const type = (expression: string) => adapter.evaluateRequest({ expression, context: 'repl' });
  const untilOutput = (isIt: (text: string) => boolean): Promise<void> =>
    new Promise((done) => {
      adapter.on('output', ({ body }: Dap.OutputEvent) => {
        if (isIt(body.output)) done();
      });
    });

  it('counts lines and columns from 0 for one that does', async () => {
    const file = 'ram.ts';
    const line = lineOf(file, "'find_dirty_block'") - 1;
    const features = { linesStartAt1: false, columnsStartAt1: false };
    await adapter.begin({ ram: '1M' }, { lines: { file, breakpoints: [{ line }] } }, features);
    await adapter.nextStop();
    const top = await adapter.top(migration);
    assert.deepEqual([top.line, top.column], [line, 0]);
    const { body } = await adapter.customRequest('breakpointLocations', { source: top.source, line: 0, endLine: line });
    assert.equal(body.breakpoints.at(-1).line, line);
    const { targets } = (await adapter.customRequest('completions', { text: 'mons', column: 3 })).body;
    assert.deepEqual(targets, [{ label: 'monitor', type: 'keyword', start: 0, length: 3 }]);
  });

  it('tells one that asked of values and memory that its user has changed', async () => {
    const features = { supportsInvalidatedEvent: true, supportsMemoryEvent: true };
    await adapter.begin({ ram: '1M', stopOnEntry: true, snapshot: { when: 'command' } }, {}, features);
    await adapter.nextStop();
    await adapter.customRequest('readMemory', { memoryReference: '0x80008000', offset: 8, count: 64 });
    await type('u8(0x80008010) = 0xa5');
    assert.deepEqual(bodies('invalidated'), [{ areas: ['stacks', 'variables'] }]);
    assert.deepEqual(bodies('memory'), [{ memoryReference: '0x80008000', offset: 16, count: 56 }]);
  });

  it('tells one that asked of memory that has changed since the last stop, and of no other', async () => {
    await adapter.begin(
      { ram: '1M', snapshot: { when: 'command' } },
      { functions: [{ name: 'rewrite_working_set' }] },
      { supportsMemoryEvent: true },
    );
    await adapter.nextStop();
    for (const name of ['counter', 'main']) {
      const { memoryReference } = (await type(name)).body;
      await adapter.customRequest('readMemory', { memoryReference, count: 8 });
    }
    await adapter.goOn();
    const { memoryReference } = (await type('counter')).body;
    assert.deepEqual(bodies('memory'), [{ memoryReference, offset: 0, count: 8 }]);
  });

  it('tells one that did not ask nothing of the kind', async () => {
    await adapter.begin({ ram: '1M', stopOnEntry: true });
    await adapter.nextStop();
    await adapter.customRequest('readMemory', { memoryReference: '0x80008000', count: 64 });
    await type('u8(0x80008010) = 0xa5');
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
    await adapter.goOn();
    assert.deepEqual([...new Set(events.map(({ event }) => event))], ['output']);
  });

  it('shows the progress of a snapshot while the guest runs, where it can be cancelled', async () => {
    const next = (name: string) => new Promise<Dap.Event>((done) => adapter.once(name, done));
    const first = next('progressStart');
    const saving = new Promise<void>((done) => {
      adapter.on('progressUpdate', ({ body }) => {
        if (/^Save, \d+ % of RAM saved$/.test(body.message)) done();
      });
    });
    const stalled = { ram: '1M', snapshot: { when: { ms: 1 }, channel: { stallAt: 200_000 } } };
    await adapter.begin(stalled, {}, { supportsProgressReporting: true });
    await first;
    const [{ progressId, cancellable, title }] = bodies('progressStart');
    assert.deepEqual([title, cancellable], ['Snapshot', true]);
    await saving;
    const stops = adapter.nextStop();
    await adapter.pauseRequest({ threadId: 1 });
    await stops;
    assert.deepEqual(bodies('progressEnd'), [{ progressId }]);

    const again = next('progressStart');
    await adapter.continueRequest({ threadId: 1 });
    const { body } = await again;
    const [over, ended] = [untilOutput((text) => text.startsWith('Snapshot cancelled')), next('progressEnd')];
    await adapter.customRequest('cancel', { progressId: body.progressId });
    await over;
    assert.deepEqual((await ended).body, { progressId: body.progressId });
    assert.notEqual(body.progressId, progressId);
  });

  it('prints in colour for one that knows how', async () => {
    const failing = { ram: '1M', whatIf: { failAt: 'stash' } };
    const [red, plain] = ['\x1b[31m', '\x1b[0m'];
    const said = untilOutput((text) => text.startsWith(`${red}Snapshot failed`) && text.endsWith(`${plain}\n`));
    await adapter.begin(failing, {}, { supportsANSIStyling: true });
    await said;
  });

  it('answers a launch that is cancelled as cancelled, and takes another', async () => {
    await adapter.initializeRequest();
    const launching = adapter.customRequest('launch', { program: workingSet, stopOnEntry: true });
    // Requests are numbered from 1: `initialize`, `launch`.
    const cancelling = adapter.customRequest('cancel', { requestId: 2 });
    await assert.rejects(launching, /^Error: cancelled$/);
    await cancelling;
    await adapter.launchRequest({ program: workingSet, stopOnEntry: true } as Dap.LaunchRequestArguments);
    await adapter.configurationDoneRequest();
    assert.equal((await adapter.nextStop()).reason, 'entry');
  });

  it('restarts the guest with its breakpoints, from another configuration if one is given', async () => {
    await adapter.begin({ ram: '1M', snapshot: { when: 'command' } }, { functions: [{ name: 'main' }] });
    const { hitBreakpointIds } = await adapter.nextStop();
    const before = await adapter.evaluate('time');
    await adapter.continueRequest({ threadId: 1 });
    await adapter.customRequest('restart', {});
    const again = await adapter.nextStop();
    assert.deepEqual(again.hitBreakpointIds, hitBreakpointIds);
    assert.equal(await adapter.evaluate('time'), before);
    await adapter.customRequest('restart', { arguments: { program: workingSet, ram: '2M', stopOnEntry: true } });
    assert.equal((await adapter.nextStop()).reason, 'entry');
    assert.deepEqual(bodies('breakpoint').at(-1).breakpoint.id, hitBreakpointIds![0]);
    const { body } = await adapter.customRequest('freezeframe.pageMap', {});
    assert.equal(body.blocks[0].pageCount, 512);
  });

  it('keeps the guest where a restart is asked for that cannot be, and ends where it fails', async () => {
    await adapter.begin({ ram: '1M', stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await assert.rejects(adapter.customRequest('restart', { arguments: { ram: '1' } }), /`ram`/);
    assert.equal(await adapter.evaluate('1 + 1'), '2');
    const terminated = adapter.waitForEvent('terminated');
    await assert.rejects(adapter.customRequest('restart', { arguments: { program: '/nowhere.elf' } }), /nowhere/);
    await terminated;
    await assert.rejects(adapter.evaluate('1 + 1'), /The session has ended/);
  });

  it('lets values be read while the guest runs, and refreshed, where that is asked for', async () => {
    const count = [0x0015_0513, 0xffdf_f06f];
    const program = adapter.image(count);
    const features = { supportsInvalidatedEvent: true };
    const refreshed = adapter.waitForEvent('invalidated');
    await adapter.begin({ program, refreshPerSecond: 10, snapshot: { when: 'command' } }, {}, features);
    const first = BigInt((await adapter.evaluateRequest({ expression: 'a0', context: 'clipboard' })).body.result);
    await refreshed;
    const second = BigInt((await adapter.evaluateRequest({ expression: 'a0', context: 'clipboard' })).body.result);
    assert.ok(second > first);
    const { body } = await adapter.customRequest('readMemory', { memoryReference: '0x80000000', count: 4 });
    assert.equal(Buffer.from(body.data, 'base64').readUInt32LE(), count[0]);
    await assert.rejects(type('a0 = 1'), /assignments are for/);
    await assert.rejects(adapter.stackTraceRequest({ threadId: 1 }), /The guest is running/);
  });

  it('does not, where it is not', async () => {
    await adapter.begin({ program: adapter.image([jumpHere]), snapshot: { when: 'command' } });
    await assert.rejects(adapter.evaluate('a0'), /The guest is running/);
  });
});
