import type { Bus, BusWriteFault } from '../core/bus';
import type { Device } from '../devices/device';
import { emptyPciWindow } from '../devices/pci-host';
import { flashBase, memoryMap, virtioBase } from './memory-map';

interface Mapping {
  readonly base: number;
  readonly byteCount: number;
  readonly device: Device;
}

export interface BusDevices {
  readonly mrom: Device;
  readonly test: Device;
  readonly clint: Device;
  readonly plic: Device;
  readonly uart0: Device;
  readonly rtc: Device;
  readonly fwCfg: Device;
  readonly pciEcam: Device;
  /** By bank. */
  readonly flash: readonly Device[];
  /** By slot. */
  readonly virtio: readonly Device[];
}

/** Everything outside RAM, by address. Device registers are reached only under the BQL. */
export class BoardBus implements Bus {
  /** False makes the hart's instruction wait. */
  mayAccessDevices: (hart: number) => boolean = () => true;
  /** False makes an instruction wait that writes to flash. */
  mayWriteFlash = true;
  private readonly _mappings: readonly Mapping[];
  private readonly _flash: readonly Device[];

  constructor({ virtio, flash, ...devices }: BusDevices) {
    this._flash = flash;
    // Most accessed first.
    const names = ['uart0', 'clint', 'plic', 'test', 'rtc', 'mrom', 'fwCfg', 'pciEcam'] as const;
    const windows = ['pciPio', 'pciMmio', 'pciHighMmio'] as const;
    this._mappings = [
      ...names.map((name) => ({ ...memoryMap[name], device: devices[name] })),
      ...virtio.map((device, slot) => ({ ...memoryMap.virtio, base: virtioBase(slot), device })),
      ...flash.map((device, bank) => ({ ...memoryMap.flash, base: flashBase(bank), device })),
      ...windows.map((name) => ({ ...memoryMap[name], device: emptyPciWindow })),
    ];
  }

  read(hart: number, address: number, size: number, inTurns: boolean): bigint | 'fault' | 'retry' {
    const mapping = this.#find(address);
    if (!mapping) return 'fault';
    const { device, base } = mapping;
    if (!device.isMemory) {
      if (inTurns && !device.readsChangeNothing) return 'retry';
      if (!this.mayAccessDevices(hart)) return 'retry';
    }
    return device.read(address - base, size);
  }

  write(hart: number, address: number, size: number, value: bigint): 'ok' | 'fault' | 'retry' | BusWriteFault {
    const mapping = this.#find(address);
    if (!mapping) return 'fault';
    if (!this.mayAccessDevices(hart)) return 'retry';
    if (!this.mayWriteFlash && this._flash.includes(mapping.device)) return 'retry';
    return mapping.device.write(address - mapping.base, size, value);
  }

  fetch(address: number): Uint8Array | undefined {
    const mapping = this.#find(address);
    return mapping?.device.fetch?.(address - mapping.base);
  }

  #find(address: number): Mapping | undefined {
    return this._mappings.find(({ base, byteCount }) => address >= base && address < base + byteCount);
  }
}
