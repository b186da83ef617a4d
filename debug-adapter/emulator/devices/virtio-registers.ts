export const magic = 0x7472_6976;
/** Interfaces: QEMU 7.2 shows the legacy one unless told otherwise (`virtio-mmio.force-legacy=false`). */
export const version = { legacy: 1, modern: 2 } as const;
/** "QEMU". */
export const vendorId = 0x554d_4551;

/** QEMU maps so much of a slot's page. */
export const slotByteCount = 0x200;

/** Register offsets: Virtual I/O Device 1.2, section 4.2.4. */
export const register = {
  magicValue: 0x00,
  version: 0x04,
  deviceId: 0x08,
  vendorId: 0x0c,
  hostFeatures: 0x10,
  hostFeaturesSelect: 0x14,
  guestFeatures: 0x20,
  guestFeaturesSelect: 0x24,
  guestPageSize: 0x28,
  queueSelect: 0x30,
  queueNumMax: 0x34,
  queueNum: 0x38,
  queueAlign: 0x3c,
  queuePfn: 0x40,
  queueReady: 0x44,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
  queueDescriptorsLow: 0x80,
  queueDescriptorsHigh: 0x84,
  queueAvailableLow: 0x90,
  queueAvailableHigh: 0x94,
  queueUsedLow: 0xa0,
  queueUsedHigh: 0xa4,
  sharedMemoryLengthLow: 0xb0,
  sharedMemoryLengthHigh: 0xb4,
  configGeneration: 0xfc,
} as const;

/** A double word is read as two words. */
export function inHalves(read: (offset: number) => bigint | 'fault', offset: number): bigint | 'fault' {
  const [low, high] = [read(offset), read(offset + 4)];
  return low === 'fault' || high === 'fault' ? 'fault' : low | (high << 32n);
}
