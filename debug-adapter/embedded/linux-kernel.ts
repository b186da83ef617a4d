import { pageByteCount, ramBase } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';

/** A Linux kernel's Image in guest RAM, by its header (Documentation/arch/riscv/boot-image-header.rst). */
export interface LinuxKernel {
  /** Guest physical. */
  readonly address: number;
  readonly byteCount: number;
  /** From physical to virtual addresses of the kernel's own mapping. */
  readonly virtualOffset: bigint;
}

/** Where 64-bit RISC-V kernels are linked to run (arch/riscv, KERNEL_LINK_ADDR). */
const linkAddress = 0xffff_ffff_8000_0000n;
/** A kernel begins at a multiple of this. */
const alignment = 2 << 20;
const [sizeOffset, magicOffset, magic2Offset, headerByteCount] = [0x10, 0x30, 0x38, 0x40];
const [magic, magic2] = ['RISCV\0\0\0', 'RSC\x05'];

/** Symbols that the kernel's linker script puts around its parts, and where Linux keeps them. */
const parts: readonly (readonly [from: string, to: string, what: string])[] = [
  ['_stext', '_etext', 'kernel text'],
  ['_sinittext', '_einittext', 'kernel init text, freed when it has booted'],
  ['__init_begin', '__init_end', 'kernel init data, freed when it has booted'],
  ['__start_rodata', '__end_rodata', 'kernel read-only data'],
  ['_sdata', '_edata', 'kernel data'],
  ['__bss_start', '__bss_stop', 'kernel bss'],
];

/** The first there is; undefined in a guest without one. */
export function linuxKernel({ core }: Machine): LinuxKernel | undefined {
  const { ram } = core;
  for (let offset = 0; offset + headerByteCount <= ram.length; offset += alignment) {
    if (!isAt(ram, offset + magic2Offset, magic2) || !isAt(ram, offset + magicOffset, magic)) continue;
    const size = new DataView(ram.buffer, ram.byteOffset + offset, headerByteCount).getBigUint64(sizeOffset, true);
    const byteCount = Number(size < BigInt(ram.length - offset) ? size : BigInt(ram.length - offset));
    const address = ramBase + offset;
    return { address, byteCount, virtualOffset: linkAddress - BigInt(address) };
  }
  return undefined;
}

/** What a page is of the kernel, by its own symbols; undefined for a page that is none of its. */
export function partOfKernel({ symbols }: Machine, kernel: LinuxKernel, address: number): string | undefined {
  if (address < kernel.address || address >= kernel.address + kernel.byteCount) return undefined;
  const [start, end] = [BigInt(address), BigInt(address + pageByteCount)].map((at) => at + kernel.virtualOffset) as [
    bigint,
    bigint,
  ];
  for (const [from, to, what] of parts) {
    const [first, behind] = [symbols.addressOf(from), symbols.addressOf(to)];
    if (first !== undefined && behind !== undefined && first < end && behind > start) return what;
  }
  return 'kernel image';
}

function isAt(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
