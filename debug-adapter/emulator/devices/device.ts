/**
 * A device's registers on the bus. `offset` counts from the device's start; `size` is 1, 2, 4 or 8 bytes. An access
 * that the device does not decode is a fault, as in QEMU, and traps in the guest.
 */
export interface Device {
  read(offset: number, size: number): bigint | 'fault';
  write(offset: number, size: number, value: bigint): 'ok' | 'fault';
}
