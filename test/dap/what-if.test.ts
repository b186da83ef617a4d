import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter, root } from './recorded-adapter';
import { assertGolden } from './transcript';

const guests = join(root, 'extension/sample/guests');

describe('a what-if over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  it('stops at a deadlock with its wait-for graph, and shows where every thread stands', async () => {
    await adapter.begin({
      program: join(guests, 'journal.elf'),
      disk: join(guests, 'journal.img'),
      ram: '1M',
      snapshot: { when: { ms: 2 }, output: join(adapter.folder, 'snapshot.qemu') },
      whatIf: { vmStart: 'inline' },
    });
    const stop = await adapter.nextStop();
    assert.equal(stop.description, 'Deadlock');
    await adapter.exceptionInfoRequest({ threadId: stop.threadId! });
    const { body } = await adapter.threadsRequest();
    for (const { id } of body.threads) await adapter.stackTraceRequest({ threadId: id });
    assertGolden('deadlock', adapter.transcript.text());
  });

  it('names leaked pages with their writers when the snapshot has ended', async () => {
    const said = adapter.waitForEvent('output', 10_000) as Promise<Dap.OutputEvent>;
    await adapter.begin({
      program: join(guests, 'sweep.elf'),
      ram: '1M',
      snapshot: { when: { ms: 0.2 }, output: join(adapter.folder, 'snapshot.qemu') },
      whatIf: { populate: false },
    });
    const { body } = await said;
    assert.equal(body.category, 'important');
    await adapter.pauseRequest({ threadId: 1 });
    await adapter.nextStop();
    const leaked = /page 0x([0-9a-f]+)/.exec(body.output)![1]!;
    const info = await adapter.customRequest('freezeframe.pageInfo', { page: Number.parseInt(leaked, 16) - 0x80000 });
    assert.equal(info.body.state, 'leaked');
    assertGolden('leak', body.output.replaceAll(adapter.folder, '<tmp>'));
  });
});
