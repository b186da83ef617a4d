import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { EmbeddedGuest } from '../interop/embedded-guest';
import { bench, snapshotPath } from '../snapshot/harness';
import { readSnapshot } from '../stream/naive-reader';
import { benchAtShell } from './at-shell';
import { linuxGuest } from './linux-guest';

const mib = 1024 * 1024;
const zerosHash = (byteCount: number): string => createHash('sha256').update(Buffer.alloc(byteCount)).digest('hex');
/** So many processes at a time, each of which reads and writes; all of them ended well. */
const parallelLoad = (processes: number): string =>
  'dd if=/dev/urandom of=/noise bs=64k count=1 2>/dev/null; ' +
  `for p in $(seq ${processes}); do (for i in 1 2; do sha256sum /noise; done | sort -u > /sum$p) & done; wait; ` +
  'sha256sum /noise > /sum0; cat /sum? | sort -u | wc -l; cat /sum? | wc -l';

describe("Debian's Linux on several harts", () => {
  it('boots on four, with 1 GiB of RAM, computes in parallel, stops and starts a hart, and powers off', async () => {
    const { debuggee } = bench({ machine: { ...linuxGuest(1024), hartCount: 4 }, msPerLook: 1 });
    const guest = new EmbeddedGuest(debuggee);
    await guest.printed(shellPrompt);
    const answer = async (command: string): Promise<string> => {
      const from = guest.console.length;
      guest.type(`${command}; echo end=$((6*7))\r`);
      await guest.printed('end=42', from);
      return guest.console.slice(from);
    };
    assert.match(await answer('grep -c ^processor /proc/cpuinfo'), /\n4\r\n/);
    assert.match(await answer(parallelLoad(8)), /\n1\r\n9\r\n/);
    const big = await answer('dd if=/dev/zero of=/zeros bs=1M count=2 2>/dev/null; sha256sum /zeros');
    assert(big.includes(`${zerosHash(2 * mib)}  /zeros`), big);
    const perHart = /riscv-timer|RISC-V INTC +5/;
    const ticks = (await answer('cat /proc/interrupts')).split('\r\n').find((line) => perHart.test(line))!;
    assert.equal(ticks.match(/\b\d{3,}\b/g)!.length, 4, ticks);
    // By SBI's hart state management: the hart waits in the firmware, then starts anew.
    const [online, control] = ['/sys/devices/system/cpu/online', '/sys/devices/system/cpu/cpu1/online'];
    const [stopped, started] = ['\n0,2-3\r\n', '\n0-3\r\n'];
    assert((await answer(`echo 0 > ${control}; cat ${online}`)).includes(stopped));
    assert((await answer(`echo 1 > ${control}; cat ${online}`)).includes(started));
    guest.type('poweroff\r');
    const stop = await debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'exited', thread: 'hart 0', exitCode: 0 });
  });

  it('is snapshotted by writing harts, byte for byte as it was, and goes on without an error', async () => {
    const run = await benchAtShell({ hartCount: 2 }, { trigger: { kind: 'console', text: 'copied=2' } });
    const { debuggee, machine, files } = run;
    let frozen: Uint8Array | undefined;
    const guest = new EmbeddedGuest(debuggee, (phase) => {
      if (phase === 'wp-arm') frozen = machine.core.ram.slice();
    });
    const copies = 'for p in 1 2 3; do for i in 1 2 3 4; do cp /zeros /copy$p; echo copied=$i; done & done; wait';
    guest.type(`dd if=/dev/zero of=/zeros bs=1M count=4; ${copies}; sha256sum /copy? | sort -u; poweroff\r`);
    const message = await guest.message();
    assert.match(message, /RAM in the file is RAM at the freeze, each page once/);
    assert(Number(/(\d+) write faults/.exec(message)![1]) > 200, message);
    const ram = readSnapshot(files.get(snapshotPath)!).blocks.get('riscv_virt_board.ram')!;
    assert(Buffer.from(ram.bytes).equals(frozen!));
    assert(!guest.console.includes('/copy1\r\n'), 'the copies ended before the snapshot');
    debuggee.setBreakpoints(noBreakpoints);
    const stop = await debuggee.run({ kind: 'continue' });
    assert.deepEqual(stop, { reason: 'exited', thread: 'hart 0', exitCode: 0 });
    for (const copy of [1, 2, 3]) assert(guest.console.includes(`${zerosHash(4 * mib)}  /copy${copy}`), guest.console);
  });
});
