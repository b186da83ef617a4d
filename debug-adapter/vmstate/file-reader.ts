import { type Description, parseDescription } from './description';
import { type BoardLayouts, knownLayouts } from './known-layouts';
import { mappedPages } from './mapped-ram';
import type { RandomAccess } from './random-access';
import { defaultLimits, type ReaderLimits } from './reader-limits';
import { type Reading, readWhole } from './reading';
import { type StreamFault, StreamReadError } from './stream-fault';
import { sectionType } from './stream-format';
import { streamStart } from './stream-head';
import { StreamReader } from './stream-reader';
import type { SectionName, StreamRamBlock, StreamRecord } from './stream-records';

export type { RandomAccess } from './random-access';

/** What has to be known of a stream at rest before its records can be read. */
export interface Outline {
  /** Where in the file it begins: behind libvirt's head, if it has one. */
  readonly offset: number;
  /** Its VMDESCRIPTION, if it has one that can be read. */
  readonly description: Description | undefined;
  /** Why it cannot. */
  readonly descriptionFault: StreamFault | undefined;
  /** Sections of devices, in their order, as far as the stream could be read. */
  readonly devices: readonly Pick<SectionName, 'name' | 'instanceId'>[];
  /** It has none: the stream was read to its end, or up to that fault, to find that out. */
  readonly passed?: { readonly fault: StreamFault | undefined };
}

/** Small enough that a chunk of the smallest records, zero pages, is read in a few milliseconds. */
const chunkByteCount = 32 * 1024;

/**
 * Reads a stream written by any QEMU ≥ 6, of any machine, and calls `onRecord` for every record in order.
 *
 * @throws StreamReadError
 */
export function readStreamFile(
  source: RandomAccess,
  onRecord: (record: StreamRecord) => void,
  options: ReadingOptions = {},
): Outline {
  const outline = readWhole(source, outlineOf(source.byteCount, options));
  if (outline.descriptionFault) throw new StreamReadError(outline.descriptionFault);
  readWhole(source, recordsOf(source.byteCount, outline, onRecord, options));
  return outline;
}

export interface ReadingOptions {
  readonly limits?: ReaderLimits;
  /** Who knows layouts that a stream does not describe; made for each time that it is read. */
  readonly board?: () => BoardLayouts;
}

/**
 * Finds the description: at the end of the file, or, where something else is, by going through the stream.
 *
 * @param byteCount of the file
 * @param onRecord called for every record on the way through the stream
 * @throws StreamReadError when the file is known to be something else than a stream
 */
export function* outlineOf(
  byteCount: number,
  options: ReadingOptions = {},
  onRecord: (record: StreamRecord) => void = () => {},
): Reading<Outline> {
  const { limits = defaultLimits } = options;
  const offset = yield* streamStart(byteCount);
  const place =
    (yield* descriptionAtEnd(byteCount, limits)) ?? (yield* descriptionInside(byteCount, offset, options, onRecord));
  const parsed = place.text === undefined ? {} : yield* parsedDescription(place.text, place.offset, limits);
  return {
    offset,
    description: undefined,
    descriptionFault: undefined,
    devices: parsed.description?.devices ?? place.devices,
    ...parsed,
    ...(place.text === undefined && { passed: { fault: place.fault } }),
  };
}

export interface RecordsOptions extends ReadingOptions {
  /** See `StreamReaderOptions`. */
  readonly passesOver?: boolean;
  /** false: records of pages at fixed places come without their bytes. */
  readonly readsMappedPages?: boolean;
}

/** Calls `onRecord` for every record in order. @throws StreamReadError */
export function* recordsOf(
  byteCount: number,
  { offset, description }: Pick<Outline, 'offset' | 'description'>,
  onRecord: (record: StreamRecord) => void,
  options: RecordsOptions = {},
): Reading<void> {
  const board = options.board?.();
  let mapped: readonly StreamRamBlock[] = [];
  const reader = new StreamReader({
    ...options,
    offset,
    layoutOf: knownLayouts(description, board),
    onRecord: (record) => {
      board?.accept(record);
      onRecord(record);
      if (record.kind === 'ramBlockList') mapped = record.blocks.filter((block) => block.mapped);
    },
    ...(description && { pageByteCount: description.pageByteCount }),
  });
  for (let at = offset; at < byteCount && !reader.isAtEnd; ) {
    const length = Math.min(chunkByteCount, byteCount - at);
    reader.push(yield { offset: at, length });
    at = reader.jump(byteCount) ?? at + length;
    for (const block of mapped) {
      yield* mappedPages(block, reader.pageByteCount, options.readsMappedPages !== false, onRecord);
    }
    mapped = [];
  }
  reader.end();
}

