import type { Description } from '../vmstate/description';
import type { DeviceState } from '../vmstate/device-state';
import { finish, outlineOf, type RandomAccess, recordsOf } from '../vmstate/file-reader';
import { isMerelyUnknown, type StreamFault, StreamReadError } from '../vmstate/stream-fault';
import { migrationPageByteCount } from '../vmstate/stream-format';
import type { Configuration, SectionName, StreamRecord } from '../vmstate/stream-records';
import { PageIndex, zeroPage } from './page-index';

export interface SurveyedSection extends SectionName {
  readonly type: 'start' | 'part' | 'end' | 'full';
  /** Of its first byte in the file. */
  readonly offset: number;
  /** With head and footer; up to the fault in a section that could not be read. */
  byteCount: number;
  isWhole: boolean;
}

export interface SurveyedBlock {
  readonly name: string;
  readonly byteCount: number;
  readonly pages: PageIndex;
}

/** The device's body in the file. */
export interface SurveyedDevice extends DeviceState {
  readonly offset: number;
  readonly byteCount: number;
}

/** A section whose bytes were passed over, and why. */
export interface UnreadSection {
  readonly section: SectionName;
  readonly fault: StreamFault;
  readonly offset: number;
}

/** What a migration stream holds, as far as it could be read. RAM itself stays in the file. */
export interface Survey {
  readonly byteCount: number;
  readonly pageByteCount: number;
  readonly configuration: Configuration | undefined;
  readonly sections: readonly SurveyedSection[];
  /** Further ones. */
  readonly unlistedSectionCount: number;
  readonly blocks: readonly SurveyedBlock[];
  readonly devices: readonly SurveyedDevice[];
  readonly unread: readonly UnreadSection[];
  readonly description: Description | undefined;
  /** Offsets of the EOF byte and of VMDESCRIPTION, where the stream came so far. */
  readonly eofOffset: number | undefined;
  readonly descriptionOffset: number | undefined;
  /** Pages may have gone through other channels (capability `multifd`). */
  readonly hasOtherChannels: boolean;
  /** Bytes of the file behind the end of the stream. */
  readonly trailingByteCount: number;
  /** Every fault found: of the description, of each section that is damaged, and the one at which reading ended. */
  readonly faults: readonly StreamFault[];
}

/** Reads a whole stream at rest and keeps what is needed to speak of it. Never throws StreamReadError. */
export function surveyStream(source: RandomAccess, onProgress: (done: number, total: number) => void): Survey {
  const surveyor = new Surveyor(source.byteCount);
  const watched: RandomAccess = {
    byteCount: source.byteCount,
    read: (offset, length) => {
      onProgress(offset, source.byteCount);
      return source.read(offset, length);
    },
  };
  let description: Description | undefined;
  try {
    const outline = finish(outlineOf(watched));
    ({ description } = outline);
    if (description) surveyor.pageByteCount = description.pageByteCount;
    const faults = outline.descriptionFault ? [outline.descriptionFault] : (description?.faults ?? []);
    for (const fault of faults) surveyor.note(fault);
    finish(recordsOf(watched, outline, (record) => surveyor.accept(record), { passesOver: true }));
  } catch (error) {
    if (!(error instanceof StreamReadError)) throw error;
    surveyor.note(error.fault);
  }
  return { ...surveyor, byteCount: source.byteCount, blocks: [...surveyor.blocks.values()], description };
}

/**
 * A file of many tiny sections must not make us keep more than it is itself: parts beyond so many sections are counted
 * alone. (QEMU writes thousands of empty parts while it waits.)
 */
const listedSectionCountMax = 100_000;
/** A file that is damaged all over is known to be so. */
const faultCountMax = 100;
/** Chunks of page indices that any file may ask for, and one more for so many of its bytes. */
const freeChunkCount = 4096;
const bytesPerChunk = 512;

class Surveyor {
  configuration: Configuration | undefined;
  pageByteCount = migrationPageByteCount;
  readonly sections: SurveyedSection[] = [];
  readonly blocks = new Map<string, SurveyedBlock>();
  readonly devices: SurveyedDevice[] = [];
  readonly unread: UnreadSection[] = [];
  readonly faults: StreamFault[] = [];
  eofOffset: number | undefined;
  descriptionOffset: number | undefined;
  hasOtherChannels = false;
  trailingByteCount = 0;
  unlistedSectionCount = 0;
  #section: SurveyedSection | undefined;
  readonly #chunkCountMax: number;

