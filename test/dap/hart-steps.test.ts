import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { withoutDebugInfo } from '../source/without-debug-info';
import { assembled } from '../stacks/assembled';
import { RecordedAdapter, workingSet } from './recorded-adapter';

const hart0 = 1;

describe('steps over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const stack = async (): Promise<string[]> =>
    (await adapter.stackTraceRequest({ threadId: hart0 })).body.stackFrames.map(({ name }) => name);
  const step = async (kind: 'nextRequest' | 'stepOutRequest', singleThread = false): Promise<string[]> => {
    await adapter[kind]({ threadId: hart0, granularity: 'instruction', singleThread });
    assert.equal((await adapter.nextStop()).reason, 'step');
    return stack();
  };
  const registers = async (index: number): Promise<Map<string, string>> => {
    const { stackFrames } = (await adapter.stackTraceRequest({ threadId: hart0 })).body;
    const { scopes } = (await adapter.scopesRequest({ frameId: stackFrames[index]!.id })).body;
    const scope = scopes.find(({ name }) => name === 'Registers');
    const { variables } = (await adapter.variablesRequest({ variablesReference: scope!.variablesReference })).body;
    return new Map(variables.map(({ name, value }) => [name, value]));
  };
  const runTo = async (name: string): Promise<void> => {
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [{ name }] });
    await adapter.goOn();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
  };

  it('go past calls and out of a recursion, and the stack has a frame for each level', async () => {
    const { bytes } = assembled('threads');
    const program = adapter.file('threads.elf', bytes);
    await adapter.begin({ program, stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await runTo('call');
    assert.deepEqual(await stack(), ['call', '_start+0x58']);
    // From here on nothing knows who called: the loop has saved nothing, and its call has changed ra.
    assert.deepEqual(await step('nextRequest'), ['call+0x4']);
    await runTo('base');
    const recursion = [...new Array(6).fill('sum+0xe'), 'call+0x4'];
    assert.deepEqual(await stack(), ['base', ...recursion]);
    assert.deepEqual(await step('stepOutRequest'), ['back', ...recursion.slice(1)]);
    assert.deepEqual(await step('nextRequest', true), ['back+0x2', ...recursion.slice(1)]);
  });

  it('out end with the registers that the outer frame had shown, which only the innermost frame can set', async () => {
    await adapter.begin({}, { functions: [{ name: 'rewrite_page' }] });
    await adapter.nextStop();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    // Behind its prologue, which has moved sp and s0.
    for (let count = 0; count < 4; count++) await step('nextRequest');
    const outer = await registers(1);
    const known = [...outer].filter(([, value]) => value !== '<not saved>');
    assert.equal(outer.get('t0'), '<not saved>');
    assert.deepEqual(
      known.map(([name]) => name).filter((name) => /^(pc|[sg]p|s\d+)$/.test(name)),
      ['pc', 'sp', 'gp', ...Array.from({ length: 12 }, (_, index) => `s${index}`)],
    );
    const inFrame = async (index: number, expression: string) => {
      const { stackFrames } = (await adapter.stackTraceRequest({ threadId: hart0 })).body;
      const frameId = stackFrames[index]!.id;
      return (await adapter.evaluateRequest({ expression, frameId, context: 'repl' })).body.result;
    };
    assert.equal(await inFrame(1, `$sp == ${outer.get('sp')}`), 'true');
    assert.equal(await inFrame(0, `$sp + 16 == ${outer.get('sp')}`), 'true');
    await assert.rejects(inFrame(1, '$t0'), /`t0` of this frame was not saved/);
    await assert.rejects(inFrame(1, '$s1 = 5'), /`s1` can be set in the innermost frame only/);

    await step('stepOutRequest');
    const then = await registers(0);
    assert.deepEqual(
      known.map(([name]) => [name, then.get(name)]),
      known,
    );
  });

  it('can begin at another instruction of the listing that shows the frame', async () => {
    const program = adapter.file('guest.elf', withoutDebugInfo(readFileSync(workingSet)));
    await adapter.begin({ program }, { functions: [{ name: 'rewrite_page' }] });
    await adapter.nextStop();
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    const { source, line } = await adapter.top(hart0);
    const { targets } = (await adapter.gotoTargetsRequest({ source: source!, line: line + 2 })).body;
    await adapter.gotoRequest({ threadId: hart0, targetId: targets[0]!.id });
    assert.equal((await adapter.nextStop()).reason, 'goto');
    const there = await adapter.top(hart0);
    assert.deepEqual([there.name, there.line], ['rewrite_page+0x4', line + 2]);
    await adapter.nextRequest({ threadId: hart0 });
    await adapter.nextStop();
    assert.equal((await adapter.top(hart0)).name, 'rewrite_page+0x6');
    await assert.rejects(adapter.gotoRequest({ threadId: hart0, targetId: 99 }), /no target 99/);
  });

  it('go from phase to phase and from write fault to write fault without a breakpoint', async () => {
    await adapter.begin({ stopOnEntry: true });
    await adapter.nextStop();
    const runToNext = async (event: string): Promise<string> => {
      await adapter.customRequest('freezeframe.runToNext', { event });
      return (await adapter.nextStop()).description!;
    };
    const phases: string[] = [];
    for (let count = 0; count < 6; count++) phases.push(await runToNext('phase'));
    assert.deepEqual(phases, ['Setup', 'Populate', 'Head', 'Active', 'Freeze', 'State stash']);
    assert.match(await runToNext('write-fault'), /^Write fault on page/);
    assert.match(await runToNext('write-fault'), /^Write fault on page/);
    await assert.rejects(adapter.customRequest('freezeframe.runToNext', { event: 'noon' }), /neither/);
  });
});
