import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { requirePart } from '../../tools/parts.mjs';
import { pcFirmware, pcLoop } from '../qemu/pc-guest';
import { RecordedAdapter } from './recorded-adapter';

const pcArgs = ['-m', '16M', '-vga', 'none', '-nic', 'none', '-display', 'none', '-serial', 'stdio'];

describe('a real QEMU of another machine over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = await RecordedAdapter.started();
    await adapter.initializeRequest();
  });
  afterEach(() => adapter.stop());

  const begin = async (binary: string, args: readonly string[]): Promise<number> => {
    const snapshot = { when: 'command', output: join(adapter.folder, 'real.qemu') };
    await adapter.launchRequest({ qemu: { binary, args }, snapshot, stopOnEntry: true } as never);
    await adapter.configurationDoneRequest();
    return (await adapter.nextStop()).threadId!;
  };
  const disassembled = async (memoryReference: string, instructionOffset: number, instructionCount: number) =>
    (await adapter.disassembleRequest({ memoryReference, instructionOffset, instructionCount })).body!.instructions;
  const registers = async (frameId: number): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> => {
    const { scopes } = (await adapter.scopesRequest({ frameId })).body;
    const groups = new Map<string, Map<string, string>>();
    for (const { name, variablesReference } of scopes) {
      const { variables } = (await adapter.variablesRequest({ variablesReference })).body;
      groups.set(name, new Map(variables.map((each) => [each.name, each.value])));
    }
    return groups;
  };
  const monitor = async (line: string): Promise<string> =>
    (await adapter.evaluateRequest({ expression: `monitor ${line}`, context: 'repl' })).body.result;

  it('shows a PC’s registers and code as QEMU and gdb have them, in 16 bits and in 64', async () => {
    const firmware = adapter.file('firmware', pcFirmware());
    const threadId = await begin(requirePart('qemu-x86'), [...pcArgs, '-bios', firmware]);
    const reset = await adapter.top(threadId);
    // An offset of 0xfff0 into a segment that begins 64 KiB below 4 GiB.
    assert.equal(reset.name, '0xfffffff0');
    assert.equal((await registers(reset.id)).get('Registers')!.get('rip'), '0x000000000000fff0');
    const [first] = await disassembled(reset.instructionPointerReference!, 0, 1);
    assert.deepEqual([first!.instruction, first!.instructionBytes], ['ljmp 0xf000:0', 'ea 00 00 00 f0']);

    const said = adapter.waitForEvent('freezeframe.console');
    await adapter.continueRequest({ threadId });
    assert.equal(Buffer.from((await said).body.bytes, 'base64').toString(), '6');
    await adapter.pauseRequest({ threadId });
    await adapter.nextStop();
    const frame = await adapter.top(threadId);
    const pc = BigInt(frame.instructionPointerReference!);

    const groups = await registers(frame.id);
    assert.deepEqual([...groups.keys()], ['Registers', 'Floating-point registers', 'Vector registers']);
    const ours = groups.get('Registers')!;
    const theirs = [...(await monitor('info registers')).matchAll(/\b((?!RFL)R\w+|CR[0-4]|EFER) *=([0-9a-f]+)/g)];
    assert.equal(theirs.length, 22);
    for (const [, name, value] of theirs)
      assert.equal(BigInt(ours.get(name!.toLowerCase())!), BigInt(`0x${value}`), name);
    assert.equal(ours.get('r15'), '0x1122334455667788');
    assert.equal(groups.get('Vector registers')!.get('xmm3'), '0x00000000000000001122334455667788');
    assert.equal(groups.get('Floating-point registers')!.get('st0'), `0x${'0'.repeat(20)}`);

    const rows = await disassembled(frame.instructionPointerReference!, -40, 80);
    assert.equal(rows.length, 80);
    assert.equal(BigInt(rows[40]!.address), pc);
    const loop = rows.filter(({ address }) => BigInt(address) >= pcLoop.start && BigInt(address) < pcLoop.end);
    assert.deepEqual(
      loop.map(({ instruction }) => instruction),
      pcLoop.instructions,
    );
    const readable = rows.filter(({ presentationHint }) => presentationHint !== 'invalid');
    const end = (row: Dap.DisassembledInstruction) =>
      BigInt(row.address) + BigInt(row.instructionBytes!.split(' ').length);
    for (const [index, row] of readable.slice(1).entries()) assert.equal(BigInt(row.address), end(readable[index]!));

    // A line of the listing that stands for a source.
    const { source, line } = frame;
    const { content } = (await adapter.sourceRequest({ source: source!, sourceReference: source!.sourceReference! }))
      .body;
    const here = rows[40]!;
    assert.match(content.split('\n')[line - 1]!, new RegExp(`^ *${pc.toString(16)}: +${here.instructionBytes} +`));

    const stub = join(adapter.folder, 'stub');
    await monitor(`gdbserver unix:${stub},server=on,wait=off`);
    assert.deepEqual(
      gdbSays(stub, pcLoop.start, loop.length),
      loop.map(({ address, instruction }) => `${address} ${comparable(instruction)}`),
    );
  });

  it('shows memory where a paused PC’s page tables have it: RAM, ROM, and where there is none', async () => {
    const firmware = adapter.file('firmware', pcFirmware());
    const threadId = await begin(requirePart('qemu-x86'), [...pcArgs, '-bios', firmware]);
    const said = adapter.waitForEvent('freezeframe.console');
    await adapter.continueRequest({ threadId });
    await said;
    await adapter.pauseRequest({ threadId });
    await adapter.nextStop();
    const typed = async (expression: string): Promise<string> =>
      (await adapter.evaluateRequest({ expression, context: 'repl' })).body.result;
    const bytes = async (memoryReference: string, count: number): Promise<[string, number | undefined]> => {
      const { data, unreadableBytes } = (await adapter.customRequest('readMemory', { memoryReference, count })).body;
      return [Buffer.from(data, 'base64').toString('hex'), unreadableBytes];
    };
    assert.deepEqual(await bytes('0x220000', 0x3000), await bytes('physical:0xe20000', 0x3000));
    assert.deepEqual(await bytes('0x0', 0x2000), await bytes('physical:0x0', 0x2000));
    // Its page tables, from one to the next.
    const table = (entry: string) => `(*(u64 *)(${entry}) & ~0xfff)`;
    assert.match(await typed(table(`${table(table('0x1000'))} + 8`)), /0xe00000/);
    assert.equal(await typed('x/2xh 0xf00c0'), '0xf00c0:\t0x000f\t0x00b0');
    assert.match(await typed('x/i 0xf0000'), /^ {3}0xf0000:\tcli/);
    assert.deepEqual((await bytes('0x3ffff0', 32))[1], 16);
    await assert.rejects(typed('*(u32 *)0x400000'), /memory at 0x400000 cannot be read/);
  });

  it('shows what a PC’s vCPU has in its registers as it waits in a write fault', async () => {
    const firmware = adapter.file('firmware', pcFirmware());
    const args = [...pcArgs, '-bios', firmware];
    const snapshot = { when: { console: '6' }, output: join(adapter.folder, 'real.qemu') };
    await adapter.launchRequest({ qemu: { binary: requirePart('qemu-x86'), args }, snapshot } as never);
    const condition = 'page != 0x10';
    await adapter.setExceptionBreakpointsRequest({
      filters: [],
      filterOptions: [{ filterId: 'first-write-fault', condition }],
    });
    await adapter.configurationDoneRequest();
    const { description, threadId } = await adapter.nextStop();
    const frame = await adapter.top(threadId!);
    const { rax, r15, rip, ...others } = Object.fromEntries((await registers(frame.id)).get('Registers')!);
    // Its store is at a fixed distance from rax, and 12 MiB lower in its own addresses.
    assert.equal(description, `Write fault on page 0x${((BigInt(rax!) + 0xe20000n) >> 12n).toString(16)}`);
    assert.deepEqual([r15, rip, Object.keys(others).length], ['0x1122334455667788', undefined, 15]);
    const info = await adapter.evaluateRequest({ expression: 'info registers', frameId: frame.id, context: 'repl' });
    assert.match(info.body.result, /^r15 +0x1122334455667788 /m);
  });

  it('shows a 32-bit RISC-V’s registers and code as gdb has them', async () => {
    const binary = requirePart('qemu', 'qemu-system-riscv32');
    const threadId = await begin(binary, ['-M', 'virt', '-bios', 'none', '-display', 'none', '-serial', 'null']);
    const frame = await adapter.top(threadId);
    assert.equal(frame.name, '0x1000');
    const groups = await registers(frame.id);
    assert.equal(groups.get('Registers')!.get('pc'), '0x1000');
    assert.equal(groups.get('Control and status registers')!.get('misa'), '0x00000000401411ad');
    const rows = await disassembled('0x1000', -4, 10);
    assert.equal(rows.length, 10);
    const stub = join(adapter.folder, 'stub');
    await monitor(`gdbserver unix:${stub},server=on,wait=off`);
    assert.deepEqual(
      gdbSays(stub, 0x1000n, 6),
      rows.slice(4).map(({ address, instruction }) => `${address} ${comparable(instruction)}`),
    );
  });
});

/** Address and instruction of each. */
function gdbSays(stub: string, address: bigint, count: number): string[] {
  const commands = ['set disassembly-flavor intel', `target remote ${stub}`, `x/${count}i 0x${address.toString(16)}`];
  const args = ['-batch', '-nx', ...commands.flatMap((command) => ['-ex', command])];
  const output = execFileSync(requirePart('gdb'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return [...output.matchAll(/^(?:=>)? +(0x\w+):\t(.*)$/gm)].map(([, at, text]) => `${at} ${comparable(text!)}`);
}

/** What GNU's tools and Capstone write of one instruction each in their own way. */
function comparable(text: string): string {
  const bare = text.replace(/ *#.*/, '').toLowerCase().replace(/\bds:/, '');
  const numbers = bare.replaceAll(/0x[0-9a-f]+|\b\d+\b/g, (number) => `${BigInt.asIntN(64, BigInt(number))}`);
  // GNU's alias of `addi`.
  return numbers
    .replace(/^addi\b/, 'add')
    .replaceAll(/[\s[\]]/g, '')
    .replaceAll('+-', '-');
}
