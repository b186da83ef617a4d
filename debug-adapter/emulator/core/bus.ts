/** Everything outside RAM. `size` is 1, 2, 4 or 8 bytes; a fault becomes an access-fault trap. */
export interface Bus {
  /** @param inTurns within `takeTurns`: a read that would have an effect is a `retry` */
  read(hart: number, address: number, size: number, inTurns: boolean): bigint | 'fault' | 'retry';
  write(hart: number, address: number, size: number, value: bigint): 'ok' | 'fault' | 'retry' | BusWriteFault;
  /** Instruction fetch outside RAM: the read-only memories. Bytes from `address` to the end of its 4 KiB page. */
  fetch(address: number): Uint8Array | undefined;
}

/**
 * The device is to write to RAM itself, at once, and the page is protected: nothing has happened, and the access is made
 * again after `unprotect`.
 */
export interface BusWriteFault {
  readonly physicalAddress: number;
}
