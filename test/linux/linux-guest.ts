import type { MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import { requireLinuxGuest } from '../../tools/linux-guest.mjs';
import { firmwarePaths } from '../../tools/parts.mjs';
import { image } from '../boot/console';

export type LinuxOptions = Required<Pick<MachineOptions, 'ramByteCount' | 'bios' | 'kernel' | 'initrd' | 'append'>>;

/** A boot in its own words. */
export const wholeBoot = 'console=ttyS0 earlycon=sbi';
/** Two thirds of a boot are the crypto API's tests of itself, and waiting for its clock's jitter to be random enough. */
const briefBoot = 'console=ttyS0 quiet cryptomgr.notests initcall_blacklist=jent_mod_init';

/** Machine options that boot Debian's Linux. */
export function linuxGuest(ramMib: number, append = briefBoot): LinuxOptions {
  const { kernel, initrd } = requireLinuxGuest();
  const ramByteCount = ramMib * 1024 * 1024;
  return { ramByteCount, bios: image(firmwarePaths().dynamic), kernel: image(kernel), initrd: image(initrd), append };
}

/** The same guest for QEMU. */
export function qemuArguments({ ramByteCount, bios, kernel, initrd, append }: LinuxOptions): string[] {
  const images = ['-bios', bios.path, '-kernel', kernel.path, '-initrd', initrd.path, '-append', append];
  return ['-m', `${ramByteCount / 1024 / 1024}`, '-no-reboot', ...images];
}
