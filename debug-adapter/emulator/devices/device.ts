/**
 * A device's registers on the bus. `offset` counts from the device's start; `size` is 1, 2, 4 or 8 bytes. An access
 * that the device does not decode is a fault, as in QEMU, and traps in the guest.
 */
export interface Device {
  read(offset: number, size: number): bigint | 'fault';
  write(offset: number, size: number, value: bigint): 'ok' | 'fault' | DmaFault;
  /** Reads are those of memory now: they have no effect, and need no lock. */
  readonly isMemory?: boolean;
  /** Reads have no effect. Unlike those of memory, they need the lock. */
  readonly readsChangeNothing?: boolean;
  /** Bytes from `offset` to the end of its page, for instruction fetch; undefined where none can be fetched now. */
  fetch?(offset: number): Uint8Array | undefined;
}

/** The device was to write there as part of the access and must not now: nothing has happened. */
export interface DmaFault {
  readonly physicalAddress: number;
}

/** Guest RAM to a device that reaches it within an access of a hart. */
export interface DmaMemory {
  /** Undefined: not all of it is RAM. */
  read(address: number, byteCount: number): Uint8Array | undefined;
  write(address: number, bytes: Uint8Array): void;
  /** The first address of them that may not be written now. */
  fault(address: number, byteCount: number): DmaFault | undefined;
}

/** As a device has it itself: what it saves is read-only to others. */
export type Mutable<State> = { -readonly [Part in keyof State]: State[Part] };
