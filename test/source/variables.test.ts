import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { describe, it } from 'mocha';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { compiledProgram } from './compiled-program';

const hart0 = 1;
const path = join(__dirname, 'program.c');
const lines = readFileSync(path, 'utf8').split('\n');

describe('variables of a program, over DAP', function () {
  this.timeout(60_000);
  let adapter: RecordedAdapter;
  beforeEach(() => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** Stops where a line begins that has this text. */
  async function stoppedAt(text: string, ...options: readonly string[]): Promise<void> {
    const program = compiledProgram(adapter.folder, ...options);
    await adapter.begin({ program, stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await goTo(text);
  }

  async function goTo(text: string): Promise<void> {
    const line = lines.findIndex((each) => each.includes(text)) + 1;
    await adapter.setBreakpointsRequest({ source: { path }, breakpoints: [{ line }] });
    await adapter.goOn();
  }

  async function frame(index = 0): Promise<number> {
    return (await adapter.stackTraceRequest({ threadId: hart0 })).body.stackFrames[index]!.id;
  }

  async function unfolded(variablesReference: number): Promise<Dap.Variable[]> {
    return (await adapter.variablesRequest({ variablesReference })).body.variables;
  }

  async function locals(index = 0): Promise<number> {
    const { scopes } = (await adapter.scopesRequest({ frameId: await frame(index) })).body;
    return scopes.find(({ name }) => name === 'Locals')!.variablesReference;
  }

  /** Of a variable by the names that lead to it. */
  async function set(names: readonly string[], value: string, index = 0): Promise<string> {
    let variablesReference = await locals(index);
    for (const name of names.slice(0, -1)) {
      variablesReference = (await unfolded(variablesReference)).find((each) => each.name === name)!.variablesReference;
    }
    const set = await adapter.setVariableRequest({ variablesReference, name: names.at(-1)!, value });
    return set.body.value;
  }

  async function evaluate(expression: string, index = 0): Promise<string> {
    return adapter.evaluate(expression, await frame(index));
  }

  it('are set in memory, as their types have it, and nothing around them changes', async () => {
    await stoppedAt('product = factorials', '-O0');
    assert.equal(await set(['total'], '-total - 1'), '-322');
    assert.equal(await set(['average'], '2.5e-3'), '0.0025000000000000001');
    assert.equal(await set(['here', 'x'], '0x10'), '16');
    assert.equal(await evaluate('here.x + here.y'), '23 (0x17)');
    const before = await evaluate('list->bits.rest * 8 + list->bits.kind');
    assert.equal(await set(['list', 'bits', 'delta'], '-16'), '-16');
    assert.equal(await evaluate('list->bits.rest * 8 + list->bits.kind'), before);
    assert.equal(await set(['list', 'colour'], 'GREEN'), 'GREEN');
    assert.equal(await set(['list', 'flags'], 'READ | EXECUTE'), '(READ | EXECUTE)');
    assert.equal(await set(['list', 'ratio'], '1.5'), '1.5');
    assert.equal(await set(['list', 'is_last'], '2'), 'true');
    assert.equal(await set(['list', 'letter'], "'z'"), "122 'z'");
    assert.match(await set(['list', 'next'], '&list[2]'), /^0x8[0-9a-f]+$/);
    assert.equal(await evaluate('list->next == list + 2 && list->next->letter == 99'), 'true');
    assert.equal(await set(['list', 'box', '[1]', 'y'], '1 << 30'), String(1 << 30));
  });

  it('are set as a whole to another structure or array', async () => {
    await stoppedAt('product = factorials', '-O0');
    const before = await evaluate('list->at.y');
    assert.equal(await set(['list', 'box', '[0]'], 'here'), '{...}');
    assert.equal(await evaluate('list->box[0].x == here.x && list->box[0].y == here.y'), 'true');
    assert.equal(await evaluate('list->at.y'), before, 'what stands before it');
    await set(['list', 'box'], 'list[1].box');
    assert.equal(await evaluate('list->box[1].y == list[1].box[1].y && list->box[0].x == list[1].box[0].x'), 'true');
  });

  it('are unfolded as far as somebody asks, where a pointer leads back to where it is', async () => {
    await stoppedAt('product = factorials', '-O0');
    const list = await evaluate('list');
    assert.equal(await set(['list', 'next'], 'list'), list);
    const names = ['list', 'next', 'next', 'next', 'letter'];
    assert.equal(await set(names, "'r'"), "114 'r'");
    assert.equal(await evaluate('&*list == list && list->letter == 114'), 'true');
    assert.match(await evaluate('&list->at'), /^0x8[0-9a-f]+$/);
  });

  it('are set by expressions too, from the point of view of a frame', async () => {
    await stoppedAt('product = factorials', '-O0');
    const { body } = await adapter.customRequest('setExpression', {
      expression: 'list[3].colour',
      value: 'RED',
      frameId: await frame(),
    });
    assert.deepEqual([body.value, body.type], ['RED', 'enum colour']);
    const typed = async (expression: string) =>
      (await adapter.evaluateRequest({ expression, context: 'repl', frameId: await frame() })).body.result;
    assert.equal(await typed('list[1].weight = average / 2 + 0.25'), await evaluate('average / 2 + 0.25'));
    assert.equal(await typed('(*list).at.y += 40'), '41');
    assert.equal(await evaluate('list->weight > 0.1 && list->weight < 10'), 'true');
  });

  it('are set in registers, and where callees have saved those: the program goes on with them', async () => {
    await stoppedAt('return n * rest', '-O1');
    const { stackFrames } = (await adapter.stackTraceRequest({ threadId: hart0 })).body;
    const outer = stackFrames.findIndex(({ name }) => name === 'factorials');
    assert.equal(await set(['rest'], '100'), '100');
    assert.equal(await set(['counted'], '-90', outer), '18446744073709551526');
    assert.equal(await evaluate('counted == -90', outer), 'true');
    await goTo('return counted');
    assert.equal(await evaluate('signed(counted) == -90 + 100 * 2'), 'true');
    await goTo('count++');
    await set(['p'], 'nodes[2].at');
    assert.equal(await evaluate('p.x == nodes[2].at.x && p.y == nodes[2].at.y'), 'true', 'both in one register');
    await goTo('last = list[i].ratio');
    assert.equal(await set(['total'], '-1e9'), '-1000000000');
    await goTo('checksum += product');
    assert.equal(await evaluate('average < -1e8'), 'true');
  });

  it('of the file are listed apart, and known by their names', async () => {
    await stoppedAt('checksum += product', '-O0');
    const { scopes } = (await adapter.scopesRequest({ frameId: await frame() })).body;
    assert.deepEqual(
      scopes.slice(0, 2).map(({ name, expensive }) => [name, expensive]),
      [
        ['Locals', false],
        ['Globals', true],
      ],
    );
    const globals = await unfolded(scopes[1]!.variablesReference);
    const names = globals.map(({ name, type }) => `${type} ${name}`);
    for (const known of ['struct node [4] nodes', 'uint64_t checksum', 'uint32_t visits'])
      assert.ok(names.includes(known));
    assert.equal(await evaluate('visits'), '1');
    assert.equal(await evaluate('nodes[1].next == &nodes[2] && nodes + 1 == list->next'), 'true');
    assert.equal(await evaluate('nodes[1].colour == GREEN && nodes[2].colour'), 'true');
    assert.match(await evaluate('*nodes[0].next->next'), /^\{\.\.\.\}$/);
    assert.equal(await evaluate('nodes[3].name'), await evaluate('list[3].name'));
    const { body } = await adapter.setVariableRequest({
      variablesReference: scopes[1]!.variablesReference,
      name: 'visits',
      value: '41',
    });
    assert.deepEqual(body.value, '41');
    await adapter.goOn();
    assert.equal(await evaluate('visits'), '42');
    const info = await adapter.dataBreakpointInfoRequest({ name: 'nodes[1].at' });
    assert.match(info.body.description, /^8 bytes at physical/);
  });

  it('have types that are cast to and measured, by their names in C', async () => {
    await stoppedAt('product = factorials', '-O0');
    const address = await evaluate('&nodes[1]');
    assert.match(address, /^0x8[0-9a-f]+$/);
    assert.equal(await evaluate(`((struct node *)${address})->at.x`), '1');
    assert.equal(await evaluate(`(*(struct node *)${address}).letter`), "98 'b'");
    assert.equal(await evaluate(`((struct node **)&list)[0] == &nodes[0]`), 'true');
    assert.equal(await evaluate(`*(const char **)&nodes[0].name`), await evaluate('nodes[0].name'));
    assert.equal(await evaluate('(enum colour)5'), 'GREEN');
    assert.equal(await evaluate('(unsigned char)0x161'), "97 'a'");
    assert.equal(await evaluate('(int)list->weight + (double)1 / 2'), '0.5');
    assert.equal(await evaluate('sizeof(struct node) == sizeof nodes / 4 && sizeof(nodes[0].box) == 16'), 'true');
    assert.equal(
      await evaluate('sizeof(list) + sizeof(uint16_t) + sizeof(here) + sizeof(struct point *)'),
      '26 (0x1a)',
    );
    assert.equal(await evaluate('(total) - 1 == total - 1'), 'true', 'a variable in parentheses');
    await assert.rejects(
      evaluate('(struct nothing *)0'),
      /`struct nothing` is no type that the debug information knows/,
    );
    await assert.rejects(evaluate('(struct point)0'), /Cannot cast to `struct point`: only to numbers and pointers/);
  });

  it('are not set where they are not, or do not fit', async () => {
    await stoppedAt('product = factorials', '-O0');
    await assert.rejects(set(['list', 'bits', 'delta'], '32'), /Nothing was written. 32 does not fit into 5 bits/);
    await assert.rejects(set(['list', 'colour'], '"RED"'), /`enum colour` needs a whole number/);
    await assert.rejects(
      set(['here'], '1'),
      /`struct point` can only be set to another value of its type, or member by member/,
    );
    await assert.rejects(
      set(['here'], 'list->box'),
      /Nothing was written. `struct point` can only be set to another value/,
    );
    await assert.rejects(evaluate('total = 1'), /assignments are for the debug console/);
  });

  it('are watched by data breakpoints', async () => {
    await stoppedAt('product = factorials', '-O0');
    const variablesReference = await locals();
    const info = await adapter.dataBreakpointInfoRequest({ variablesReference, name: 'product' });
    assert.match(info.body.description, /^8 bytes at physical 0x8[0-9a-f]+ \(product\)$/);
    const breakpoints = [{ dataId: info.body.dataId as string, accessType: 'write' as const }];
    const set = await adapter.send('setDataBreakpoints', { breakpoints });
    await adapter.setBreakpointsRequest({ source: { path }, breakpoints: [] });
    const stop = await adapter.goOn();
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['data breakpoint', [set.body.breakpoints[0].id]]);
  });

  it('that are set in the past begin a new history', async () => {
    await stoppedAt('product = factorials', '-O0');
    await adapter.goOn();
    await adapter.customRequest('reverseContinue', { threadId: hart0 });
    await adapter.nextStop();
    const histories = async () => (await adapter.customRequest('freezeframe.places', {})).body.histories.length;
    assert.equal(await histories(), 1);
    await set(['total'], '5');
    assert.equal(await evaluate('total'), '5');
    assert.equal(await histories(), 2);
  });
});
