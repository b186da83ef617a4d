import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snapshotPath } from '../snapshot/harness';
import { runToEnd, typeLine } from '../snapshot/typing';
import { Qemu } from '../stream/qemu';
import { benchAtShell, everyDevice } from './at-shell';

const deviceArguments = [
  ...['-device', 'virtio-blk-device,drive=d', '-device', 'virtio-rng-device'],
  ...['-device', 'virtio-serial-device', '-chardev', 'null,id=c', '-device', 'virtconsole,chardev=c'],
  ...['-netdev', 'user,id=n', '-device', 'virtio-net-device,netdev=n', '-device', 'virtio-balloon-device'],
];

describe('Linux that uses all virtio devices', () => {
  it('goes on with them in a real QEMU that restores our snapshot', async () => {
    const run = await benchAtShell({ virtio: everyDevice() });
    const use = 'ifconfig eth0 10.0.2.15; mkdosfs /dev/vda; mount /dev/vda /mnt; echo kept > /mnt/before; sync';
    await typeLine(run, `${use}; ping -c 1 10.0.2.2; echo used=$((6*7))`, 'used=42');
    run.debuggee.takeSnapshot();
    await runToEnd(run);

    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-virtio-'));
    try {
      const [stream, image] = [join(folder, 'stream'), join(folder, 'disk')];
      writeFileSync(stream, run.files.get(snapshotPath)!);
      writeFileSync(image, run.files.get(`${snapshotPath}.disk`)!);
      const drive = ['-drive', `if=none,format=raw,id=d,file=${image}`];
      const qemu = await Qemu.start(['-m', '128M', ...drive, ...deviceArguments, '-incoming', `exec:cat ${stream}`]);
      try {
        await qemu.until(() => qemu.isRunning(), 'restored machine');
        const commands = 'cat /mnt/before; echo > /mnt/after; umount /mnt; mount /dev/vda /mnt; ls /mnt';
        qemu.type(`${commands}; ping -c 1 10.0.2.2; head -c 2 /dev/hwrng | hexdump; echo done=$((6*7))\r`);
        await qemu.printed('done=42');
        assert.match(qemu.console, /kept\r\nafter +before\r\n/);
        assert.match(qemu.console, /1 packets received, 0% packet loss/);
        assert.match(qemu.console, /0000000 [0-9a-f]{4} /);
        await qemu.execute('balloon', { value: 120 << 20 });
        const isGiven = async () => ((await qemu.execute('query-balloon')) as { actual: number }).actual === 120 << 20;
        await qemu.until(isGiven, 'balloon of 8 MiB');
      } finally {
        await qemu.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
