import type { Machine, VirtioMmio } from '../emulator/machine/machine';

/**
 * What QEMU has to be told of a virtio device, by its number: of the device itself, to which its slot is added, and of what
 * is before or behind it. `id` is nobody else's, `disk` a block device's file.
 */
const deviceArguments: Readonly<Record<number, (id: string, disk: string | undefined) => DeviceArguments>> = {
  1: (id) => ({ before: ['-netdev', `user,id=${id}`], device: `virtio-net-device,netdev=${id}` }),
  2: (id, disk = '') => ({
    // The file stays as it is, so that it can be restored again.
    before: ['-drive', `if=none,id=${id},format=raw,snapshot=on,file=${disk.replaceAll(',', ',,')}`],
    device: `virtio-blk-device,drive=${id}`,
  }),
  3: (id) => ({
    before: ['-chardev', `null,id=${id}`],
    device: 'virtio-serial-device',
    behind: ['-device', `virtconsole,chardev=${id}`],
  }),
  4: () => ({ device: 'virtio-rng-device' }),
  5: () => ({ device: 'virtio-balloon-device' }),
};
const blockDevice = 2;

interface DeviceArguments {
  readonly before?: readonly string[];
  readonly device: string;
  readonly behind?: readonly string[];
}

/**
 * A shell's command line for a QEMU that restores a snapshot of this machine and runs on from the freeze.
 *
 * @param diskPaths in the order of the block devices
 */
export function qemuCommand(machine: Machine, path: string, diskPaths: readonly string[]): string {
  const { ramBlocks, hartCount, virtio, hasModernVirtio } = machine;
  const ramByteCount = ramBlocks.find(({ writable }) => writable)!.bytes.length;
  const disks = [...diskPaths];
  const words = [
    ...['qemu-system-riscv64', '-M', 'virt', '-m', memorySize(ramByteCount)],
    ...(hartCount > 1 ? ['-smp', String(hartCount)] : []),
    ...['-nographic', '-nic', 'none', '-bios', 'none'],
    ...(hasModernVirtio ? ['-global', 'virtio-mmio.force-legacy=false'] : []),
    ...virtio.flatMap((device) => wordsFor(device, device.deviceId === blockDevice ? disks.shift() : undefined)),
    ...['-incoming', `exec:cat ${quoted(path)}`],
  ];
  return words.map(quoted).join(' ');
}

function wordsFor({ deviceId, slot }: VirtioMmio, disk: string | undefined): string[] {
  const { before = [], device, behind = [] } = deviceArguments[deviceId]!(`virtio${slot}`, disk);
  return [...before, '-device', `${device},bus=virtio-mmio-bus.${slot}`, ...behind];
}

function memorySize(byteCount: number): string {
  const kibibytes = byteCount / 1024;
  return kibibytes % 1024 === 0 ? `${kibibytes / 1024}M` : `${kibibytes}K`;
}

/** As one word for a shell. */
function quoted(text: string): string {
  return /^[\w./:,=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
