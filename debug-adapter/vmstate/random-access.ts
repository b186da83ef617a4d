/** A file, read by pieces. */
export interface RandomAccess {
  readonly byteCount: number;
  /** @returns exactly `length` bytes; the caller stays within `byteCount`. */
  read(offset: number, length: number): Uint8Array;
}
