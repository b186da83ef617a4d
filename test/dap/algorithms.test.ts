import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { lineOf, RecordedAdapter } from './recorded-adapter';

const migration = 101;

describe('the other algorithms over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** A snapshot of the sample's first guest with these capabilities. */
  function begin(capabilities: readonly string[], breaks: Parameters<RecordedAdapter['begin']>[1]): Promise<void> {
    const output = join(adapter.folder, 'snapshot.qemu');
    return adapter.begin({ snapshot: { when: { ms: 20 }, output, capabilities, maxBandwidth: '32M' } }, breaks);
  }

  async function place(): Promise<string> {
    const { name, source, line } = await adapter.top(migration);
    return `${name} ${source!.name}:${line}`;
  }

  async function step(kind: 'nextRequest' | 'stepInRequest' | 'stepOutRequest'): Promise<string> {
    await adapter[kind]({ threadId: migration });
    assert.equal((await adapter.nextStop()).reason, 'step');
    return place();
  }

  it('steps through dirty logging in its own source, over, into and out', async () => {
    const thread = 'precopy-thread.ts';
    const line = lineOf(thread, "call('migration_iteration_run'");
    await begin([], { lines: { file: thread, breakpoints: [{ line }] } });
    assert.equal((await adapter.nextStop()).reason, 'breakpoint');
    assert.equal(await place(), `migrationThread ${thread}:${line}`);
    assert.equal(
      await step('stepInRequest'),
      `migrationIterationRun ${thread}:${lineOf(thread, "call('qemu_savevm_state_pending'")}`,
    );
    assert.equal(
      await step('nextRequest'),
      `migrationIterationRun ${thread}:${lineOf(thread, "call('qemu_savevm_state_iterate'")}`,
    );
    assert.equal(
      await step('stepInRequest'),
      `precopyRamSaveIterate precopy-ram.ts:${lineOf('precopy-ram.ts', "act('QEMU_VM_SECTION_PART'")}`,
    );
    assert.equal(
      await step('stepOutRequest'),
      `migrationThread ${thread}:${lineOf(thread, "act('migration_detect_error'")}`,
    );
  });

  it('stops where dirty logging syncs, stops the guest and ends, and shows its figures', async () => {
    await begin([], { filters: ['phase.bitmap-sync', 'phase.vm-stop', 'phase.last-pages', 'phase.device-state'] });
    const stops = [await adapter.nextStop()];
    while (stops.at(-1)!.description !== 'Device state') stops.push(await adapter.goOn());
    const names = stops.map(({ description }) => description);
    assert.deepEqual(names.slice(-4), ['Freeze', 'Last pages', 'Bitmap sync', 'Device state']);
    assert.ok(names.filter((name) => name === 'Bitmap sync').length >= 3);
    const { body } = await adapter.stackTraceRequest({ threadId: migration });
    const scopes = await adapter.scopesRequest({ frameId: body.stackFrames[0]!.id });
    const { variablesReference } = scopes.body.scopes.find(({ name }: Dap.Scope) => name === 'Migration')!;
    const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
    const value = (name: string): number =>
      Number(variables.find((variable: Dap.Variable) => variable.name === name)!.value);
    assert.ok(value('pages sent again') > 0);
    assert.equal(value('pages left'), 0);
    const said = adapter.waitForEvent('output');
    await adapter.setExceptionBreakpointsRequest({ filters: [] });
    await adapter.continueRequest({ threadId: 1 });
    assert.match((await said).body.output, /sent again.*RAM in the file is RAM at the end/);
  });

  it('steps through write tracking as first proposed in its own source, and says what is wrong with its file', async () => {
    const thread = 'track-writes-ram-thread.ts';
    const line = lineOf(thread, "call('ram_write_tracking_start'");
    await begin(['track-writes-ram'], { lines: { file: thread, breakpoints: [{ line }] } });
    assert.equal((await adapter.nextStop()).reason, 'breakpoint');
    assert.equal(await place(), `wtFreeze ${thread}:${line}`);
    assert.equal(
      await step('stepInRequest'),
      `wtRamWriteTrackingStart track-writes-ram.ts:${lineOf('track-writes-ram.ts', "act('uffd_create_fd'")}`,
    );
    assert.equal(await step('stepOutRequest'), `wtFreeze ${thread}:${lineOf(thread, "act('qemu_bh_schedule'")}`);
    const said = adapter.waitForEvent('output');
    await adapter.continueRequest({ threadId: 1 });
    assert.match((await said).body.output, /Snapshot is wrong\. The stream cannot be read: truncated/);
  });
});
