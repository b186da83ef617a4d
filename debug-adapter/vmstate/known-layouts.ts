import type { Description } from './description';
import type { StateLayout } from './device-state';
import type { SectionName, StreamRecord } from './stream-records';

/** What a board knows of its devices' layouts, of one stream: told of its records, in their order. */
export interface BoardLayouts {
  accept(record: StreamRecord): void;
  /** By the name of a section. */
  layoutOf(section: string): StateLayout | undefined;
}

/** The layouts that a stream's description gives; where it gives none, those that a board knows. */
export function knownLayouts(
  description: Description | undefined,
  board: BoardLayouts | undefined,
): (section: SectionName) => StateLayout | undefined {
  const described = new Map(description?.devices.map((device) => [keyOf(device), device]));
  return (section) => {
    const device = described.get(keyOf(section));
    if (device?.layout) return device.isVersionless ? { ...device.layout, version: section.version } : device.layout;
    const known = board?.layoutOf(section.name);
    return known?.version === section.version ? known : undefined;
  };
}

function keyOf({ name, instanceId }: Pick<SectionName, 'name' | 'instanceId'>): string {
  return `${name}\0${instanceId}`;
}
