import type { Description } from './description';
import type { StateLayout } from './device-state';
import type { SectionName, StreamRecord } from './stream-records';
import { virtLayouts } from './virt-layouts';

/** By this block QEMU's riscv `virt` is known; other architectures have machines of that name. */
const virtRamBlock = 'riscv_virt_board.ram';

/** The layouts that a stream's description gives; of `virt`, where it gives none, those that we know. */
export function knownLayouts(description: Description | undefined): {
  accept(record: StreamRecord): void;
  layoutOf(section: SectionName): StateLayout | undefined;
} {
  const described = new Map(description?.devices.map((device) => [keyOf(device), device]));
  let isVirt = false;
  let hartCount = 1;
  let ofVirt = virtLayouts(hartCount);
  return {
    accept(record) {
      if (record.kind === 'ramBlockList') isVirt = record.blocks.some(({ name }) => name === virtRamBlock);
      // The harts stand before what is laid out by their number.
      if (record.kind === 'sectionStart' && record.section.name === 'cpu' && record.section.instanceId === hartCount) {
        hartCount++;
        ofVirt = virtLayouts(hartCount);
      }
    },
    layoutOf(section) {
      const device = described.get(keyOf(section));
      if (device?.layout) return device.isVersionless ? { ...device.layout, version: section.version } : device.layout;
      const known = isVirt ? ofVirt(section.name) : undefined;
      return known?.version === section.version ? known : undefined;
    },
  };
}

function keyOf({ name, instanceId }: Pick<SectionName, 'name' | 'instanceId'>): string {
  return `${name}\0${instanceId}`;
}
