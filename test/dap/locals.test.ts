import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { lineOf, RecordedAdapter } from './recorded-adapter';

const migration = 101;

describe("the locals of a VMM thread's frame", () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** Where a page is about to be saved on demand. */
  const stopAtFault = async (): Promise<Dap.StackFrame[]> => {
    const file = 'ram.ts';
    const breakpoints = [{ line: lineOf(file, "'save_normal_page'"), condition: 'fault.page > 0 || false' }];
    const caller = [{ line: lineOf(file, "'ram_save_host_page_fault'") }];
    await adapter.begin({ ram: '4M' }, { lines: { file, breakpoints: caller } });
    await adapter.nextStop();
    await adapter.setBreakpointsRequest({
      source: (await adapter.top(migration)).source!,
      breakpoints: [{ line: breakpoints[0]!.line }],
    });
    await adapter.goOn();
    return (await adapter.stackTraceRequest({ threadId: migration })).body.stackFrames;
  };
  const hover = async (expression: string, frameId: number): Promise<string> =>
    (await adapter.evaluateRequest({ expression, context: 'hover', frameId })).body.result;
  const localsOf = async (frameId: number): Promise<Dap.Variable[]> => {
    const { body } = await adapter.scopesRequest({ frameId });
    const { variablesReference } = body.scopes.find(({ name }) => name === 'Locals')!;
    return (await adapter.variablesRequest({ variablesReference })).body.variables;
  };

  it('are what its source speaks of: parameters, their parts, answers of actions', async () => {
    const [save, find, , thread] = await stopAtFault();
    assert.equal(save!.name, 'ramSaveHostPage');
    assert.deepEqual(
      (await localsOf(save!.id)).map(({ name }) => name).sort(),
      ['copied', 'file', 'isUnsent', 'isZero', 'page', 'ram', 's', 'whatIf'].filter((name) => name !== 'copied'),
    );
    assert.equal(await hover('isUnsent', save!.id), 'true');
    assert.equal(await hover('isZero', save!.id), 'false');
    assert.equal(await hover('whatIf.flushBeforeUnprotect', save!.id), 'true');
    assert.equal(await hover('s.state.status', save!.id), '"active"');
    assert.equal(await hover('s.state.isActive && file.byteCount > 0', save!.id), 'true');
    // The page that is saved is the one that the caller has read from the uffd.
    assert.equal(await hover('page.page', save!.id), await hover('fault.page', find!.id));
    assert.equal(thread!.name, 'writeTrackingThread');
    assert.equal(await hover('state.isActive', thread!.id), 'true');
    assert.equal(await hover('vm.runState', thread!.id), '"running"');
  });

  it('unfold, are read-only, and complete', async () => {
    const [, , , thread] = await stopAtFault();
    const locals = await localsOf(thread!.id);
    const state = locals.find(({ name }) => name === 'state')!;
    assert.ok(locals.every(({ presentationHint }) => presentationHint?.attributes?.includes('readOnly')));
    const { body } = await adapter.variablesRequest({ variablesReference: state.variablesReference });
    assert.ok(body.variables.some(({ name, value }) => name === 'status' && value === 'active'));
    const targets = await adapter.customRequest('completions', { text: 'state.isA', column: 10, frameId: thread!.id });
    assert.deepEqual(targets.body.targets, [{ label: 'isActive', type: 'property', start: 6, length: 3 }]);
    await assert.rejects(
      adapter.evaluateRequest({ expression: 'state.status = 1', context: 'repl', frameId: thread!.id }),
      /only a register, a variable or memory can be assigned to/,
    );
    await assert.rejects(hover('state.nothing', thread!.id), /MigrationState has no `nothing`/);
  });

  it('are known to the conditions and messages of breakpoints', async () => {
    const said: string[] = [];
    adapter.on('output', ({ body }: Dap.OutputEvent) => said.push(body.output));
    const file = 'ram.ts';
    const line = lineOf(file, "'find_dirty_block'");
    const condition = 'hits % 5000 == 0 && ram.remaining > 0';
    const breakpoints = [{ line, condition, logMessage: 'status {s.state.status}, fault {fault}' }];
    await adapter.begin({ ram: '4M' }, { lines: { file, breakpoints }, filters: ['phase.completed'] });
    await adapter.nextStop();
    assert.ok(said.length >= 3);
    assert.equal(said[0], 'status active, fault undefined\n');
  });

  it('stand beside what the thread waits for', async () => {
    await adapter.begin({ ram: '4M' }, { filters: ['write-fault'] });
    const { threadId } = await adapter.nextStop();
    const { id } = await adapter.top(threadId!);
    const { body } = await adapter.scopesRequest({ frameId: id });
    const { variablesReference } = body.scopes.find(({ name }) => name === 'Thread')!;
    const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
    const of = (wanted: string) => variables.find(({ name }) => name === wanted)?.value;
    assert.match(of('state')!, /^waits for uffd: page 0x8/);
    assert.equal(of('held by'), 'migration');
    const { body: all } = await adapter.threadsRequest();
    assert.deepEqual(
      all.threads.map(({ name }) => name),
      ['hart 0', 'main loop', 'migration'],
    );
  });
});
