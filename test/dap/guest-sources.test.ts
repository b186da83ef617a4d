import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter, root, workingSet } from './recorded-adapter';

const hart0 = 1;
const path = join(root, 'extension/sample/guests/working-set.c');
const text = readFileSync(path, 'utf8').split('\n');

/** Counted from 1. */
function lineWith(part: string): number {
  return text.findIndex((line) => line.includes(part)) + 1;
}

describe("the guest's sources over DAP", () => {
  let adapter: RecordedAdapter;
  beforeEach(() => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  async function stoppedAtStart(): Promise<void> {
    await adapter.begin({ stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
  }

  async function breakAt(...lines: readonly number[]): Promise<Dap.Breakpoint[]> {
    const breakpoints = lines.map((line) => ({ line }));
    return (await adapter.setBreakpointsRequest({ source: { path }, breakpoints })).body.breakpoints;
  }

  /** Each frame as `rewrite_page 31`, innermost first. */
  async function stack(): Promise<string[]> {
    const { stackFrames } = (await adapter.stackTraceRequest({ threadId: hart0 })).body;
    return stackFrames.map(({ name, line }) => `${name} ${line}`);
  }

  async function afterStep(step: 'next' | 'stepIn' | 'stepOut' | 'stepBack'): Promise<string> {
    await adapter.send(step, { threadId: hart0 });
    assert.equal((await adapter.nextStop()).reason, 'step');
    return (await stack())[0]!;
  }

  it('take breakpoints: at the next line with code, or none is told', async () => {
    await stoppedAtStart();
    const [comment, loop, behind] = await breakAt(1, lineWith('i < WORKING_SET_PAGES'), text.length + 1);
    assert.deepEqual([comment!.verified, comment!.line], [true, lineWith('*state ^= *state << 13')]);
    assert.deepEqual([loop!.verified, loop!.line], [true, lineWith('i < WORKING_SET_PAGES')]);
    assert.equal(behind!.verified, false);
    assert.match(behind!.message!, /There is no code at or after line \d+ of/);
    const { body } = await adapter.customRequest('breakpointLocations', { source: { path }, line: 1, endLine: 19 });
    assert.deepEqual(
      body.breakpoints,
      [16, 17, 18, 19].map((line) => ({ line })),
    );
  });

  it('show where each frame stands, and go on by lines: over, into and out of what is called', async () => {
    await stoppedAtStart();
    const [call] = await breakAt(lineWith('rewrite_working_set(&random'));
    const stop = await adapter.goOn();
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['breakpoint', [call!.id]]);
    const calling = `main ${call!.line}`;
    assert.deepEqual(await stack(), [calling, '_start 21']);
    const { source } = await adapter.top(hart0);
    assert.deepEqual(source, { name: 'working-set.c', path });
    assert.equal(await afterStep('next'), `main ${lineWith('counter++')}`);
    assert.equal(await afterStep('next'), `main ${lineWith('poll_keyboard()')}`);
    await adapter.goOn();
    assert.equal(await afterStep('stepIn'), `rewrite_working_set ${lineWith('i < WORKING_SET_PAGES')}`);
    assert.equal(await afterStep('next'), `rewrite_working_set ${lineWith('return *state')}`);
    assert.equal(await afterStep('stepIn'), `rewrite_page ${lineWith('volatile uint64_t *words')}`);
    assert.deepEqual((await stack()).slice(1), [
      `rewrite_working_set ${lineWith('return *state')}`,
      calling,
      '_start 21',
    ]);
    assert.equal(await afterStep('stepOut'), `rewrite_working_set ${lineWith('i < WORKING_SET_PAGES')}`);
    assert.equal(await afterStep('stepOut'), `main ${lineWith('counter++')}`);
  });

  it('show what was inlined as frames of its own, which are stepped out of', async () => {
    await stoppedAtStart();
    await breakAt(lineWith('*state ^= *state >> 7'));
    await adapter.goOn();
    const caller = `rewrite_working_set ${lineWith('next_random(random) %')}`;
    assert.deepEqual((await stack()).slice(0, 2), [`next_random ${lineWith('>> 7')}`, caller]);
    assert.match(await afterStep('stepOut'), /^rewrite_working_set /);
  });

  it('are named by the instructions of the disassembly', async () => {
    await stoppedAtStart();
    await breakAt(lineWith('counter++'));
    await adapter.goOn();
    const { instructionPointerReference: memoryReference } = await adapter.top(hart0);
    const { body } = await adapter.customRequest('disassemble', {
      memoryReference: memoryReference!,
      instructionOffset: -40,
      instructionCount: 80,
    });
    const instructions: Dap.DisassembledInstruction[] = body.instructions;
    const here = instructions.find(({ address }) => address === memoryReference)!;
    assert.deepEqual([here.location, here.line], [{ name: 'working-set.c', path }, lineWith('counter++')]);
    const lines = new Set(instructions.map(({ line }) => line));
    assert.ok(lines.has(lineWith('rewrite_working_set(&random')) && lines.has(lineWith('poll_keyboard()')));
  });

  it('name variables that another file has, and show them among those of their own', async () => {
    await stoppedAtStart();
    await breakAt(lineWith('poll_keyboard()'));
    await adapter.goOn();
    const { id: frameId } = await adapter.top(hart0);
    const { scopes } = (await adapter.scopesRequest({ frameId })).body;
    const { variablesReference } = scopes.find(({ name }) => name === 'Globals')!;
    const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
    const shown = variables.map(({ name, type, value }) => `${type} ${name} = ${value}`);
    assert.ok(shown.includes('uint64_t counter = 1'), `${shown}`);
    const names = variables.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 2), ['heap', 'heap_pages']);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) < index),
      [],
    );
    await adapter.setVariableRequest({ variablesReference, name: 'counter', value: '41' });
    assert.equal((await adapter.evaluateRequest({ expression: 'counter', frameId })).body.result, '41');
  });

  it('are gone back through line by line: over what was called, and into it', async () => {
    await stoppedAtStart();
    await breakAt(lineWith('poll_keyboard()'));
    await adapter.goOn();
    assert.equal(await afterStep('stepBack'), `main ${lineWith('counter++')}`);
    assert.match(await afterStep('stepBack'), /^rewrite_working_set \d+$/, 'where it has returned from');
    await breakAt(lineWith('counter++'));
    await adapter.goOn();
    await adapter.customRequest('freezeframe.stepBack', { threadId: hart0, depth: 'over' });
    assert.equal((await adapter.nextStop()).reason, 'step');
    assert.equal((await stack())[0], `main ${lineWith('rewrite_working_set(&random')}`);
  });

  for (const isWhole of [true, false]) {
    const named = isWhole ? 'by its path' : 'by its last part alone';
    it(`are found where they have gone since the guest was built, in the longest folder that is mapped, ${named}`, async () => {
      const built = adapter.file('built.elf', readFileSync(workingSet));
      const guests = join(root, 'extension/sample/guests');
      const folder = isWhole ? adapter.folder : basename(adapter.folder);
      const sourceMap = { '/': '/nowhere', [`${folder}/`]: guests, [`${folder}/working`]: '/nowhere' };
      await adapter.begin({ program: built, stopOnEntry: true, snapshot: { when: 'command' }, sourceMap });
      await adapter.nextStop();
      const [set] = await breakAt(lineWith('counter++'));
      assert.equal(set!.verified, true);
      assert.deepEqual((await adapter.goOn()).hitBreakpointIds, [set!.id]);
      const top = await adapter.top(hart0);
      assert.deepEqual([top.source, top.line], [{ name: 'working-set.c', path }, lineWith('counter++')]);
    });
  }

  it('know variables and types of other files than the one that they stand in', async () => {
    const program = join(root, 'extension/sample/guests/journal.elf');
    await adapter.begin({ program, snapshot: { when: 'command' } }, { functions: [{ name: 'main' }] });
    await adapter.nextStop();
    const { id: frameId, source } = await adapter.top(hart0);
    assert.equal(source!.name, 'journal.c');
    const { body } = await adapter.evaluateRequest({ expression: 'queue', context: 'watch', frameId });
    assert.deepEqual([body.type, body.result], ['struct virtqueue', '{...}'], 'of virtio-block.c');
    assert.equal(await adapter.evaluate('sizeof(struct virtqueue) == sizeof(queue)', frameId), 'true');
    await assert.rejects(adapter.evaluate('slots', frameId), /`slots` is not a register, a symbol/);
  });

  it('show what parameters and variables hold, as C has them, and expressions use them', async () => {
    await stoppedAtStart();
    await breakAt(lineWith('volatile uint64_t *words'));
    await adapter.goOn();
    const { id } = await adapter.top(hart0);
    const { scopes } = (await adapter.scopesRequest({ frameId: id })).body;
    assert.equal(scopes[0]!.name, 'Locals');
    const { variables } = (await adapter.variablesRequest({ variablesReference: scopes[0]!.variablesReference })).body;
    const types = variables.map(({ name, type }) => `${type} ${name}`);
    assert.deepEqual(types.slice(0, 2), ['uint64_t index', 'uint64_t round']);
    const round = variables.find(({ name }) => name === 'round')!;
    assert.equal(await adapter.evaluate('round', id), round.value);
    assert.equal(await adapter.evaluate(`round == ${round.value} && index < 32`, id), 'true');
    const caller = (await adapter.stackTraceRequest({ threadId: hart0 })).body.stackFrames[1]!;
    assert.match(await adapter.evaluate('random', caller.id), /^0x8[0-9a-f]+$/, 'a pointer is an address');
    assert.equal(await adapter.evaluate('*random == random[0] && *random != 0', caller.id), 'true');
  });
});
