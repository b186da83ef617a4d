import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { Activity, isTimelineEvent, type TimelineEvent, type WaitsFor } from '../../debug-adapter/protocol/timeline';
import { RecordedAdapter, root } from './recorded-adapter';

describe('the timeline over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  async function timeline(follow = false): Promise<TimelineEvent> {
    const { body } = await adapter.customRequest('freezeframe.timeline', { follow });
    assert.ok(isTimelineEvent(body), JSON.stringify(body).slice(0, 200));
    return body;
  }

  it('answers with all, and tells who follows at each stop what has changed, and where the cursor is', async () => {
    const events: TimelineEvent[] = [];
    adapter.on('freezeframe.timeline', ({ body }: { body: TimelineEvent }) => void events.push(body));
    await adapter.begin({ ram: '2M' }, { filters: ['phase.state-stash', 'write-fault'] });
    await adapter.nextStop();
    assert.equal(events.length, 0, 'nobody has asked');
    const all = await timeline(true);
    assert.equal(all.kind, 'all');
    assert.deepEqual(
      all.lanes.map(({ thread }) => thread),
      ['hart 0', 'main loop', 'migration'],
    );
    assert.equal(all.stop?.thread, 'migration');
    assert.equal(all.stop?.title, 'State stash');
    const stopped = await adapter.goOn();
    const atStop = events.at(-1)!;
    assert.equal(atStop.kind, 'changes');
    assert.equal(atStop.stop?.title, stopped.description);
    const [fault] = atStop.faults!.items;
    assert.equal(fault!.page, atStop.stop?.page);
    assert.equal(fault!.startNs, atStop.stop?.timeNs);
    assert.equal(atStop.lanes[0]!.spans!.items.at(-1)![1], Activity.InFault);
  });

  it('a deadlock is told as who waits for whom', async () => {
    const [program, disk] = ['journal.elf', 'journal.img'].map((name) => join(root, 'extension/sample/guests', name));
    await adapter.begin({ program, disk, ram: '1M', snapshot: { when: { ms: 2 } }, whatIf: { vmStart: 'inline' } });
    await adapter.nextStop();
    const { stop } = await timeline();
    assert.equal(stop?.title, 'Deadlock');
    const [{ thread, resource, heldBy }] = stop!.waits as [WaitsFor];
    assert.match(resource, /^uffd: page 0x/);
    assert.deepEqual([thread, heldBy], ['migration', 'migration']);
  });

  it('selects a thread as editors do, by a stop that is told of it alone', async () => {
    await adapter.begin({ ram: '2M' }, { filters: ['write-fault'] });
    await adapter.nextStop();
    await adapter.customRequest('freezeframe.selectThread', { thread: 'main loop' });
    const { threadId, allThreadsStopped, description } = (await adapter.nextStop()) as Dap.StoppedEvent['body'];
    assert.deepEqual([threadId, allThreadsStopped], [100, false]);
    assert.match(description!, /^Selected/);
    await assert.rejects(
      adapter.customRequest('freezeframe.selectThread', { thread: 'vnc' }),
      /There is no thread vnc/,
    );
  });
});
