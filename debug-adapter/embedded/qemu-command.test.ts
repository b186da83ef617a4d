import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { bareMachine } from '../../test/snapshot/harness';
import { inMemory } from '../emulator/machine/image-file';
import { qemuCommand } from './qemu-command';

const program = { path: 'none', bytes: new Uint8Array(4) };
const path = '/tmp/a.qemu';

describe('the QEMU command that restores a snapshot', () => {
  it('has the RAM and the harts of the machine', () => {
    const machine = bareMachine({ program, ramByteCount: 2 << 20, hartCount: 2 });
    assert.equal(
      qemuCommand(machine, path, []),
      "qemu-system-riscv64 -M virt -m 2M -smp 2 -nographic -nic none -bios none -incoming 'exec:cat /tmp/a.qemu'",
    );
  });

  it('has each device in its slot, and leaves the files of disks as they are', () => {
    const image = inMemory({ path: 'disk', bytes: new Uint8Array(512) });
    const virtio = [{ kind: 'rng', seed: 1 }, { kind: 'block', slot: 0, image }, { kind: 'balloon' }] as const;
    const machine = bareMachine({ program, ramByteCount: 1 << 20, virtio });
    const command = qemuCommand(machine, path, ['/tmp/a,b.disk']);
    const devices = [...command.matchAll(/-device (\S+)/g)].map(([, device]) => device);
    assert.deepEqual(devices, [
      'virtio-rng-device,bus=virtio-mmio-bus.7',
      'virtio-blk-device,drive=virtio0,bus=virtio-mmio-bus.0',
      'virtio-balloon-device,bus=virtio-mmio-bus.6',
    ]);
    assert.match(command, /-drive if=none,id=virtio0,format=raw,snapshot=on,file=\/tmp\/a,,b\.disk /);
    assert.doesNotMatch(command, /force-legacy/);
  });

  it('has the modern interface of the slots if the machine has it', () => {
    const machine = bareMachine({ program, ramByteCount: 1 << 20, hasModernVirtio: true });
    assert.match(qemuCommand(machine, path, []), / -global virtio-mmio\.force-legacy=false /);
  });

  it('is one command for a shell, and so is what QEMU runs of it, whatever the file is called', () => {
    const machine = bareMachine({ program, ramByteCount: 1 << 20 });
    const path = "/tmp/it's here.qemu";
    const shell = (command: string) => execFileSync('sh', ['-c', command], { encoding: 'utf8' });
    const words = shell(qemuCommand(machine, path, []).replace('qemu-system-riscv64', "printf '%s\\n'"));
    const incoming = words.trimEnd().split('\n').at(-1)!;
    assert.equal(shell(incoming.replace('exec:cat', "printf '%s'")), path);
  });
});
