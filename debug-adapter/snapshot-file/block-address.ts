import type { StreamRamBlock } from '../vmstate/stream-records';

/** A stream tells no addresses, but of QEMU's riscv `virt` (hw/riscv/virt.c) they are known by the names of its blocks. */
const virtAddresses: ReadonlyMap<string, number> = new Map([
  ['riscv_virt_board.ram', 0x8000_0000],
  ['riscv_virt_board.mrom', 0x1000],
  ['virt.flash0', 0x2000_0000],
  ['virt.flash1', 0x2200_0000],
]);

/** Guest physical, as far as it is known; with `x-ignore-shared` the stream tells it. */
export function addressOf(block: StreamRamBlock, blocks: readonly StreamRamBlock[]): number | undefined {
  if (block.address !== undefined) return block.address;
  // Other architectures have a `virt` too.
  const isRiscvVirt = blocks.some(({ name }) => name === 'riscv_virt_board.ram');
  return isRiscvVirt ? virtAddresses.get(block.name) : undefined;
}
