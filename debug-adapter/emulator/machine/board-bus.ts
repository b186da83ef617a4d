import type { Bus } from '../core/guest-core';
import type { Device } from '../devices/device';
import type { Mrom } from '../devices/mrom';
import { memoryMap, virtioBase } from './memory-map';

interface Mapping {
  readonly base: number;
  readonly byteCount: number;
  readonly device: Device;
}

export interface BusDevices {
  readonly mrom: Mrom;
  readonly test: Device;
  readonly clint: Device;
  readonly plic: Device;
  readonly uart0: Device;
  readonly rtc: Device;
  /** By slot; empty when the board has no slots. */
  readonly virtio: readonly Device[];
}

/** Everything outside RAM, by address. Device registers are reached only under the BQL; the read-only memory is not one. */
export class BoardBus implements Bus {
  /** False makes the hart's instruction wait. */
  mayAccessDevices: (hart: number) => boolean = () => true;
  readonly #mappings: readonly Mapping[];
  readonly #mrom: Mrom;

  constructor({ mrom, virtio, ...devices }: BusDevices) {
    this.#mrom = mrom;
    // Most accessed first.
    const names = ['uart0', 'clint', 'plic', 'test', 'rtc'] as const;
    const slots = virtio.map((device, slot) => ({ ...memoryMap.virtio, base: virtioBase(slot), device }));
    this.#mappings = [...names.map((name) => ({ ...memoryMap[name], device: devices[name] })), ...slots];
  }

  read(hart: number, address: number, size: number): bigint | 'fault' | 'retry' {
    const mapping = this.#find(address);
    if (!mapping) return isInMrom(address) ? this.#mrom.read(address - memoryMap.mrom.base, size) : 'fault';
    if (!this.mayAccessDevices(hart)) return 'retry';
    return mapping.device.read(address - mapping.base, size);
  }

  write(hart: number, address: number, size: number, value: bigint): 'ok' | 'fault' | 'retry' {
    const mapping = this.#find(address);
    if (!mapping) return isInMrom(address) ? this.#mrom.write() : 'fault';
    if (!this.mayAccessDevices(hart)) return 'retry';
    return mapping.device.write(address - mapping.base, size, value);
  }

  fetch(address: number): Uint8Array | undefined {
    return isInMrom(address) ? this.#mrom.fetch(address - memoryMap.mrom.base) : undefined;
  }

  #find(address: number): Mapping | undefined {
    return this.#mappings.find(({ base, byteCount }) => address >= base && address < base + byteCount);
  }
}

function isInMrom(address: number): boolean {
  return address >= memoryMap.mrom.base && address < memoryMap.mrom.base + memoryMap.mrom.byteCount;
}
