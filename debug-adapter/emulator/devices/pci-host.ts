import type { Device } from './device';
import type { PciState } from './pci-host-state';

export const configSpaceByteCount = 256;
const allOnes = 0xffff_ffff_ffff_ffffn;

/** Which bytes of its configuration space a driver may change. */
const writeMask = new Uint8Array(configSpaceByteCount).fill(0xff, 0x40);
writeMask[0x04] = 0x07; // command: I/O, memory, bus master
writeMask[0x05] = 0x05; // SERR#, INTx disable
writeMask[0x0c] = 0xff; // cache line size
writeMask[0x3c] = 0xff; // interrupt line

/**
 * QEMU's generic PCI Express host bridge with an empty bus, seen through its ECAM (PCI Express Base Specification,
 * section 7.2.2): function 00:00.0 is the root itself, behind every other address there is nobody.
 */
export class PciHost implements Device {
  private readonly _config = new Uint8Array(configSpaceByteCount);

  constructor() {
    const view = new DataView(this._config.buffer);
    view.setUint16(0x00, 0x1b36, true); // Red Hat
    view.setUint16(0x02, 0x0008, true);
    view.setUint8(0x0b, 0x06); // host bridge
    view.setUint16(0x2c, 0x1af4, true);
    view.setUint16(0x2e, 0x1100, true);
  }

  read(offset: number, size: number): bigint {
    if (size === 8) return this.read(offset, 4) | (this.read(offset + 4, 4) << 32n);
    let value = 0n;
    for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(this._config[offset + byte] ?? 0xff);
    return value;
  }

  write(offset: number, size: number, value: bigint): 'ok' {
    for (let byte = 0; byte < size && offset + byte < configSpaceByteCount; byte++) {
      const mask = writeMask[offset + byte]!;
      const written = Number((value >> BigInt(8 * byte)) & 0xffn);
      this._config[offset + byte] = (this._config[offset + byte]! & ~mask) | (written & mask);
    }
    return 'ok';
  }

  save(): PciState {
    return { rootConfig: this._config.slice() };
  }

  /** What is the device's own stays. */
  restore({ rootConfig }: PciState): void {
    rootConfig.forEach((byte, at) => {
      this._config[at] = (this._config[at]! & ~writeMask[at]!) | (byte & writeMask[at]!);
    });
  }
}

/** A window through which a bridge reaches devices, with none behind it. */
export const emptyPciWindow: Device = {
  read: (_offset, size) => allOnes >> BigInt(64 - 8 * size),
  write: () => 'ok',
};
