import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { readSymbolFile } from '../../debug-adapter/emulator/machine/symbol-file';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { bench } from '../snapshot/harness';
import { linuxGuest } from './linux-guest';

describe("names of a kernel's functions", () => {
  it('from a list like System.map name where it is, and stop it there', async () => {
    const { debuggee, machine } = bench({ machine: linuxGuest(128, 'console=ttyS0 quiet') });
    const guest = new EmbeddedGuest(debuggee);
    await guest.printed(shellPrompt);
    guest.type("grep -E '(newuname|sys_getcwd|sys_sync)$' /proc/kallsyms; echo e''nd\r");
    await guest.printed('end\r\n');
    const bytes = Buffer.from(guest.console);
    for (const image of readSymbolFile({ path: 'kallsyms', bytes })) machine.symbols.add(image);
    const address = debuggee.symbolAddress('__do_sys_newuname')!;
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address }] });
    guest.type('uname -r\r');
    assert.deepEqual(await debuggee.run({ kind: 'continue' }), {
      reason: 'breakpoint',
      thread: 'hart0',
      breakpointIds: [1],
    });
    assert.equal(debuggee.stack('hart0')[0]!.name, '__do_sys_newuname');
  });
});
