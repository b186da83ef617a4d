import type { MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import { requireLinuxGuest } from '../../tools/linux-guest.mjs';
import { firmwarePaths } from '../../tools/parts.mjs';
import { image } from '../boot/console';

export type LinuxOptions = Required<Pick<MachineOptions, 'ramByteCount' | 'bios' | 'kernel' | 'initrd' | 'append'>>;

/** Machine options that boot Debian's Linux. */
export function linuxGuest(ramMib: number, append = 'console=ttyS0 earlycon=sbi'): LinuxOptions {
  const { kernel, initrd } = requireLinuxGuest();
  const ramByteCount = ramMib * 1024 * 1024;
  return { ramByteCount, bios: image(firmwarePaths().dynamic), kernel: image(kernel), initrd: image(initrd), append };
}

/** The same guest for QEMU. */
export function qemuArguments({ ramByteCount, bios, kernel, initrd, append }: LinuxOptions): string[] {
  const images = ['-bios', bios.path, '-kernel', kernel.path, '-initrd', initrd.path, '-append', append];
  return ['-m', `${ramByteCount / 1024 / 1024}`, '-no-reboot', ...images];
}
