import { type GuestCore, pageByteCount, ramBase } from '../core/guest-core';
import type { Mrom } from '../devices/mrom';
import type { PflashCfi01 } from '../devices/pflash-cfi01';
import type { RamBlock } from './machine';
import { flashBase, memoryMap } from './memory-map';

/** QEMU's list goes from the largest to the smallest; of equal ones, the first made comes first. */
export function ramBlocks(core: GuestCore, mrom: Mrom, flash: readonly PflashCfi01[]): RamBlock[] {
  const ram: RamBlock = {
    name: 'riscv_virt_board.ram',
    address: ramBase,
    bytes: core.ram,
    writable: true,
    isZero: (page) => core.isZero(page),
    write: (offset, bytes) => core.writeRam(offset, bytes),
  };
  const rom: RamBlock = {
    name: 'riscv_virt_board.mrom',
    address: memoryMap.mrom.base,
    bytes: mrom.bytes,
    writable: false,
    isZero: (page) => mrom.fetch(page * pageByteCount).every((byte) => byte === 0),
    write: (offset, bytes) => mrom.bytes.set(bytes, offset),
  };
  const banks = flash.map(
    (bank, index): RamBlock => ({
      name: `virt.flash${index}`,
      address: flashBase(index),
      bytes: bank.bytes,
      writable: false,
      isZero: (page) => bank.isZero(page),
      write: (offset, bytes) => bank.load(offset, bytes),
    }),
  );
  return [ram, rom, ...banks].sort((a, b) => b.bytes.length - a.bytes.length);
}
