import type { Machine } from '../emulator/machine/machine';
import { isName, type LaterImage } from '../emulator/machine/symbol-table';
import { findKallsyms } from '../kallsyms/kallsyms';

/** Where 64-bit RISC-V kernels are linked to run, and do without KASLR (arch/riscv, KERNEL_LINK_ADDR). */
const linkAddress = 0xffff_ffff_8000_0000n;
const end = 1n << 64n;

/** The names that a Linux kernel in guest RAM has for itself. */
export function kernelSymbols({ core }: Machine): LaterImage {
  return {
    start: linkAddress,
    end,
    find() {
      const found = findKallsyms(core.ram);
      if (!found) return undefined;
      const named = found.filter(({ name }) => isName(name));
      const symbols = named.map(({ name, type, offset }) => {
        return { name, address: linkAddress + BigInt(offset), byteCount: 0n, isFunction: /[tTwW]/.test(type) };
      });
      return { start: linkAddress, end: symbols.at(-1)!.address + 1n, symbols };
    },
  };
}
