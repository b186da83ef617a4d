import { ramBase } from '../core/guest-core';
import { mromBase, mromByteCount } from '../devices/mrom';
import { pflashByteCount } from '../devices/pflash-cfi01';

/** Guest physical addresses of QEMU's `virt` board (`virt_memmap` in QEMU's hw/riscv/virt.c): start and size in bytes. */
export const memoryMap = {
  mrom: { base: mromBase, byteCount: mromByteCount },
  test: { base: 0x10_0000, byteCount: 0x1000 },
  rtc: { base: 0x10_1000, byteCount: 0x1000 },
  clint: { base: 0x200_0000, byteCount: 0x1_0000 },
  plic: { base: 0xc00_0000, byteCount: 0x60_0000 },
  uart0: { base: 0x1000_0000, byteCount: 0x100 },
  /** Eight slots, one page each. */
  virtio: { base: 0x1000_1000, byteCount: 0x1000 },
  /** Two banks, one after the other. */
  flash: { base: 0x2000_0000, byteCount: pflashByteCount },
  fwCfg: { base: 0x1010_0000, byteCount: 0x18 },
  /** Nothing answers there. */
  platformBus: { base: 0x400_0000, byteCount: 0x200_0000 },
  /** The windows of the PCI host bridge, and its configuration space. */
  pciPio: { base: 0x300_0000, byteCount: 0x1_0000 },
  pciEcam: { base: 0x3000_0000, byteCount: 0x1000_0000 },
  pciMmio: { base: 0x4000_0000, byteCount: 0x4000_0000 },
  pciHighMmio: { base: 0x4_0000_0000, byteCount: 0x4_0000_0000 },
  dram: { base: ramBase },
} as const;

export const uart0Irq = 10;
export const rtcIrq = 11;
/** Of the first of four lines. */
export const pciIrq = 32;
/** Of the first slot; the others follow. */
export const virtioIrq = 1;
export const virtioSlotCount = 8;

export const flashBankCount = 2;

export function flashBase(bank: number): number {
  return memoryMap.flash.base + bank * memoryMap.flash.byteCount;
}

export function virtioBase(slot: number): number {
  return memoryMap.virtio.base + slot * memoryMap.virtio.byteCount;
}
