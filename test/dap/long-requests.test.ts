import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { RecordedAdapter, sourceFolder } from './recorded-adapter';

const mebibyte = 1 << 20;
const many = 20_000;
const jumpHere = 0x0000_006f;

const list = <T>(count: number, item: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));
const hex = (address: number): string => `0x${address.toString(16)}`;
/** Nothing is ever executed there. */
const nowhere = (index: number): string => hex(0x9000_0000 + 2 * index);

describe('a request that takes long', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const stand = async (): Promise<void> => {
    await adapter.begin({ ram: '32M', stopOnEntry: true });
    await adapter.nextStop();
  };
  /** Sends all at once. @returns their names in the order of the answers, and the answers */
  const sent = async (...requests: readonly (readonly [command: string, args: unknown])[]) => {
    const order: string[] = [];
    const answers = requests.map(async ([command, args]) => {
      try {
        return (await adapter.customRequest(command, args)) as Dap.Response;
      } catch (error) {
        return error as Error;
      } finally {
        order.push(command);
      }
    });
    return { answers: await Promise.all(answers), order };
  };

  it('is answered after what has come later and needs no waiting', async () => {
    await stand();
    const data = Buffer.alloc(4 * mebibyte, 0x5a).toString('base64');
    const source = { path: join(sourceFolder, 'ram.ts') };
    const listing = (await adapter.top(1)).source!;
    const long = {
      readMemory: { memoryReference: '0x80000000', count: 4 * mebibyte },
      writeMemory: { memoryReference: '0x80400000', data },
      disassemble: { memoryReference: '0x80800000', instructionOffset: -30_000, instructionCount: 60_000 },
      dataBreakpointInfo: { name: '0x80000000', bytes: 32 * mebibyte },
      setInstructionBreakpoints: { breakpoints: list(many, (i) => ({ instructionReference: nowhere(i) })) },
      setFunctionBreakpoints: { breakpoints: list(many, (i) => ({ name: `main + ${2 * i}`, condition: 'a0 == 5' })) },
      setDataBreakpoints: { breakpoints: list(many, (i) => ({ dataId: `${hex(0x8000_0000 + 8 * i)}+8` })) },
      setExceptionBreakpoints: { filters: [], filterOptions: list(many, () => ({ filterId: 'write-fault' })) },
      setBreakpoints: { source, breakpoints: list(many, (i) => ({ line: 1 + (i % 50), condition: 'time > 5' })) },
    };
    for (const [command, args] of [
      ...Object.entries(long),
      ['setBreakpoints', { ...long.setBreakpoints, source: listing }],
    ]) {
      const { order, answers } = await sent([command as string, args], ['threads', undefined]);
      assert.deepEqual(order, ['threads', command]);
      assert.ok(!(answers[0] instanceof Error), String(answers[0]));
      // Room for the next.
      if (command === 'setBreakpoints') await adapter.customRequest(command, { ...(args as object), breakpoints: [] });
      else if (typeof args === 'object' && 'breakpoints' in args)
        await adapter.customRequest(command as string, { breakpoints: [] });
    }
  });

  it('lets a guest be paused that runs', async () => {
    await adapter.begin({ program: adapter.image([jumpHere]), snapshot: { when: 'command' } });
    const breakpoints = list(many, (i) => ({ instructionReference: nowhere(i), condition: 'a0 == 5' }));
    const { order } = await sent(['setInstructionBreakpoints', { breakpoints }], ['pause', { threadId: 1 }]);
    assert.deepEqual(order, ['pause', 'setInstructionBreakpoints']);
    assert.equal((await adapter.nextStop()).reason, 'pause');
  });

  it('is about one instant: what would change it waits, and nothing overtakes what waits', async () => {
    await adapter.begin({
      program: adapter.image([jumpHere]),
      ram: '32M',
      stopOnEntry: true,
      snapshot: { when: 'command' },
    });
    await adapter.nextStop();
    const { order } = await sent(
      ['readMemory', { memoryReference: '0x80000000', count: 4 * mebibyte }],
      ['scopes', { frameId: (await adapter.top(1)).id }],
      ['continue', { threadId: 1 }],
      ['pause', { threadId: 1 }],
    );
    assert.deepEqual(order, ['scopes', 'readMemory', 'continue', 'pause']);
    assert.equal((await adapter.nextStop()).reason, 'pause');
  });

  it('is the same to who reads as one that takes no time: memory is read as it has been written', async () => {
    await stand();
    const bytes = Buffer.from(list(3 * mebibyte, (i) => Math.imul(i, 0x9e37_79b1) >>> 24));
    const lines = bytes.toString('base64').replace(/.{76}/g, '$&\n');
    const { answers } = await sent(
      ['writeMemory', { memoryReference: '0x81d00000', data: lines }],
      ['readMemory', { memoryReference: '0x81d00000', count: bytes.length }],
      ['readMemory', { memoryReference: 'physical:0x81d00000', offset: mebibyte + 1, count: mebibyte }],
      ['readMemory', { memoryReference: '0x81d00000', offset: mebibyte, count: 16 * mebibyte }],
    );
    const [written, all, inMidst, end] = answers.map((answer) => (answer as Dap.Response).body);
    assert.equal(written.bytesWritten, bytes.length);
    assert.ok(Buffer.from(all.data, 'base64').equals(bytes));
    const from = mebibyte + 1;
    assert.ok(Buffer.from(inMidst.data, 'base64').equals(bytes.subarray(from, from + mebibyte)));
    // RAM ends there.
    assert.equal(end.unreadableBytes, 14 * mebibyte);
    assert.ok(Buffer.from(end.data, 'base64').equals(bytes.subarray(mebibyte)));
  });

  it('writes nothing unless all of it can be read', async () => {
    await stand();
    const text = Buffer.alloc(mebibyte, 0x5a).toString('base64');
    const before = await adapter.evaluate('*(u64 *)0x80800000');
    for (const [data, reason] of [
      [`${text.slice(0, 400_000)}=${text.slice(400_001)}`, 'is not base64'],
      [`${text.slice(0, 400_000)}!${text.slice(400_001)}`, 'is not base64'],
      ['A'.repeat(24 * mebibyte), 'has more than 16777216 bytes'],
    ]) {
      const write = adapter.customRequest('writeMemory', { memoryReference: '0x80800000', data });
      await assert.rejects(write, { message: `Invalid arguments for \`writeMemory\`: \`data\` ${reason}.` });
    }
    assert.equal(await adapter.evaluate('*(u64 *)0x80800000'), before);
  });

  it('lists code as it is listed by many that are short', async () => {
    await stand();
    const rows = async (instructionOffset: number, instructionCount: number) => {
      const { body } = await adapter.customRequest('disassemble', {
        memoryReference: '0x80002000',
        instructionOffset,
        instructionCount,
      });
      return (body as { instructions: Dap.DisassembledInstruction[] }).instructions;
    };
    const all = await rows(-6000, 12_000);
    assert.equal(all.length, 12_000);
    assert.equal(all[6000]!.address, '0x80002000');
    for (const at of [0, 3000, 6000, 9000]) {
      const some = await rows(at - 6000, 100);
      assert.deepEqual(
        some.map(({ address, instructionBytes }) => [address, instructionBytes]),
        all.slice(at, at + 100).map(({ address, instructionBytes }) => [address, instructionBytes]),
      );
    }
  });

  it('looks through the past, and whoever asks what is to be seen meanwhile is told of the present', async () => {
    await adapter.begin({ snapshot: { when: { ms: 200 } } }, { filters: ['write-fault'] });
    await adapter.nextStop();
    const { body } = (await adapter.customRequest('freezeframe.pageMap', {})) as { body: PagesEvent };
    const page = { block: body.blocks[0]!.name, page: 1030 };
    const looks: readonly [string, unknown][] = [
      ['freezeframe.timeline', {}],
      ['freezeframe.pageMap', {}],
      ['freezeframe.pageInfo', page],
      ['freezeframe.pageAtFreeze', page],
      ['freezeframe.findPage', { text: 'main' }],
      ['freezeframe.filterPages', { thread: 'hart 0' }],
      ['freezeframe.places', {}],
    ];
    const bodies = (answers: readonly (Dap.Response | Error)[]) =>
      answers.map((answer) => (answer instanceof Error ? answer.message : answer.body));
    const now = await sent(...looks);
    for (const { success, message } of now.answers as Dap.Response[]) assert.equal(success, true, message);
    const journeys: readonly [string, unknown][] = [
      ['evaluate', { expression: 'last-writer 0x80ff0000', context: 'repl' }],
      ['freezeframe.lastWriter', { address: '0x80ff0000' }],
      ['freezeframe.record', {}],
    ];
    for (const journey of journeys) {
      const { order, answers } = await sent(journey, ['threads', undefined], ...looks);
      assert.deepEqual(order.slice(0, 2), ['threads', journey[0]]);
      assert.deepEqual(bodies(answers.slice(2)), bodies(now.answers));
      const paused = await sent(journey, ...looks, ['pause', { threadId: 1 }]);
      assert.equal(paused.order[0], journey[0]);
      assert.match(String(paused.answers[0]), /The search through the past was interrupted/);
      assert.deepEqual(bodies(paused.answers.slice(1, -1)), bodies(now.answers));
    }
  });

  it('looks through the past, and is shown where it can be cancelled: the guest stands where it stood', async () => {
    const features = { supportsProgressReporting: true };
    await adapter.begin({ snapshot: { when: { ms: 200 } } }, { filters: ['write-fault'] }, features);
    await adapter.nextStop();
    const registers = async () =>
      (await adapter.evaluateRequest({ expression: 'info registers', context: 'repl' })).body.result;
    const before = await registers();
    const shown = async (title: string, go: () => Promise<unknown>): Promise<unknown> => {
      const started = new Promise<Dap.ProgressStartEvent>((done) => adapter.once('progressStart', done));
      const ended = new Promise<Dap.ProgressEndEvent>((done) => adapter.once('progressEnd', done));
      const gone = go();
      const { body } = await started;
      assert.deepEqual([body.title, body.cancellable], [title, true]);
      await adapter.customRequest('cancel', { progressId: body.progressId });
      const result = await gone.catch((error) => error);
      assert.deepEqual((await ended).body, { progressId: body.progressId });
      assert.equal(await registers(), before);
      return result;
    };
    const asked = { expression: 'last-writer 0x80ff0000', context: 'repl' };
    const searches: readonly [string, string, unknown][] = [
      ['Looking for the last write to 0x80ff0000', 'evaluate', asked],
      ['Looking for the last write to 0x80ff0000', 'freezeframe.lastWriter', { address: '0x80ff0000' }],
      ['Rerunning the guest to record it', 'freezeframe.record', {}],
    ];
    for (const [title, command, args] of searches) {
      const error = await shown(title, () => adapter.customRequest(command, args));
      assert.equal((error as Error).message, 'cancelled');
    }
    // On the way a snapshot comes by, which is none to cancel.
    await shown('Going to another instant of the run', async () => {
      await adapter.evaluateRequest({ expression: 'goto 100s', context: 'repl' });
      assert.equal((await adapter.nextStop()).reason, 'pause');
    });
  });

  it('looks through the past, and who continues meanwhile does so where the guest stands', async () => {
    await adapter.begin({ snapshot: { when: { ms: 200 } } }, { filters: ['write-fault'] });
    await adapter.nextStop();
    const { body } = await adapter.customRequest('freezeframe.record', {});
    const { order, answers } = await sent(['freezeframe.record', {}], ['continue', { threadId: 1 }]);
    assert.deepEqual(order, ['freezeframe.record', 'continue']);
    assert.deepEqual((answers[0] as Dap.Response).body, body);
    assert.match((await adapter.nextStop()).description!, /^Write fault/);
  });

  it('can be cancelled, and so can one that waits for it', async () => {
    await stand();
    const seq = (adapter as unknown as { sequence: number }).sequence;
    const { order, answers } = await sent(
      ['readMemory', { memoryReference: '0x80000000', count: 16 * mebibyte }],
      ['evaluate', { expression: '1' }],
      ['cancel', { requestId: seq + 1 }],
      ['cancel', { requestId: seq }],
    );
    assert.deepEqual(order, ['cancel', 'cancel', 'readMemory', 'evaluate']);
    assert.deepEqual(
      answers.slice(0, 2).map((answer) => (answer as Error).message),
      ['cancelled', 'cancelled'],
    );
    assert.equal(await adapter.evaluate('1 + 1'), '2');
  });

  it('is answered, too, when the session ends before it does', async () => {
    await stand();
    const { order, answers } = await sent(
      ['readMemory', { memoryReference: '0x80000000', count: 16 * mebibyte }],
      ['evaluate', { expression: '1' }],
      ['terminate', {}],
    );
    assert.equal(order[0], 'terminate');
    for (const answer of answers.slice(0, 2)) assert.match((answer as Error).message, /The session has ended/);
  });
});

