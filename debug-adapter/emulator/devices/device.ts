/**
 * A device's registers on the bus. `offset` counts from the device's start; `size` is 1, 2, 4 or 8 bytes. An access
 * that the device does not decode is a fault, as in QEMU, and traps in the guest.
 */
export interface Device {
  read(offset: number, size: number): bigint | 'fault';
  write(offset: number, size: number, value: bigint): 'ok' | 'fault';
  /** Reads are those of memory now: they have no effect, and need no lock. */
  readonly isMemory?: boolean;
  /** Bytes from `offset` to the end of its page, for instruction fetch; undefined where none can be fetched now. */
  fetch?(offset: number): Uint8Array | undefined;
}
