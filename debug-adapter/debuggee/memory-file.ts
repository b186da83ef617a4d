import type { InputFile } from './host';

/** What has been read already, as a file. */
export function memoryFile(bytes: Uint8Array): InputFile {
  return {
    byteCount: bytes.length,
    hasChanged: () => false,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    readInto(into, offset) {
      into.set(bytes.subarray(offset, offset + into.length));
    },
    close() {},
  };
}