describe('more breakpoints than there may be', () => {
  let adapter: RecordedAdapter;
  before(async () => {
    adapter = RecordedAdapter.begun();
    await adapter.begin({ ram: '32M', stopOnEntry: true });
    await adapter.nextStop();
  });
  after(() => adapter.stop());

  const most = 4000;
  const set = async (command: string, args: object): Promise<{ verified: number; first: number; message: string }> => {
    const { body } = await adapter.customRequest(command, args);
    const { breakpoints } = body as { breakpoints: Dap.Breakpoint[] };
    return {
      verified: breakpoints.filter(({ verified }) => verified).length,
      first: breakpoints.findIndex(({ verified }) => !verified),
      message: breakpoints.at(-1)?.message ?? '',
    };
  };
  const surplus = {
    verified: most,
    first: most,
    message: 'There are 4000 breakpoints already: remove some to set this one.',
  };

  const kinds: Record<string, (i: number) => object> = {
    setInstructionBreakpoints: (i: number) => ({ instructionReference: nowhere(i) }),
    setFunctionBreakpoints: (i: number) => ({ name: nowhere(i) }),
    setDataBreakpoints: (i: number) => ({ dataId: `${hex(0x8000_0000 + 8 * i)}+8` }),
  };
  for (const [command, breakpoint] of Object.entries(kinds)) {
    it(`are refused for the surplus alone by ${command}, whatever that is`, async () => {
      const breakpoints = [...list(most, breakpoint), ...list(999, (i) => ({ ...breakpoint(i), condition: 5 })), null];
      assert.deepEqual(await set(command, { breakpoints }), surplus);
      assert.deepEqual(await set(command, { breakpoints: list(10, breakpoint) }), {
        verified: 10,
        first: -1,
        message: '',
      });
      await set(command, { breakpoints: [] });
    });
  }

  it('are refused for the surplus alone by setBreakpoints, of all files together', async () => {
    const [ram, thread] = ['ram.ts', 'write-tracking-thread.ts'].map((name) => ({ path: join(sourceFolder, name) }));
    const lines = (count: number) => list(count, (i) => ({ line: 1 + (i % 40) }));
    assert.deepEqual(await set('setBreakpoints', { source: ram, breakpoints: lines(5000) }), surplus);
    assert.equal((await set('setBreakpoints', { source: thread, breakpoints: lines(1) })).verified, 0);
    assert.equal((await set('setBreakpoints', { source: ram, breakpoints: lines(3999) })).verified, 3999);
    assert.equal((await set('setBreakpoints', { source: thread, breakpoints: lines(2) })).verified, 1);
    for (const source of [ram, thread]) await set('setBreakpoints', { source, breakpoints: [] });
  });

  it('are refused for the surplus alone of lines of a listing, functions and instructions together', async () => {
    const { source } = await adapter.top(1);
    const breakpoints = list(5000, () => ({ line: 1 }));
    assert.deepEqual(await set('setBreakpoints', { source, breakpoints }), surplus);
    const one = { breakpoints: [{ instructionReference: '0x90000000' }] };
    assert.equal((await set('setInstructionBreakpoints', one)).verified, 0);
    await set('setBreakpoints', { source, breakpoints: [] });
    assert.equal((await set('setInstructionBreakpoints', one)).verified, 1);
    await set('setInstructionBreakpoints', { breakpoints: [] });
  });

  it('are refused for the surplus alone by setExceptionBreakpoints', async () => {
    const filterOptions = list(5000, () => ({ filterId: 'write-fault' }));
    assert.deepEqual(await set('setExceptionBreakpoints', { filters: [], filterOptions }), surplus);
    await set('setExceptionBreakpoints', { filters: [] });
  });

  it('and data breakpoints that watch more than can be kept are refused', async () => {
    const breakpoints = list(4000, () => ({ dataId: '0x80000000+1073741824' }));
    const { verified, message } = await set('setDataBreakpoints', { breakpoints });
    assert.equal(verified, 3);
    assert.match(message, /watch 4 GiB already: watch less, or remove some/);
    await set('setDataBreakpoints', { breakpoints: [] });
  });
});
