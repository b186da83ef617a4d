import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assemble } from '../../debug-adapter/emulator/isa/assembler';
import { RecordedAdapter } from './recorded-adapter';

describe('the debug console', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    const code = ['auipc a1,1', 'addi a0,zero,-2', 'sw a0,0(a1)', 'jal zero,0'];
    const program = adapter.image(code.map(assemble));
    await adapter.begin({ program, ram: '1M', stopOnEntry: true, snapshot: { when: 'command' } });
    await adapter.nextStop();
    await type('pc = 0x80000000');
  });
  afterEach(() => adapter.stop());

  const type = async (expression: string): Promise<string> =>
    (await adapter.evaluateRequest({ expression, context: 'repl' })).body.result;
  const complete = async (text: string): Promise<Dap.CompletionItem[]> =>
    (await adapter.customRequest('completions', { text, column: text.length + 1 })).body.targets;
  const labels = async (text: string): Promise<string[]> => (await complete(text)).map(({ label }) => label);

  it("prints values in gdb's formats", async () => {
    await type('a0 = -2');
    assert.equal(await type('p a0'), '18446744073709551614 (0xfffffffffffffffe)');
    assert.equal(await type('p/x a0'), '0xfffffffffffffffe');
    assert.equal(await type('p/d a0'), '-2');
    assert.equal(await type('print/t 10'), '1010');
    assert.equal(await type('p/o 8'), '010');
    assert.equal(await type('p/c 65'), "65 'A'");
    assert.equal(await type('p a0 = 7'), '7');
    assert.equal(await type('a0'), '7');
    await assert.rejects(type('p/y a0'), /the formats are x, d, u, o, t, a, c/);
  });

  it('examines memory, code and strings, as far as they can be read', async () => {
    await type('u64(0x80002000) = 0x0041_ffff_4241_0001');
    assert.equal(await type('x/2xw 0x80002000'), '0x80002000:\t0x42410001\t0x0041ffff');
    assert.equal(await type('x/3dh 0x80002000'), '0x80002000:\t1\t16961\t-1');
    assert.equal(await type('x/xg 0x80002000'), '0x80002000:\t0x0041ffff42410001');
    assert.equal(await type('x/2c 0x80002002'), "0x80002002:\t65 'A'\t66 'B'");
    assert.equal(await type('x/s 0x80002002'), '0x80002002:\t"ABÿÿA"');
    assert.match(await type('x/2i $pc'), /^=> 0x80000000:\t\S.*\n {3}0x80000004:\t\S.*$/);
    assert.match(
      await type('x/4xb 0x800ffffe'),
      /^0x800ffffe:\t0x00\t0x00\nCannot access memory at address 0x80100000$/,
    );
  });

  it('shows registers and the stack', async () => {
    await type('sp = 0x1234');
    assert.equal(
      await type('info registers sp $pc').then((text) => text.replaceAll(/ +/g, ' ')),
      'sp 0x1234 4660\npc 0x80000000 2147483648',
    );
    assert.equal((await type('i r')).split('\n').length, 33);
    assert.match(await type('bt'), /^#0 {2}0x80000000 in /);
    await assert.rejects(type('info registers nothing'), /it is not a register/);
  });

  it("shows QEMU's `info registers` as QEMU does, but for the hypervisor's", async () => {
    const program = 'qemu-system-riscv64';
    const qemu = execFileSync(
      program,
      ['-M', 'virt', '-display', 'none', '-S', '-monitor', 'stdio', '-serial', 'none', '-bios', 'none'],
      { input: 'info registers\nquit\n', encoding: 'utf8' },
    );
    const names = (text: string): string[] =>
      [...text.matchAll(/ ([\w/]+) +[0-9a-f]{16}/g)]
        .map(([, name]) => name!)
        .filter((name) => !/^(v|h)|2$/.test(name) || name === 'pc');
    const ours = await type('monitor info registers');
    assert.deepEqual(
      names(ours),
      names(qemu).filter((name) => !['hstatus', 'hideleg', 'hedeleg', 'htval', 'mtval2'].includes(name)),
    );
    assert.match(ours, /^CPU#0\n pc {7}0000000080000000\n mhartid {2}0000000000000000\n/);
  });

  it('says that only a real QEMU runs until a page is sent', async () => {
    await assert.rejects(type('until 0x80000000'), /Only a real QEMU can be run until a page is sent/);
  });

  it('has no QEMU to repair or to kill', async () => {
    for (const request of ['freezeframe.repairGuest', 'freezeframe.killQemu'])
      await assert.rejects(adapter.customRequest(request, {}), /This guest is emulated here/);
  });

  it('completes commands, registers, names and symbols', async () => {
    assert.deepEqual(await labels('mon'), ['monitor']);
    assert.ok((await labels('')).includes('x/'));
    assert.ok(
      (await labels('monitor info ')).length === 0 || (await labels('monitor info r')).includes('info registers'),
    );
    assert.ok((await labels('monitor mig')).includes('migrate_cancel'));
    assert.deepEqual(await complete('p/x $mst'), [{ label: 'mstatus', type: 'variable', start: 5, length: 3 }]);
    assert.ok((await labels('u32(s')).includes('sp'));
    assert.ok((await labels('phase == 1 && pag')).includes('page'));
  });
});