interface DescriptionPlace {
  readonly offset: number;
  readonly text?: string;
  readonly devices: Outline['devices'];
  /** Where reading ended on the way to it. */
  readonly fault?: StreamFault;
}

/**
 * Searches from the end for `EOF, 06, length, {` whose length reaches exactly to the end. A text in the description
 * cannot hold the zero byte of EOF, so the first match from the end is the true one.
 */
function* descriptionAtEnd(byteCount: number, limits: ReaderLimits): Reading<DescriptionPlace | undefined> {
  const lowest = Math.max(0, byteCount - limits.descriptionByteCountMax - headByteCount);
  for (let high = byteCount; high > lowest; high -= chunkByteCount) {
    const low = Math.max(lowest, high - chunkByteCount);
    // Chunks overlap by a head, so that none is cut in two.
    const bytes = yield { offset: low, length: Math.min(byteCount, high + headByteCount) - low };
    const braceAt = headByteCount - 1;
    for (let brace = bytes.length - 1; brace >= braceAt; brace--) {
      brace = bytes.lastIndexOf(firstCharacter, brace);
      const i = brace - braceAt;
      if (i < 0) break;
      const start = low + brace;
      if (isDescriptionHead(bytes, i) && lengthIn(bytes, i) === byteCount - start) {
        return { offset: start, text: yield* textAt(start, byteCount - start), devices: [] };
      }
    }
  }
  return undefined;
}

/** Goes through the stream from section to section, each to its footer, until EOF. */
function* descriptionInside(
  byteCount: number,
  offset: number,
  options: ReadingOptions,
  onRecord: (record: StreamRecord) => void,
): Reading<DescriptionPlace> {
  const { limits = defaultLimits } = options;
  const devices: { name: string; instanceId: number }[] = [];
  let found: Pick<DescriptionPlace, 'offset' | 'text' | 'fault'> = { offset };
  const accept = (record: StreamRecord): void => {
    onRecord(record);
    if (record.kind === 'sectionStart' && record.type === 'full') devices.push(record.section);
    if (record.kind === 'vmDescription') found = { offset: record.start + headByteCount - 2, text: record.text };
  };
  try {
    yield* recordsOf(byteCount, { offset, description: undefined }, accept, {
      ...options,
      passesOver: true,
      readsMappedPages: false,
    });
  } catch (error) {
    if (!(error instanceof StreamReadError)) throw error;
    if (found.text === undefined) found = { ...found, fault: error.fault };
    // Without footers, what lies behind a device that is not known can only be searched. RAM is over by then.
    if (error.fault.kind === 'unknown-device') {
      found = (yield* descriptionBehind(byteCount, error.fault.offset, limits)) ?? found;
    }
  }
  return { ...found, devices };
}

/** What looks like a description and is none may be there a few times. */
const descriptionAttemptCountMax = 16;

/** The first from there that reads as one. */
function* descriptionBehind(
  byteCount: number,
  offset: number,
  limits: ReaderLimits,
): Reading<Pick<DescriptionPlace, 'offset' | 'text'> | undefined> {
  let attemptsLeft = descriptionAttemptCountMax;
  for (let low = offset; low < byteCount; low += chunkByteCount) {
    const bytes = yield { offset: low, length: Math.min(byteCount - low, chunkByteCount + headByteCount) };
    for (let i = 0; i + headByteCount <= bytes.length; i++) {
      if (!isDescriptionHead(bytes, i)) continue;
      if (attemptsLeft-- === 0) return undefined;
      const start = low + i + headByteCount - 1;
      const length = lengthIn(bytes, i);
      if (length > Math.min(limits.descriptionByteCountMax, byteCount - start)) continue;
      const text = yield* textAt(start, length);
      if ((yield* parsedDescription(text, start, limits)).description) return { offset: start, text };
    }
  }
  return undefined;
}

function* parsedDescription(
  text: string,
  offset: number,
  { deviceDescriptionByteCountMax }: ReaderLimits,
): Reading<Partial<Pick<Outline, 'description' | 'descriptionFault'>>> {
  try {
    return { description: yield* parseDescription(text, offset, deviceDescriptionByteCountMax) };
  } catch (error) {
    if (!(error instanceof StreamReadError)) throw error;
    return { descriptionFault: error.fault };
  }
}

/** EOF, type, length and the text's first character. */
const headByteCount = 7;
const firstCharacter = 0x7b;

function isDescriptionHead(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === sectionType.eof && bytes[at + 1] === sectionType.vmDescription && bytes[at + 6] === firstCharacter
  );
}

function lengthIn(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at + 2, 4).getUint32(0);
}

function* textAt(offset: number, length: number): Reading<string> {
  return new TextDecoder('utf-8').decode(yield { offset, length });
}