  constructor(private readonly fileByteCount: number) {
    this.#chunkCountMax = freeChunkCount + fileByteCount / bytesPerChunk;
  }

  note(fault: StreamFault): void {
    if (this.faults.length < faultCountMax) this.faults.push(fault);
  }

  accept(record: StreamRecord): void {
    const end = record.start + record.byteCount;
    switch (record.kind) {
      case 'ramPage': {
        const { bytes, encodedByteCount } = record;
        if (encodedByteCount === undefined) this.#addPage(record, end - bytes.length);
        else this.#addEncodedPage(record, 'zlib', encodedByteCount);
        return;
      }
      case 'zeroPage':
        this.#addPage(record, zeroPage);
        return;
      case 'pageDifference':
        this.#addEncodedPage(record, 'xbzrle', record.bytes.length);
        return;
      case 'configuration': {
        const { kind: _kind, start: _start, byteCount: _byteCount, ...configuration } = record;
        this.configuration = configuration;
        if (configuration.targetPageBits !== undefined) this.pageByteCount = 2 ** configuration.targetPageBits;
        return;
      }
      case 'ramBlockList':
        for (const { name, byteCount } of record.blocks) {
          this.blocks.set(name, { name, byteCount, pages: new PageIndex(byteCount / this.pageByteCount) });
        }
        return;
      case 'device': {
        const { start, byteCount, section, state } = record;
        this.devices.push({ ...section, state, offset: start, byteCount });
        return;
      }
      case 'multifdFlush':
        this.hasOtherChannels = true;
        return;
      case 'eof':
        this.eofOffset = record.start;
        this.trailingByteCount = this.fileByteCount - end;
        return;
      case 'vmDescription':
        this.descriptionOffset = record.start;
        this.trailingByteCount = this.fileByteCount - end;
        return;
      default:
        this.#acceptSection(record);
    }
  }

  #acceptSection(record: StreamRecord): void {
    switch (record.kind) {
      case 'sectionStart':
        this.#section = {
          ...record.section,
          type: record.type,
          offset: record.start,
          byteCount: record.byteCount,
          isWhole: false,
        };
        if (record.type === 'part' && this.sections.length >= listedSectionCountMax) this.unlistedSectionCount++;
        else this.sections.push(this.#section);
        return;
      case 'sectionEnd': {
        const section = this.#section!;
        section.byteCount = record.start + record.byteCount - section.offset;
        section.isWhole = true;
        return;
      }
      case 'unread': {
        const { section, fault, start } = record;
        const isContinued = this.unread.at(-1)?.fault === fault && this.unread.at(-1)?.section === section;
        if (isContinued) return;
        this.unread.push({ section, fault, offset: start });
        if (!isMerelyUnknown(fault)) this.note(fault);
      }
    }
  }

  #addPage(record: PageRecord, place: number): void {
    const { pages } = this.blocks.get(record.block)!;
    pages.add(record.pageOffset / this.pageByteCount, place);
    this.#checkChunkCount(record, pages);
  }

  #addEncodedPage(record: PageRecord, encoding: 'zlib' | 'xbzrle', byteCount: number): void {
    const { pages } = this.blocks.get(record.block)!;
    const offset = record.start + record.byteCount - byteCount;
    pages.addEncoded(record.pageOffset / this.pageByteCount, { encoding, offset, byteCount });
    this.#checkChunkCount(record, pages);
  }

  #checkChunkCount(record: StreamRecord, { chunkCount }: PageIndex): void {
    if (chunkCount > this.#chunkCountMax) fail(record, 'pages', 'not so thinly scattered over RAM');
  }
}

type PageRecord = StreamRecord & { readonly block: string; readonly pageOffset: number };

function fail(record: StreamRecord, what: string, expected: string): never {
  throw new StreamReadError({ kind: 'length-beyond-bound', offset: record.start, what, expected, actual: 'more' });
}
