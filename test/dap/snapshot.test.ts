import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter } from './recorded-adapter';
import { assertGolden, pretty } from './transcript';

const phaseFilters = ['phase.state-stash', 'phase.wp-arm', 'phase.vm-start-bh', 'phase.completed'];

describe('a snapshot over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  it('stops at state stash, WP arm, vm_start, the first write fault and completion, in this order', async () => {
    await adapter.begin({}, { filters: [...phaseFilters, 'write-fault'] });
    const stops = [await adapter.nextStop()];
    for (let i = 0; i < 3; i++) stops.push(await adapter.goOn());
    await adapter.exceptionInfoRequest({ threadId: 1 });
    await adapter.setExceptionBreakpointsRequest({ filters: phaseFilters });
    stops.push(await adapter.goOn());
    assert.deepEqual(
      stops.map(({ description }) => description?.split(/[:,] | on /)[0]),
      ['State stash', 'WP arm', 'vm_start bottom half', 'Write fault', 'Completed'],
    );
    assert.ok(
      stops.every(({ reason }) => reason === 'breakpoint'),
      'nothing has gone wrong',
    );
    assertGolden('snapshot', adapter.transcript.text());
    assert.ok(existsSync(join(adapter.folder, 'snapshot.qemu')));
  });

  it('takes a condition on the page of a write fault', async () => {
    const other = RecordedAdapter.begun();
    try {
      await other.begin({}, { filters: ['write-fault'] });
      await other.nextStop();
      await other.goOn();
      const { description } = await other.goOn();
      const page = /0x[0-9a-f]+$/.exec(description!)![0];
      const condition = `page == ${page} && thread == "hart 0"`;
      await adapter.begin({}, { filterOptions: [{ filterId: 'write-fault', condition }] });
      const stop = await adapter.nextStop();
      assert.equal(stop.description, `Write fault on page ${page}`);
      assert.equal(stop.threadId, 1);
    } finally {
      await other.stop();
    }
  });

  it("takes a condition on the phase, the migration thread's, while the main loop is in one of its own", async () => {
    const filters = ['phase.vm-start-bh', 'phase.completed'];
    const filterOptions = [{ filterId: 'write-fault', condition: 'phase == "save"' }];
    const snapshot = { when: { ms: 2 }, output: join(adapter.folder, 'a.qemu') };
    await adapter.begin({ ram: '2M', snapshot }, { filters, filterOptions });
    const { description, threadId } = await adapter.nextStop();
    assert.equal(description, 'vm_start bottom half');
    const { id } = await adapter.top(threadId!);
    const { body } = await adapter.scopesRequest({ frameId: id });
    const phases = [];
    for (const { name, variablesReference } of body.scopes) {
      const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
      for (const { name: row, value } of variables) if (row === 'phase') phases.push([name, value]);
    }
    assert.deepEqual(phases, [
      ['Migration', 'save'],
      ['Thread', 'vm-start-bh'],
    ]);
    let faults = 0;
    for (let stop = await adapter.goOn(); stop.description !== 'Completed'; stop = await adapter.goOn()) faults++;
    assert.ok(faults > 1);
    assert.equal(await adapter.evaluate(`faultsServed == ${faults}`), 'true');
  });

  it('stops at the first write fault of each snapshot, or at the first that meets a condition', async () => {
    const firsts = (condition?: string) => [{ filterId: 'first-write-fault', ...(condition && { condition }) }];
    const filters = ['phase.completed'];
    const snapshot = { when: { ms: 2 }, output: join(adapter.folder, 'a.qemu') };
    await adapter.begin({ ram: '2M', snapshot }, { filters, filterOptions: firsts() });
    const first = await adapter.nextStop();
    assert.match(first.description!, /^Write fault on page /);
    assert.equal((await adapter.goOn()).description, 'Completed');
    await adapter.continueRequest({ threadId: 1 });
    await adapter.pauseRequest({ threadId: 1 });
    await adapter.nextStop();
    const other = `page != ${/0x\w+/.exec(first.description!)![0]}`;
    await adapter.setExceptionBreakpointsRequest({ filters, filterOptions: firsts(other) });
    await adapter.customRequest('freezeframe.takeSnapshot', {});
    assert.match((await adapter.goOn()).description!, /^Write fault on page /);
    assert.equal((await adapter.goOn()).description, 'Completed');
  });

  it('says what is wrong with a condition', async () => {
    await adapter.initializeRequest();
    await adapter.launchRequest({ program: `${adapter.folder}/none` } as never).catch(() => {});
    await adapter.begin({ stopOnEntry: true });
    const { body } = await adapter.setExceptionBreakpointsRequest({
      filters: ['phase.save', 'phase.none'],
      filterOptions: [{ filterId: 'write-fault', condition: 'page = 3' }],
    });
    const [fine, unknown, wrong] = body!.breakpoints!;
    assert.equal(fine!.verified, true);
    assert.match(unknown!.message!, /no filter "phase.none"/);
    assert.match(wrong!.message!, /use == to compare/);
  });

  it('begins on command, at a stop and while the guest runs, but not twice at once', async () => {
    const snapshot = { when: 'command', output: join(adapter.folder, 'a.qemu') };
    await adapter.begin({ snapshot }, { filters: ['phase.wp-arm', 'phase.completed'] });
    await adapter.customRequest('freezeframe.takeSnapshot', { output: join(adapter.folder, 'b.qemu') });
    assert.equal((await adapter.nextStop()).description, 'WP arm');
    await assert.rejects(adapter.customRequest('freezeframe.takeSnapshot', {}), /A snapshot is already running/);
    const said = adapter.waitForEvent('output', 20_000) as Promise<Dap.OutputEvent>;
    assert.equal((await adapter.goOn()).description, 'Completed');
    const output = await said;
    assert.match(output.body.output, /Snapshot written to .*b\.qemu/);
  });

  it('is cancelled by request and by the monitor, and the migration thread comes and goes while the guest runs', async () => {
    const comings: string[] = [];
    const migration = 101;
    adapter.on('thread', ({ body }: Dap.ThreadEvent) => {
      if (body.threadId === migration) comings.push(body.reason);
    });
    const said: string[] = [];
    const isOver = (): Promise<void> =>
      new Promise((done) => {
        adapter.once('output', ({ body }: Dap.OutputEvent) => {
          said.push(body.output);
          done();
        });
      });
    const cancels = [
      () => adapter.customRequest('freezeframe.cancelSnapshot', {}),
      () => adapter.evaluateRequest({ expression: 'monitor migrate_cancel', context: 'repl' }),
    ];
    await adapter.begin(
      { snapshot: { when: { ms: 20 }, output: join(adapter.folder, 'a.qemu') } },
      { filters: ['phase.save'] },
    );
    for (const cancel of cancels) {
      await adapter.nextStop();
      await cancel();
      const over = isOver();
      await adapter.continueRequest({ threadId: 1 });
      await over;
      await adapter.evaluateRequest({ expression: 'monitor migrate', context: 'repl' });
    }
    assert.deepEqual(said, ['Snapshot cancelled. No file was kept.\n', 'Snapshot cancelled. No file was kept.\n']);
    assert.deepEqual(comings.slice(0, 4), ['started', 'exited', 'started', 'exited']);
    await assert.rejects(
      adapter.evaluateRequest({ expression: 'monitor dance', context: 'repl' }),
      /Unknown monitor command: `dance`\. The commands are migrate, /,
    );
  });

  it('waits for a channel that stalls while the guest is debugged, says so, and tells events', async () => {
    const output = join(adapter.folder, 'a.qemu');
    const capabilities = ['background-snapshot', 'events'];
    const channel = { stallAt: 20_000 };
    const said: string[] = [];
    const isOver = new Promise<void>((done) => {
      adapter.on('output', ({ body }: Dap.OutputEvent) => {
        said.push(body.output);
        if (body.output.startsWith('Snapshot')) done();
      });
    });
    await adapter.begin(
      { snapshot: { when: { ms: 20 }, output, capabilities, channel } },
      { filters: ['write-fault'] },
    );
    // The guest writes, and waits: nobody can serve it.
    await adapter.nextStop();
    await adapter.setExceptionBreakpointsRequest({ filters: [] });
    await adapter.continueRequest({ threadId: 1 });
    await adapter.customRequest('freezeframe.cancelSnapshot', {});
    await isOver;
    assert.deepEqual(
      said.map((line) => line.replace(/^[\d.]+ ms {2}/, '').trim()),
      [
        ...['setup', 'active'].map((status) => `MIGRATION {"status":"${status}"}`),
        ...['STOP', 'RESUME'],
        ...['cancelling', 'cancelled'].map((status) => `MIGRATION {"status":"${status}"}`),
        'Snapshot cancelled. No file was kept.',
      ],
    );
  });

  it('runs through without a stop when it is run without debugging', async () => {
    const said = adapter.waitForEvent('output', 10_000) as Promise<Dap.OutputEvent>;
    let stops = 0;
    adapter.on('stopped', () => stops++);
    await adapter.begin({ noDebug: true, stopOnEntry: true }, { filters: [...phaseFilters, 'write-fault'] });
    assert.match((await said).body.output, /Snapshot written to/);
    assert.equal(stops, 0);
  });

  it('explains a wrong launch configuration field by field', async () => {
    await adapter.initializeRequest();
    const wrong = { program: 'guest.elf', ram: '3 apples', snapshot: { wen: 'start' }, stoponentry: true };
    await assert.rejects(adapter.launchRequest(wrong as never), (error: Error) => {
      for (const part of [/`ram` is "3 apples"/, /`snapshot.wen` is not known; did you mean/, /`stopOnEntry`/]) {
        assert.match(error.message, part);
      }
      return true;
    });
    const missing = { program: join(adapter.folder, 'guest.elf') };
    await assert.rejects(adapter.launchRequest(missing as never), /guest.elf cannot be read: .*Check `program`/);
  });

  it('lists its capabilities and its filters, those that are used most first', async () => {
    const { body } = await adapter.initializeRequest();
    assert.deepEqual(
      body!.exceptionBreakpointFilters!.slice(0, 3).map(({ label }) => label.split(':')[0]),
      ['First write fault', 'Every write fault', 'Setup'],
    );
    assertGolden('initialize', `${pretty(body, '')}\n`);
  });
});
