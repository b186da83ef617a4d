import { virtioSectionPlace } from '../emulator/devices/virtio-state';
import type { DeviceState } from '../vmstate/device-state';

/** Of what a disk held at the freeze: SHA-256, in the description of its device. */
const key = 'diskSha256';

/** Says in the stream which disks belong to it. @param digests in the order of the block devices */
export function withDiskDigests(sections: readonly DeviceState[], digests: readonly string[]): DeviceState[] {
  const left = [...digests];
  return sections.map((section) => {
    const digest = isBlock(section.name) ? left.shift() : undefined;
    return digest === undefined ? section : { ...section, beyondQemu: { ...section.beyondQemu, [key]: digest } };
  });
}

/** Of each block device; of those of a stream by QEMU nothing is known. */
export function diskDigests(devices: readonly Pick<DeviceState, 'name' | 'beyondQemu'>[]): (string | 'unknown')[] {
  return devices
    .filter(({ name }) => isBlock(name))
    .map(({ beyondQemu }) => {
      const digest = beyondQemu?.[key];
      return typeof digest === 'string' ? digest : 'unknown';
    });
}

function isBlock(sectionName: string): boolean {
  return virtioSectionPlace(sectionName)?.name === 'virtio-blk';
}
