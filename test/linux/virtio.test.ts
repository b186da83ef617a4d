import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { Bench } from '../snapshot/harness';
import { runToEnd, runToText } from '../snapshot/typing';
import { benchAtShell, everyDevice } from './at-shell';

/** Told apart from the echo of the command that prints it. */
const end = 'end=42\r\n';
const mainLoopActor = 0x81;

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function answer(run: Bench, command: string): Promise<string> {
  const from = run.console().length;
  run.debuggee.consoleInput(new TextEncoder().encode(`${command}; echo end=$((6*7))\r`));
  await runToText(run, end, from);
  return run.console().slice(from);
}

describe('Linux with virtio devices', () => {
  it('keeps files on a disk whose image stays as it is, is snapshotted meanwhile, and meets the disk’s end', async () => {
    const disk = new Uint8Array(2 << 20);
    const run = await benchAtShell({ virtio: everyDevice(disk) });
    const random = await answer(run, 'cat /sys/class/misc/hw_random/rng_current; head -c 4 /dev/hwrng | hexdump');
    assert.match(random, /virtio_rng\.0\r\n0000000 [0-9a-f]{4} [0-9a-f]{4} /);

    assert.doesNotMatch(await answer(run, 'mkdosfs /dev/vda && mount /dev/vda /mnt'), /error|failed/);
    run.debuggee.takeSnapshot();
    // What the disk reads goes into pages that nobody else writes, and meets their protection.
    const readSome = 'dd if=/dev/vda of=/dev/null bs=64k count=16';
    const writes = await answer(run, `${readSome}; for i in 1 2; do seq 1 4000 > /mnt/$i; sync; done; umount /mnt`);
    assert.doesNotMatch(writes, /error|failed/);
    // One kernel writes faster than the other.
    if (run.debuggee.isTakingSnapshot) await runToEnd(run);
    const { states, actors } = run.machine.core.pages;
    assert(states.some((state, page) => state !== PageState.Untracked && actors[page] === mainLoopActor));
    assert.match(run.messages[0]!, /RAM in the file is RAM at the freeze, each page once\. Its disk is in /);

    const read = await answer(run, 'mount /dev/vda /mnt && sha256sum /mnt/2; grep vda /proc/mounts');
    assert(read.includes(sha256(numbers(4000))), read);
    assert.match(read, /^\/dev\/vda \/mnt vfat rw/m);
    assert(disk.every((byte) => byte === 0));

    // A file system of twice the disk's size: what lies beyond the end gives an error, and the guest goes on.
    const beyond = await answer(run, 'umount /mnt; mkdosfs /dev/vda 4096; mount /dev/vda /mnt; ls /mnt');
    assert.doesNotMatch(beyond, /error|failed/);
    const tooMuch = 'dd if=/dev/zero of=/mnt/big bs=64k count=50 conv=fsync; dmesg | grep -c "beyond end of device"';
    assert.match(await answer(run, tooMuch), /Input\/output error[\s\S]*\n[1-9]\d*\r\nend/);
  });

  it('pings its peer, talks over hvc0, and gives memory to the balloon and takes it back', async () => {
    const run = await benchAtShell({ virtio: everyDevice() });
    const ping = await answer(run, 'ifconfig eth0 10.0.2.15 && ping -c 2 -i 0.2 10.0.2.2');
    assert.match(ping, /2 packets transmitted, 2 packets received, 0% packet loss/);

    const from = run.console().length;
    const type = (text: string) => run.debuggee.consoleInput(new TextEncoder().encode(text));
    // What is typed is for the console that was printed on last.
    type('(echo a line, please; head -n 1) < /dev/hvc0 > /dev/hvc0; echo thanks=$((6*7))\r');
    await runToText(run, 'a line, please\r\n', from);
    type('here it is\r');
    await runToText(run, 'thanks=42', from);
    assert.match(run.console().slice(from), /here it is\r\nhere it is\r\n/);

    const memory = async () => Number(/MemTotal: +(\d+) kB/.exec(await answer(run, 'grep MemTotal /proc/meminfo'))![1]);
    const before = await memory();
    await run.debuggee.monitor('balloon 120');
    await answer(run, 'sleep 1');
    assert.equal(before - (await memory()), 8192);
    assert.equal(await run.debuggee.monitor('info balloon'), 'balloon: actual=120\n');
    await run.debuggee.monitor('balloon 128');
    await answer(run, 'sleep 1');
    assert.equal(await memory(), before);
  });
});
