import { type Description, parseDescription } from './description';
import { StreamReadError } from './stream-fault';
import { sectionType } from './stream-format';
import { defaultLimits, type ReaderLimits, StreamReader } from './stream-reader';
import type { StreamRecord } from './stream-records';

/** A whole stream at rest, read by pieces. */
export interface RandomAccess {
  readonly byteCount: number;
  /** @returns exactly `length` bytes; the caller stays within `byteCount`. */
  read(offset: number, length: number): Uint8Array;
}

const chunkByteCount = 64 * 1024;

/**
 * Reads a stream written by any QEMU ≥ 6: finds the description at its end first and takes each device's layout from
 * there. Calls `onRecord` for every record in order.
 *
 * @throws StreamReadError
 */
export function readStreamFile(
  source: RandomAccess,
  onRecord: (record: StreamRecord) => void,
  limits: ReaderLimits = defaultLimits,
): Description {
  const description = readDescription(source, limits);
  readRecords(source, description, onRecord, limits);
  return description;
}

/** @throws StreamReadError `no-description` or `bad-description`. */
export function readDescription(source: RandomAccess, limits: ReaderLimits = defaultLimits): Description {
  const { offset, text } = findDescription(source, limits);
  return parseDescription(text, offset);
}

/** @param description undefined: the stream is read up to its first device. @throws StreamReadError */
export function readRecords(
  source: RandomAccess,
  description: Description | undefined,
  onRecord: (record: StreamRecord) => void,
  limits: ReaderLimits = defaultLimits,
): void {
  for (const _ of recordsByPieces(source, description, onRecord, limits));
}

/** The same, piece by piece: yields how many bytes have been read, so that others may have their turn in between. */
export function* recordsByPieces(
  source: RandomAccess,
  description: Description | undefined,
  onRecord: (record: StreamRecord) => void,
  limits: ReaderLimits = defaultLimits,
): Generator<number, void> {
  const devices = new Map(description?.devices.map((device) => [`${device.name}\0${device.instanceId}`, device]));
  const reader = new StreamReader({
    layoutOf: ({ name, instanceId, version }) => {
      const device = devices.get(`${name}\0${instanceId}`);
      return device?.isVersionless ? { ...device.layout, version } : device?.layout;
    },
    onRecord,
    limits,
    ...(description && { pageByteCount: description.pageByteCount }),
  });
  for (let at = 0; at < source.byteCount; at += chunkByteCount) {
    reader.push(source.read(at, Math.min(chunkByteCount, source.byteCount - at)));
    yield reader.byteCount;
  }
  reader.end();
}

/**
 * Searches from the end for `EOF, 06, length, {` whose length reaches exactly to the end. A text in the description
 * cannot hold the zero byte of EOF, so the first match from the end is the true one.
 */
function findDescription(source: RandomAccess, limits: ReaderLimits): { offset: number; text: string } {
  const headByteCount = 7;
  const lowest = Math.max(0, source.byteCount - limits.descriptionByteCountMax - headByteCount);
  for (let high = source.byteCount; high > lowest; high -= chunkByteCount) {
    const low = Math.max(lowest, high - chunkByteCount);
    // Chunks overlap by a head, so that none is cut in two.
    const bytes = source.read(low, Math.min(source.byteCount, high + headByteCount) - low);
    for (let i = bytes.length - headByteCount; i >= 0; i--) {
      if (bytes[i] !== sectionType.eof || bytes[i + 1] !== sectionType.vmDescription) continue;
      const start = low + i + 6;
      const byteCount = source.byteCount - start;
      if (bytes[i + 6] !== 0x7b || lengthAt(bytes, i + 2) !== byteCount) continue;
      return { offset: start, text: new TextDecoder('utf-8').decode(source.read(start, byteCount)) };
    }
  }
  throw new StreamReadError({
    kind: 'no-description',
    offset: source.byteCount,
    what: 'end of the file',
    expected: 'a VMDESCRIPTION',
    actual: 'none',
  });
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}
