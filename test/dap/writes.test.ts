import assert from 'node:assert/strict';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter } from './recorded-adapter';

describe('what a debugger writes', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  const scopes = async (): Promise<Dap.Scope[]> => {
    const { id } = await adapter.top(1);
    const all = (await adapter.scopesRequest({ frameId: id })).body.scopes;
    return all.filter(({ name }) => name !== 'Locals' && name !== 'Globals');
  };
  const set = async (scope: number, name: string, value: string): Promise<string> => {
    const { variablesReference } = (await scopes())[scope]!;
    return (await adapter.setVariableRequest({ variablesReference, name, value })).body.value;
  };
  const type = async (expression: string): Promise<string> =>
    (await adapter.evaluateRequest({ expression, context: 'repl' })).body.result;
  const write = async (memoryReference: string, bytes: number[], offset = 0): Promise<number> => {
    const data = Buffer.from(bytes).toString('base64');
    return (await adapter.customRequest('writeMemory', { memoryReference, offset, data })).body.bytesWritten;
  };

  describe('to a guest that stands at its first instruction', () => {
    beforeEach(async () => {
      await adapter.begin({ ram: '4M', stopOnEntry: true, snapshot: { when: 'command' } });
      await adapter.nextStop();
    });

    it('reaches registers of each kind, and is what they keep of it', async () => {
      assert.equal(await set(0, 'a0', '0x10 + 1'), '0x0000000000000011');
      assert.match(await set(0, 'pc', 'main'), /^0x8000[0-9a-f]{4}$/);
      assert.equal(await adapter.evaluate('pc == main && x10 == 17'), 'true');
      assert.equal(await set(1, 'fa0', '-1'), '0xffffffffffffffff');
      // mtvec's mode 2 is reserved (privileged manual, section 3.1.7): the write changes nothing.
      const before = await adapter.evaluate('mtvec');
      await set(2, 'mtvec', '0x80000002');
      assert.equal(await adapter.evaluate('mtvec'), before);
      assert.equal(await set(2, 'mscratch', '1 << 63'), '0x8000000000000000');
    });

    it('is refused where nothing can be written', async () => {
      await assert.rejects(set(0, 'zero', '1'), /`zero` is read-only/);
      await assert.rejects(set(0, 'nothing', '1'), /`nothing` is read-only/);
      await assert.rejects(type('zero = 1'), /`zero` is not a register that can be written/);
      await assert.rejects(set(0, 'a0', '1 << 63 << 1'), /does not fit into 64 bits/);
      await assert.rejects(write('0x10000000', [1]), /there is no RAM at 0x10000000/);
      await assert.rejects(write('0x803ffffe', [1, 2, 3]), /there is no RAM at 0x80400000/);
      await assert.rejects(adapter.evaluate('a0 = 1'), /assignments are for the debug console/);
    });

    it('reaches memory by an assignment, by setExpression and as bytes', async () => {
      await type('*0x80200000 = 0');
      assert.equal(await type('*(u16 *)0x80200000 = 0x1234'), '4660 (0x1234)');
      assert.equal(await type('u16(0x80200000) += 1'), '4661 (0x1235)');
      const { body } = await adapter.customRequest('setExpression', {
        expression: '((u8 *)0x80200000)[2]',
        value: '-1',
      });
      assert.equal(body.value, '255 (0xff)');
      assert.equal(await write('0x80200000', [7, 8], 3), 2);
      assert.equal(await write('physical:0x80200005', [9]), 1);
      assert.equal(await adapter.evaluate('u64(0x80200000) == 0x090807ff1235'), 'true');
    });

    it('is executed when it is code', async () => {
      await type('pc = main');
      // li a0, 42
      await type('u32(pc) = 0x02a00513');
      await adapter.nextRequest({ threadId: 1 });
      await adapter.nextStop();
      assert.equal(await adapter.evaluate('a0'), '42 (0x2a)');
    });
  });

  it('meets page protection as in a VMM, and waits for the page only when told to', async () => {
    const page = 0x80a00;
    await adapter.begin({}, { filters: ['phase.save', 'phase.completed'] });
    await adapter.nextStop();
    await assert.rejects(type('wait'), /No write is waiting/);
    const before = await adapter.evaluate('u32(0x80a00000)');
    await assert.rejects(type(`u32(0x${page.toString(16)}000) = 7`), /Page 0x80a00 is write-protected.*type `wait`/);
    assert.equal(await adapter.evaluate('u32(0x80a00000)'), before);
    assert.match(await type('wait'), /when the guest continues/);
    const said = new Promise<string>((done) => {
      adapter.on('output', ({ body }: Dap.OutputEvent) => done(body.output));
    });
    const info = async () => (await adapter.customRequest('freezeframe.pageInfo', { page: page - 0x80000 })).body;
    await adapter.goOn();
    assert.equal(await adapter.evaluate('u32(0x80a00000)'), '7');
    assert.equal((await info()).state, 'copied by fault');
    // The page has been saved: it takes writes at once.
    await type('u32(0x80a00000) = 8');
    await assert.rejects(type('wait'), /No write is waiting/);
    await adapter.continueRequest({ threadId: 1 });
    assert.match(await said, /RAM in the file is RAM at the freeze/);
  });
});
