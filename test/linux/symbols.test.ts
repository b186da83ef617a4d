import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { inMemory } from '../../debug-adapter/emulator/machine/image-file';
import { readSymbolFiles } from '../../debug-adapter/emulator/machine/symbol-file';
import { findKallsyms } from '../../debug-adapter/kallsyms/kallsyms';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { bench } from '../snapshot/harness';
import { benchAtShell } from './at-shell';
import { linuxGuest } from './linux-guest';

describe("a kernel's own symbols", () => {
  it('are found in RAM, as the guest prints them, and lead a stack through the system call into user space', async () => {
    const { debuggee } = await benchAtShell();
    const guest = new EmbeddedGuest(debuggee);
    const address = debuggee.symbolAddress('__do_sys_newuname')!;
    // Before the first instruction, too: in the image as it was loaded.
    assert.equal(bench({ machine: linuxGuest(128) }).debuggee.symbolAddress('__do_sys_newuname'), address);
    guest.type("grep -E '(newuname|sys_getcwd|sys_sync)$' /proc/kallsyms; echo e''nd\r");
    await guest.printed('end\r\n');
    const printed = readSymbolFiles([
      inMemory({ path: 'kallsyms', bytes: Buffer.from(guest.console.replaceAll('\r', '')) }),
    ]);
    const symbols = printed.flatMap((image) => image.symbols);
    for (const symbol of symbols) assert.equal(debuggee.symbolAddress(symbol.name), symbol.address, symbol.name);
    assert.ok(symbols.length >= 3);

    // What its pages are, without a vmlinux.
    const { pages } = debuggee;
    const root = (debuggee.names('hart 0').lookup('satp') as bigint) & ((1n << 44n) - 1n);
    const whatAt = (physical: number | undefined) => {
      const of = pages.at(physical!)!;
      return pages.info(of.page, of.block).what!;
    };
    const whatIs = (symbol: string) => whatAt(debuggee.physicalAddress('hart 0', debuggee.symbolAddress(symbol)!));
    assert.deepEqual(whatAt(Number(root) * 4096), ['root page table of hart 0']);
    assert.deepEqual(whatIs('__do_sys_newuname'), ['kernel text']);
    assert.deepEqual(whatIs('linux_banner'), ['kernel read-only data']);
    assert.deepEqual(whatIs('init_task'), ['kernel data']);
    assert.deepEqual(whatAt(0x8000_0000 + (126 << 20)), ['device tree']);

    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address }] });
    guest.type('uname -r\r');
    const stop = await debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'breakpoint', thread: 'hart 0', breakpointIds: [1] });
    const stack = debuggee.stack('hart 0');
    const names = stack.map(({ name }) => name.replace(/\+.*/, ''));
    assert.equal(names[0], '__do_sys_newuname');
    const [call, handler, trap, user] = names.slice(names.indexOf('do_trap_ecall_u'));
    assert.deepEqual([call, handler], ['do_trap_ecall_u', 'handle_exception']);
    assert.match(trap!, /^<trap.*U-mode/);
    assert.match(user!, /^0x/);
    assert.ok(!stack.some((frame) => frame.kind === 'guest' && frame.isGuess), names.join());

    // Of a kernel thread, which nobody has called.
    const inWorker = debuggee.symbolAddress('process_one_work')!;
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 2, address: inWorker }] });
    assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'breakpoint');
    const ofWorker = debuggee.stack('hart 0').map(({ name }) => name.replace(/\+.*/, ''));
    assert.deepEqual(ofWorker.slice(0, 3), ['process_one_work', 'worker_thread', 'kthread']);
    assert.match(ofWorker.at(-1)!, /^ret_from_fork/);
  });

  it('are refused, whatever is wrong with them, in time', async () => {
    const { kernel } = linuxGuest(128);
    const image = kernel.bytes.slice();
    const text = Buffer.from(image.buffer);
    const digits = Buffer.from([...'0123456789'].map((digit) => `${digit}\0`).join(''), 'latin1');
    const tokens = text.indexOf(digits, text.indexOf(digits) + 1);
    assert.ok(findKallsyms(image));
    for (let damaged = tokens - 2000; damaged < tokens + 2000; damaged += 97) {
      const bytes = image.slice();
      bytes.fill(0xff, damaged, damaged + 8);
      const found = findKallsyms(bytes);
      assert.ok(found === undefined || found.length > 50_000);
    }
    assert.equal(
      findKallsyms(new Uint8Array(1 << 20).map((_, index) => (index % 2 === 0 ? 0x30 + ((index / 2) % 10) : 0))),
      undefined,
    );
  });
});
