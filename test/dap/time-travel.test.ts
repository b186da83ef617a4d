import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TimelineEvent } from '../../debug-adapter/protocol/timeline';
import { withoutDebugInfo } from '../source/without-debug-info';
import { assembled } from '../stacks/assembled';
import { lineOf, RecordedAdapter, root, workingSet } from './recorded-adapter';

const thread = 'write-tracking-thread.ts';
const hart = 1;
const migration = 101;

describe('going back over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** In the debug console. */
  const typed = async (expression: string): Promise<string> => {
    const { body } = await adapter.evaluateRequest({ expression, context: 'repl' });
    return body.result;
  };

  const back = async (): Promise<string> => {
    await adapter.reverseContinueRequest({ threadId: migration });
    const { reason, description } = await adapter.nextStop();
    return description ?? reason;
  };

  it('steps back over a write fault, and comes to it again', async () => {
    await adapter.begin({}, { filters: ['write-fault'] });
    const { text } = await adapter.nextStop();
    const registers = await typed('info registers');
    await adapter.stepBackRequest({ threadId: hart });
    assert.equal((await adapter.nextStop()).reason, 'step');
    assert.notEqual(await typed('info registers'), registers);
    await adapter.continueRequest({ threadId: hart });
    assert.equal((await adapter.nextStop()).text, text);
    assert.equal(await typed('info registers'), registers);
  });

  it('goes back from stop to stop, and from the beginning forward again, to the same file', async () => {
    await adapter.begin({}, { filters: ['phase.state-stash', 'phase.vm-start-bh', 'phase.completed'] });
    const forward: (string | undefined)[] = [];
    for (let stop = await adapter.nextStop(); ; stop = await adapter.goOn()) {
      forward.push(stop.description);
      if (stop.description === 'Completed') break;
    }
    const output = join(adapter.folder, 'snapshot.qemu');
    const whole = readFileSync(output);
    assert.deepEqual([await back(), await back(), await back()], [...forward.slice(0, -1).reverse(), 'entry']);
    assert.ok(readFileSync(output).equals(whole), 'a file under its name is whole');
    rmSync(output);
    const again: (string | undefined)[] = [];
    for (const _ of forward) again.push((await adapter.goOn()).description);
    assert.deepEqual(again, forward);
    assert.ok(readFileSync(output).equals(whole));
  });

  it('walks the migration thread back line by line: into, over, out', async () => {
    const line = lineOf(thread, "act('qemu_bh_schedule'");
    await adapter.begin({}, { lines: { file: thread, breakpoints: [{ line }] } });
    await adapter.nextStop();
    const at = async (): Promise<string> => {
      assert.equal((await adapter.nextStop()).reason, 'step');
      const frame = await adapter.top(migration);
      return `${frame.name} ${frame.line}`;
    };
    const arm = `freeze ${lineOf(thread, "call('ram_write_tracking_start'")}`;
    await adapter.customRequest('freezeframe.stepBack', { threadId: migration, depth: 'over' });
    assert.equal(await at(), arm);
    await adapter.nextRequest({ threadId: migration });
    assert.equal(await at(), `freeze ${line}`);
    await adapter.stepBackRequest({ threadId: migration });
    assert.match(await at(), /^ramWriteTrackingStart /);
    await adapter.customRequest('freezeframe.stepBack', { threadId: migration, depth: 'out' });
    assert.equal(await at(), arm);
  });

  it('walks a hart back over traps that it has taken', async () => {
    const { bytes } = assembled('ways-back');
    const program = adapter.file('ways-back.elf', bytes);
    const start = { program, stopOnEntry: true, snapshot: { when: 'command' } };
    await adapter.begin(start, { functions: [{ name: 'behind_load' }, { name: 'awake' }] });
    await adapter.nextStop();
    await adapter.goOn();
    const stepBack = async (): Promise<string> => {
      await adapter.customRequest('freezeframe.stepBack', { threadId: hart, depth: 'over' });
      assert.equal((await adapter.nextStop()).reason, 'step');
      return (await adapter.top(hart)).name;
    };
    assert.deepEqual(
      [await stepBack(), await stepBack(), await stepBack()],
      ['behind_ecall', 'behind_far+0x2', 'behind_far'],
    );
    await typed('goto start');
    await adapter.nextStop();
    await adapter.goOn();
    await adapter.goOn();
    // The interrupt comes as soon as it is enabled, before the nop.
    for (let count = 0; count < 2; count++) {
      await adapter.nextRequest({ threadId: hart });
      await adapter.nextStop();
    }
    assert.deepEqual(
      [(await adapter.top(hart)).name, await stepBack(), await stepBack()],
      ['awake+0x6', 'awake+0x4', 'awake'],
    );
  });

  it('walks a hart back: over what it has called, out to the call', async () => {
    const frame = async (): Promise<string> => (await adapter.top(hart)).name;
    const stepBack = async (depth: 'over' | 'out'): Promise<string> => {
      await adapter.customRequest('freezeframe.stepBack', { threadId: hart, depth });
      assert.equal((await adapter.nextStop()).reason, 'step');
      return frame();
    };
    const program = adapter.file('guest.elf', withoutDebugInfo(readFileSync(workingSet)));
    await adapter.begin({ program }, { functions: [{ name: 'rewrite_page', hitCondition: '40' }] });
    await adapter.nextStop();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    const caller = async (): Promise<string> =>
      (await adapter.stackTraceRequest({ threadId: hart })).body.stackFrames[1]!.name;
    const behind = await caller();
    assert.match(await stepBack('out'), /^rewrite_working_set\+0x/);
    const call = await frame();
    await adapter.nextRequest({ threadId: hart });
    await adapter.nextStop();
    assert.equal(await frame(), behind, 'the call is done');
    assert.equal(await stepBack('over'), call);
    await adapter.stepInRequest({ threadId: hart });
    await adapter.nextStop();
    assert.equal(await frame(), 'rewrite_page');
  });

  it('says who wrote last to an address, and goes there', async () => {
    await adapter.begin({}, { filters: ['write-fault'] });
    await adapter.nextStop();
    const { text: fault } = await adapter.goOn();
    const address = /writes to (0x\w+)/.exec(fault!)![1];
    const told = await typed(`last-writer ${address}, 8`);
    assert.match(told, /^hart 0 wrote last to the 8 bytes at 0x\w+ from pc 0x\w+ <rewrite_\w+\+0x\w+> at [\d.]+ ms: /);
    await typed('goto write');
    const { reason, text } = await adapter.nextStop();
    assert.equal(reason, 'data breakpoint');
    assert.match(text!, /^hart 0 wrote \d bytes/);
    assert.equal(
      await typed('last-writer 0x80ff0000'),
      'Nobody has written to the byte at 0x80ff0000 since the run began.',
    );
  });

  it('comes to no second first write fault behind a write that it has gone to', async () => {
    await adapter.begin({}, { filters: ['first-write-fault', 'phase.completed'] });
    const { text: fault } = await adapter.nextStop();
    await adapter.nextRequest({ threadId: hart });
    await adapter.nextStop();
    await typed(`last-writer ${/writes to (0x\w+)/.exec(fault!)![1]}`);
    await typed('goto write');
    assert.equal((await adapter.nextStop()).reason, 'data breakpoint');
    assert.equal((await adapter.goOn()).description, 'Completed');
  });

  it('counts and logs as forward: no message twice, no hit lost', async () => {
    const breakpoints = [
      { name: 'rewrite_page', hitCondition: '3' },
      { name: 'rewrite_page', logMessage: 'a page' },
    ];
    await adapter.begin({}, { functions: breakpoints, filters: ['phase.state-stash'] });
    await adapter.nextStop();
    const time = await adapter.evaluate('time');
    assert.equal((await adapter.goOn()).description, 'State stash');
    await back();
    assert.equal(await adapter.evaluate('time'), time);
    await typed('goto start');
    await adapter.nextStop();
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.state-stash'] });
    await adapter.goOn();
    assert.equal(await adapter.evaluate('time'), time, 'counted from there on, whatever else is set');
  });

  it('begins a new history when something new comes in the past, and says so', async () => {
    await adapter.begin({}, { filters: ['phase.state-stash'] });
    await adapter.nextStop();
    await typed('goto 5ms');
    await adapter.nextStop();
    const said = adapter.waitForEvent('output');
    await typed('a0 = 7');
    assert.match((await said).body.output, /A new history begins here/);
  });

  it('tells the timeline how far its history goes: beyond a past instant, until a new one begins', async () => {
    await adapter.begin({}, { filters: ['phase.state-stash'] });
    const told: (number | undefined)[] = [];
    adapter.on('freezeframe.timeline', ({ body }: { body: TimelineEvent }) => {
      if (body.stop) told.push(body.historyEndNs);
    });
    await adapter.customRequest('freezeframe.timeline', { follow: true });
    await adapter.nextStop();
    await typed('goto 5ms');
    await adapter.nextStop();
    await typed('a0 = 7');
    const [furthest, past, anew] = told;
    assert.ok(furthest! > 5e6);
    assert.deepEqual([past, anew], [furthest, 5e6]);
  });

  it('goes no further than a deadlock, and back from it', async () => {
    const guests = join(root, 'extension/sample/guests');
    const disk = join(guests, 'journal.img');
    const start = { program: join(guests, 'journal.elf'), disk, whatIf: { vmStart: 'inline' } };
    await adapter.begin(start);
    assert.equal((await adapter.nextStop()).description, 'Deadlock');
    const time = await adapter.evaluate('time');
    await typed('goto 100s');
    assert.equal((await adapter.nextStop()).description, 'Deadlock');
    assert.equal(await adapter.evaluate('time'), time);
    await adapter.stepBackRequest({ threadId: hart });
    assert.equal((await adapter.nextStop()).reason, 'step');
  });

  it('goes to a write fault by its number, to phases, and to where a page came into its state', async () => {
    await adapter.begin({}, { filters: ['write-fault', 'phase.completed'] });
    const faults = [await adapter.nextStop(), await adapter.goOn(), await adapter.goOn()].map(({ text }) => text);
    const page = /writes to (0x\w+)000 /.exec(faults[1]!.replace(/\w{3} \(/, '000 ('))![1];
    await adapter.setExceptionBreakpointsRequest({ filters: ['phase.completed'] });
    assert.equal((await adapter.goOn()).description, 'Completed');
    const gone = async (to: string): Promise<string | undefined> => {
      await typed(`goto ${to}`);
      return (await adapter.nextStop()).text;
    };
    assert.equal(await gone('fault 2'), faults[1]);
    assert.equal(await gone('fault 1'), faults[0]);
    assert.match((await gone('wp-arm 1'))!, /about to begin: WP arm/);
    assert.match((await gone('completed'))!, /about to begin: Completed/);
    const became = await typed(`became ${page}000`);
    assert.match(became, /became copied by fault at [\d.]+ ms, by migration\./);
    await gone(`became ${page}000`);
    assert.equal(await typed(`became ${page}000`), became);
    await adapter.stepBackRequest({ threadId: migration });
    await adapter.nextStop();
    assert.match(await typed(`became ${page}000`), /became faulting at/);
    const said = adapter.waitForEvent('output');
    await gone('fault 9999');
    assert.match((await said).body.output, /This history has \d+ write faults so far\./);
  });

  it('goes from a leaked page to the write that is in the file', async () => {
    const program = join(root, 'extension/sample/guests/sweep.elf');
    const snapshot = { when: { ms: 5 }, output: join(adapter.folder, 'snapshot.qemu') };
    await adapter.begin({ program, snapshot, whatIf: { populate: false } }, { filters: ['phase.completed'] });
    await adapter.nextStop();
    assert.match(
      await typed('became 0x80f00000'),
      /became leaked at [\d.]+ ms, by hart 0: never protected: it had no page-table entry\./,
    );
    const why = adapter.waitForEvent('output');
    await typed('goto became 0x80f00000');
    assert.match((await why).body.output, /^Why this write to the page at 0x80f00000 leaked: never protected: it had/);
    assert.match((await adapter.nextStop()).text!, /^hart 0 wrote 8 bytes at 0x80f00000 from pc 0x/);
    assert.match(await typed('became 0x80f00000'), /became untracked at/);
  });

  it('returns to marks and to histories that were left', async () => {
    await adapter.begin({}, { filters: ['phase.state-stash'] });
    await adapter.nextStop();
    const registers = await typed('info registers');
    assert.equal(await typed('mark stash'), '`goto stash` returns here.');
    await typed('goto 5ms');
    await adapter.nextStop();
    await typed('mark early');
    const told = adapter.waitForEvent('output');
    await typed('a0 = 7');
    assert.match((await told).body.output, /`goto history 1` returns to the one that you leave\./);
    await typed('goto 6ms');
    await adapter.nextStop();
    await typed('mark other');
    assert.match(await typed('histories'), /^ {2}1 {2}up to 20\.\d+ ms\n\* 2 {2}up to 6\.\d+ ms$/);
    const goTo = async (place: string): Promise<string> => {
      await typed(`goto ${place}`);
      await adapter.nextStop();
      return adapter.evaluate('time');
    };
    await goTo('stash');
    assert.equal(await typed('info registers'), registers, 'in the history that was left');
    assert.match(await typed('histories'), /^\* 1 .*\n {2}2 /);
    assert.match(await goTo('early'), /^50\d{5} /);
    assert.match(await typed('histories'), /^\* 1 /, 'before they differ, all histories are the same');
    assert.match(await goTo('other'), /^60\d{5} /);
    await goTo('history 1');
    assert.equal(await typed('info registers'), registers);
    assert.match(await typed('marks'), /^stash {2}20\.\d+ ms\nearly {2}5\.\d+ ms\nother {2}6\.\d+ ms$/);
    await assert.rejects(typed('mark fault'), /a word of letters, digits, - and _ that is no other place/);
  });

  it('opens a recording in another session: the same stop, with the past behind it', async () => {
    await adapter.begin({}, { filters: ['write-fault'] });
    await adapter.nextStop();
    const { text } = await adapter.goOn();
    const registers = await typed('info registers');
    await typed('mark here');
    const marks = await typed('marks');
    const { body } = await adapter.customRequest('freezeframe.record', {});
    const recording = adapter.file('a.freezeframe', Buffer.from(body.text));
    const other = RecordedAdapter.begun();
    try {
      await other.initializeRequest({ adapterID: 'freezeframe', pathFormat: 'path' });
      const said = other.waitForEvent('output');
      await other.launchRequest({ recording } as never);
      await other.configurationDoneRequest();
      assert.equal((await other.nextStop()).text, text);
      assert.match((await said).body.output, /^The recorded run: all 8 state hashes agree/);
      const typedThere = async (expression: string) =>
        (await other.evaluateRequest({ expression, context: 'repl' })).body.result;
      assert.equal(await typedThere('info registers'), registers);
      assert.equal(await typedThere('marks'), marks);
      await other.reverseContinueRequest({ threadId: hart });
      assert.equal((await other.nextStop()).reason, 'entry');
    } finally {
      await other.stop();
    }
  });

  it('stands at the end of a guest that has powered off, goes back from there, and ends when continued', async () => {
    await adapter.begin({ stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await typed('> q');
    const { description, text } = await adapter.goOn();
    assert.equal(description, 'Powered off');
    assert.match(text!, /exit code 0\. Its past is still there; Continue ends the session\./);
    const end = await typed('info registers');
    await adapter.stepBackRequest({ threadId: hart });
    assert.equal((await adapter.nextStop()).reason, 'step');
    assert.notEqual(await typed('info registers'), end);
    assert.equal((await adapter.goOn()).description, 'Powered off');
    assert.equal(await typed('info registers'), end);
    const exited = adapter.waitForEvent('exited');
    const terminated = adapter.waitForEvent('terminated');
    await adapter.continueRequest({ threadId: hart });
    assert.deepEqual((await exited).body, { exitCode: 0 });
    await terminated;
  });

  it('says that it cannot where it is not to', async () => {
    const told = adapter.waitForEvent('capabilities');
    await adapter.begin({ timeTravel: false, stopOnEntry: true });
    assert.deepEqual((await told).body, { capabilities: { supportsStepBack: false } });
    await adapter.nextStop();
    await assert.rejects(adapter.stepBackRequest({ threadId: hart }), /started with `"timeTravel": false`/);
    const { body } = await adapter.customRequest('freezeframe.timeline', {});
    assert.equal(body.historyEndNs, undefined);
  });
});
