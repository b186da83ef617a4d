import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lineOf, RecordedAdapter, sourceFolder } from './recorded-adapter';
import { assertGolden } from './transcript';

const thread = 'write-tracking-thread.ts';
const migration = 101;

describe('stepping over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  it('goes through the migration thread line by line: over, into, out', async () => {
    const line = lineOf(thread, "act('qemu_fflush_stash'");
    await adapter.begin({}, { lines: { file: thread, breakpoints: [{ line }] } });
    const stop = await adapter.nextStop();
    assert.equal(stop.reason, 'breakpoint');
    assert.equal((await adapter.top(migration)).line, line);

    const step = async (kind: 'nextRequest' | 'stepInRequest' | 'stepOutRequest') => {
      await adapter[kind]({ threadId: migration });
      assert.equal((await adapter.nextStop()).reason, 'step');
      const { name, source, line: at } = await adapter.top(migration);
      return `${name} ${source!.name}:${at}`;
    };
    const armLine = lineOf(thread, "call('ram_write_tracking_start'");
    const afterArm = lineOf(thread, "act('qemu_bh_schedule'");
    assert.equal(await step('nextRequest'), `freeze ${thread}:${armLine}`);
    assert.equal(
      await step('stepInRequest'),
      `ramWriteTrackingStart ram.ts:${lineOf('ram.ts', "act('uffd_create_fd'")}`,
    );
    assert.equal(
      await step('nextRequest'),
      `ramWriteTrackingStart ram.ts:${lineOf('ram.ts', "act('uffd_register_memory'")}`,
    );
    assert.equal(await step('stepOutRequest'), `freeze ${thread}:${afterArm}`);
    assertGolden('migration-steps', adapter.transcript.text());
  });

  it('moves a breakpoint to the next line with an action, and refuses files that are not shown', async () => {
    await adapter.begin({ stopOnEntry: true });
    assert.equal((await adapter.nextStop()).reason, 'entry');
    const { body } = await adapter.setBreakpointsRequest({
      source: { path: join(sourceFolder, thread) },
      breakpoints: [{ line: 1 }, { line: 100_000 }, { line: 1, condition: 'time >' }],
    });
    const [moved, beyond, broken] = body.breakpoints;
    assert.equal(moved!.verified, true);
    assert.equal(moved!.line, lineOf(thread, "act('qemu_file_set_rate_limit'"));
    assert.match(beyond!.message!, /There is no code at or after line 100000/);
    assert.match(broken!.message!, /Cannot parse `time >`/);
    const other = await adapter.setBreakpointsRequest({
      source: { path: '/elsewhere/ram.ts' },
      breakpoints: [{ line: 1 }],
    });
    assert.match(
      other.body.breakpoints[0]!.message!,
      /No image has debug information for \/elsewhere\/ram\.ts\. Build it with -g/,
    );
  });

  it('goes through a hart by instructions, and shows what is there', async () => {
    await adapter.begin({}, { functions: [{ name: 'rewrite_page' }, { name: 'main + 0x4' }, { name: 'no_such' }] });
    assert.equal((await adapter.nextStop()).reason, 'breakpoint');
    await adapter.goOn();
    const { instructionPointerReference: before, name, id } = await adapter.top(1);
    assert.equal(name, 'rewrite_page');
    assert.equal(await adapter.evaluate('$pc == rewrite_page', id), 'true');
    const memoryReference = before!;
    await adapter.disassembleRequest({ memoryReference, instructionOffset: -4, instructionCount: 8 });
    await adapter.customRequest('readMemory', { memoryReference, count: 16 });
    await adapter.customRequest('readMemory', { memoryReference: '0x80fffff8', count: 16 });
    await adapter.scopesRequest({ frameId: id });
    await adapter.stepInRequest({ threadId: 1, granularity: 'instruction' });
    await adapter.nextStop();
    await adapter.top(1);
    assert.equal(await adapter.evaluate('u16(rewrite_page) == (u32(rewrite_page) & 0xffff)'), 'true');
    await assert.rejects(adapter.scopesRequest({ frameId: id }), /earlier stop/);
    assertGolden('hart', adapter.transcript.text());
  });

  it('pauses no later run for a pause at the first instruction', async () => {
    await adapter.begin({ stopOnEntry: true }, { filters: ['phase.setup'] });
    await adapter.nextStop();
    await adapter.pauseRequest({ threadId: 1 });
    assert.match((await adapter.goOn()).description!, /^Setup/);
  });

  it('stops at an instruction under a condition', async () => {
    await adapter.begin({ stopOnEntry: true });
    await adapter.nextStop();
    const { result, memoryReference } = (
      await adapter.evaluateRequest({ expression: 'rewrite_page', context: 'watch' })
    ).body;
    assert.ok(result.endsWith(`(${memoryReference})`), result);
    await adapter.customRequest('setInstructionBreakpoints', {
      breakpoints: [{ instructionReference: memoryReference, offset: 0, condition: 'a0 == 5' }],
    });
    assert.equal((await adapter.goOn()).reason, 'instruction breakpoint');
    assert.equal(await adapter.evaluate('a0'), '5');
  });
});
