import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter } from './recorded-adapter';

const ramEnd = 0x8000_0000 + (4 << 20);

describe('a guest that stands still, over DAP,', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    await adapter.begin({ ram: '4M', stopOnEntry: true }, { functions: [{ name: 'main' }, { name: 'nowhere' }] });
    await adapter.nextStop();
  });
  afterEach(() => adapter.stop());

  const disassemble = async (args: object): Promise<Dap.DisassembledInstruction[]> =>
    (await adapter.customRequest('disassemble', args)).body.instructions;

  it('stops at a function, and says which breakpoint that was', async () => {
    const { body } = await adapter.setFunctionBreakpointsRequest({
      breakpoints: [{ name: 'main' }, { name: 'nowhere' }],
    });
    const [main, nowhere] = body.breakpoints;
    assert.ok(main?.verified && !nowhere?.verified);
    assert.match(nowhere?.message ?? '', /nowhere/);
    const stop = await adapter.goOn();
    assert.equal(stop.reason, 'breakpoint');
    assert.deepEqual(stop.hitBreakpointIds, [main?.id]);
    assert.equal(await adapter.evaluate('pc == main'), 'true');
  });

  it('disassembles exactly as many instructions as are asked for, and marks those outside memory', async () => {
    for (const [memoryReference, instructionOffset] of [
      ['0x80000100', -20],
      ['0x80000100', 20],
      ['0x80000000', -8],
      ['0x10', 0],
    ] as const) {
      const instructions = await disassemble({ memoryReference, instructionOffset, instructionCount: 50 });
      assert.equal(instructions.length, 50, `${memoryReference} ${instructionOffset}`);
      if (memoryReference === '0x10') assert.ok(instructions.every((i) => i.presentationHint === 'invalid'));
    }
  });

  it('reads memory up to its end, and counts what cannot be read', async () => {
    const memoryReference = `0x${(ramEnd - 8).toString(16)}`;
    const { body } = await adapter.customRequest('readMemory', { memoryReference, count: 32 });
    assert.equal(body.address, memoryReference);
    assert.equal(Buffer.from(body.data, 'base64').length, 8);
    assert.equal(body.unreadableBytes, 24);
    await assert.rejects(adapter.customRequest('readMemory', { memoryReference: 'main', count: 1 }), {
      message: /"main" is not a valid address/,
    });
  });

  it('reads physical memory past the MMU, and nothing where there is none', async () => {
    const read = async (memoryReference: string): Promise<string | undefined> =>
      (await adapter.customRequest('readMemory', { memoryReference, count: 64 })).body.data;
    assert.equal(await read('physical:0x80000000'), await read('0x80000000'));
    assert.equal(await read('physical:0x10000000'), '');
    assert.equal(await read('physical:0xffffffffffffffff'), '');
  });

  it('evaluates memory as the disassembly shows it', async () => {
    const [first] = await disassemble({ memoryReference: '0x80000000', instructionCount: 1 });
    const byte = Number.parseInt(first!.instructionBytes!.slice(0, 2), 16);
    assert.equal(await adapter.evaluate(`u8(0x80000000) == ${byte}`), 'true');
    await assert.rejects(adapter.evaluate('nonsense'), { message: /is not a register, a symbol/ });
  });

  it('refuses frames of an earlier stop', async () => {
    const { id } = await adapter.top(1);
    await adapter.nextRequest({ threadId: 1 });
    await adapter.nextStop();
    await assert.rejects(adapter.scopesRequest({ frameId: id }), { message: /earlier stop/ });
  });
});
