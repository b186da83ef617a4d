import type { Device } from './device';
import { inHalves, magic, register, slotByteCount, vendorId, version } from './virtio-registers';

/** A slot with nothing in it, as a driver probes it: a device id of 0. */
export class EmptyVirtioSlot implements Device {
  /** @param isModern which interface the board's slots have */
  constructor(private readonly isModern: () => boolean) {}

  read(offset: number, size: number): bigint | 'fault' {
    if (offset + size > slotByteCount) return 'fault';
    if (size === 8) return inHalves((at) => this.read(at, 4), offset);
    switch (offset) {
      case register.magicValue:
        return BigInt(magic);
      case register.version:
        return BigInt(this.isModern() ? version.modern : version.legacy);
      case register.vendorId:
        return BigInt(vendorId);
      default:
        return 0n;
    }
  }

  write(offset: number, size: number): 'ok' | 'fault' {
    return offset + size > slotByteCount ? 'fault' : 'ok';
  }
}
