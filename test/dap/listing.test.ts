import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { withoutDebugInfo } from '../source/without-debug-info';
import { RecordedAdapter, workingSet } from './recorded-adapter';

const hart0 = 1;

/** Writes another instruction over the last but one, then goes round. */
const patches = [
  'auipc a0,0',
  'lui a1,0x248',
  'addi a1,a1,0x493',
  'sw a1,20(a0)',
  'fence.i',
  'addi s1,s1,1',
  'jal zero,-12',
];
const patched = 0x8000_0014;

describe('a listing over DAP', () => {
  let adapter: RecordedAdapter;
  /** The same guest, of whose sources nobody knows. */
  let program: string;
  beforeEach(() => {
    adapter = RecordedAdapter.begun();
    program = adapter.file('guest.elf', withoutDebugInfo(readFileSync(workingSet)));
  });
  afterEach(() => adapter.stop());

  async function listed(frame: Dap.StackFrame): Promise<string> {
    const { body } = await adapter.sourceRequest({
      source: frame.source,
      sourceReference: frame.source!.sourceReference!,
    });
    return body.content.split('\n')[frame.line - 1]!;
  }

  it('is the source of a guest frame: the whole function, the line of its pc, and the caller in a listing of its own', async () => {
    await adapter.begin({ program }, { functions: [{ name: 'rewrite_page' }] });
    const { description } = await adapter.nextStop();
    assert.equal(description, 'Paused on function breakpoint');
    const { body } = await adapter.stackTraceRequest({ threadId: hart0 });
    const [top, caller] = body.stackFrames as [Dap.StackFrame, Dap.StackFrame];
    assert.equal(top.source!.name, 'rewrite_page.s');
    assert.equal(top.line, 2, 'behind the line of the symbol');
    assert.match(await listed(top), /^800000e0: {2}1141 {6}\S/);
    assert.equal(caller.source!.name, 'rewrite_working_set.s');
    assert.match(await listed(caller), /^80000152: /);
  });

  it('stays the same while the code does, and stops where a breakpoint is set in it', async () => {
    await adapter.begin({ program }, { functions: [{ name: 'rewrite_page' }] });
    await adapter.nextStop();
    const { source } = await adapter.top(hart0);
    await adapter.setFunctionBreakpointsRequest({ breakpoints: [] });
    const { body } = await adapter.setBreakpointsRequest({
      source: source!,
      breakpoints: [{ line: 1 }, { line: 4 }, { line: 9999 }],
    });
    const [atSymbol, inside, behind] = body.breakpoints;
    assert.deepEqual([atSymbol!.verified, atSymbol!.line, atSymbol!.instructionReference], [true, 2, '0x800000e0']);
    assert.deepEqual([inside!.verified, inside!.line, inside!.instructionReference], [true, 4, '0x800000e4']);
    assert.equal(behind!.verified, false);
    const stop = await adapter.goOn();
    assert.equal(stop.reason, 'breakpoint');
    assert.deepEqual(stop.hitBreakpointIds, [inside!.id]);
    const top = await adapter.top(hart0);
    assert.deepEqual([top.source, top.line], [source, 4]);
    const locations = await adapter.customRequest('breakpointLocations', { source, line: 1, endLine: 3 });
    assert.deepEqual(locations.body.breakpoints, [{ line: 2 }, { line: 3 }]);
  });

  it('is another when the code has changed; the old one can still be read', async () => {
    program = adapter.image(patches.map(assemble));
    const functions = [{ name: '0x80000000' }, { name: `0x${patched.toString(16)}` }];
    await adapter.begin({ program, snapshot: { when: 'command' } }, { functions });
    await adapter.nextStop();
    const { source: before } = await adapter.top(hart0);
    await adapter.goOn();
    const after = await adapter.top(hart0);
    assert.notDeepEqual(after.source, before);
    assert.match(await listed(after), /addi s1,s1,2$/);
    assert.match(await listed({ ...after, source: before! }), /addi s1,s1,1$/);
    await adapter.goOn();
    assert.deepEqual((await adapter.top(hart0)).source, after.source);
  });

  it('says at a stop what the registers of an instruction hold, and on which pages it has write-faulted', async () => {
    await adapter.begin({ program }, { filters: ['write-fault'] });
    /** By program counter, the addresses of the pages. */
    const faults = new Map<string, string[]>();
    for (let stops = 0; stops < 4; stops++) {
      const { text } = stops === 0 ? await adapter.nextStop() : await adapter.goOn();
      const [, page = '', pc = ''] = /\(page (0x[0-9a-f]+)\) from pc (0x[0-9a-f]+)/.exec(text ?? '') ?? [];
      faults.set(pc, [...(faults.get(pc) ?? []), `${page}000`].sort());
      const { id, source, line } = await adapter.top(hart0);
      const { body } = await adapter.customRequest('freezeframe.listingHints', { source });
      const pages = faults.get(pc)!;
      const here = body.writeFaults.find((each: { line: number }) => each.line === line);
      assert.deepEqual(here, { line, count: pages.length, pages });
      const [{ registers, ...stands }] = body.harts;
      assert.deepEqual(stands, { line, thread: 'hart 0' });
      assert.ok(Object.keys(registers).length > 0);
      for (const [name, value] of Object.entries(registers)) {
        const { result } = (await adapter.evaluateRequest({ expression: `$${name}`, frameId: id })).body;
        assert.ok(result.includes(value as string), `${name}: ${result}, not ${value}`);
      }
    }
    assert.ok([...faults.values()].some(({ length }) => length > 1));
  });

  it('is told apart by session in VS Code, which opens it by a URI', async () => {
    await adapter.begin({ program, __sessionId: 'a-1' }, { functions: [{ name: 'main' }] });
    await adapter.nextStop();
    const { source } = await adapter.top(hart0);
    assert.deepEqual(source, { name: 'main.s', path: 'freezeframe-listing:/main.s?a-1.1' });
    const { body } = await adapter.sourceRequest({ source, sourceReference: 0 });
    assert.match(body.content, /^[0-9a-f]{16} <main>:\n/);
    const path = source!.path!.replace('a-1', 'b-2');
    const answer = await adapter.setBreakpointsRequest({ source: { path }, breakpoints: [{ line: 2 }] });
    assert.equal(answer.body.breakpoints[0]!.verified, false);
  });

  it('stands in for a source that is not there, whose line is named', async () => {
    program = adapter.file('guest.elf', readFileSync(workingSet));
    await adapter.begin({ program }, { functions: [{ name: 'rewrite_page' }] });
    await adapter.nextStop();
    const top = await adapter.top(hart0);
    assert.equal(top.source!.name, 'rewrite_page.s');
    assert.equal(top.name, `rewrite_page (${adapter.folder}/working-set.c:29)`);
    const memoryReference = top.instructionPointerReference!;
    const { body } = await adapter.customRequest('disassemble', { memoryReference, instructionCount: 1 });
    assert.equal(body.instructions[0].location, undefined);
    await adapter.nextRequest({ threadId: hart0 });
    await adapter.nextStop();
    assert.equal((await adapter.top(hart0)).line, top.line + 1, 'a step is an instruction');
  });
});
