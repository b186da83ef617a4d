import { virtBoard } from '../emulator/machine/virt-layouts';
import type { Description } from '../vmstate/description';
import type { DeviceState } from '../vmstate/device-state';
import { outlineOf, type RandomAccess, recordsOf } from '../vmstate/file-reader';
import { defaultLimits, type ReaderLimits } from '../vmstate/reader-limits';
import { answered, type Reading } from '../vmstate/reading';
import { isMerelyUnknown, type StreamFault, StreamReadError } from '../vmstate/stream-fault';
import { migrationPageByteCount } from '../vmstate/stream-format';
import type { Configuration, SectionName, StreamRecord } from '../vmstate/stream-records';
import { addressOf } from './block-address';
import { PageIndex } from './page-index';

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
  /** Guest physical, where it is known. */
  readonly address: number | undefined;
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
  /** The header and the configuration. */
  readonly head: { readonly offset: number; readonly byteCount: number } | undefined;
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
  /** Where reading ended, because there is no room for more. */
  readonly unreadFrom: number | undefined;
}

/** What surveying a stream may take in memory. */
export interface SurveyLimits extends ReaderLimits {
  /** For the indices of pages. */
  readonly indexByteCountMax: number;
  /** Of device states in the file. */
  readonly deviceByteCountMax: number;
}

/**
 * An editor shares its process with others. An index of 512 MiB is one of 200 GiB of RAM in pages of 4 KiB. What cannot be
 * read piece by piece, a description or a state, is smaller than what takes long.
 */
export const editorLimits: SurveyLimits = {
  ...defaultLimits,
  byteCountMax: 2 ** 19,
  descriptionByteCountMax: 4 * 2 ** 20,
  deviceDescriptionByteCountMax: 2 ** 19,
  indexByteCountMax: 512 * 2 ** 20,
  deviceByteCountMax: 4 * 2 ** 20,
};

/** The file itself is the bound: what is kept of it is a small multiple. */
const unlimited: SurveyLimits = {
  ...defaultLimits,
  indexByteCountMax: Number.POSITIVE_INFINITY,
  deviceByteCountMax: Number.POSITIVE_INFINITY,
};

/** Reads a whole stream at rest and keeps what is needed to speak of it. Never throws StreamReadError. */
export function surveyStream(source: RandomAccess, onProgress: (done: number, total: number) => void): Survey {
  return answered(new Surveying(source.byteCount).read(), ({ offset, length }) => {
    onProgress(offset, source.byteCount);
    return source.read(offset, length);
  });
}

/** A stream that is being surveyed. */
export class Surveying {
  #surveyor: Surveyor;

  constructor(
    private readonly byteCount: number,
    private readonly limits: SurveyLimits = unlimited,
  ) {
    this.#surveyor = new Surveyor(byteCount, limits);
  }

  /** What has been found up to now; lists and indices in it grow. */
  get soFar(): Survey {
    return this.#surveyor.survey;
  }

  /** All of it. Never throws StreamReadError. */
  *read(): Reading<Survey> {
    const { byteCount, limits } = this;
    try {
      const outline = yield* outlineOf(byteCount, { limits, board: virtBoard }, (record) =>
        this.#surveyor.accept(record),
      );
      if (outline.passed) {
        if (outline.passed.fault) this.#surveyor.note(outline.passed.fault);
        return this.soFar;
      }
      // What was found on the way to a description inside the file was found without it.
      this.#surveyor = new Surveyor(byteCount, limits);
      const { description, descriptionFault } = outline;
      if (description) this.#surveyor.use(description);
      for (const fault of descriptionFault ? [descriptionFault] : (description?.faults ?? []))
        this.#surveyor.note(fault);
      const accept = (record: StreamRecord) => this.#surveyor.accept(record);
      yield* recordsOf(byteCount, outline, accept, {
        limits,
        board: virtBoard,
        passesOver: true,
        readsMappedPages: false,
      });
    } catch (error) {
      if (error instanceof StreamReadError) this.#surveyor.note(error.fault);
      else if (error instanceof BeyondBound) this.#surveyor.unreadFrom = error.offset;
      else throw error;
    }
    return this.soFar;
  }
}

/** The reader keeps no more: nothing is wrong with the stream. */
class BeyondBound extends Error {
  constructor(readonly offset: number) {
    super(`from byte ${offset} on`);
  }
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
  head: Survey['head'];
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
  unreadFrom: number | undefined;
  #description: Description | undefined;
  readonly #usage = { byteCount: 0 };
  #deviceByteCount = 0;
  #section: SurveyedSection | undefined;
  readonly #chunkCountMax: number;

  constructor(
    private readonly fileByteCount: number,
    private readonly limits: SurveyLimits,
  ) {
    this.#chunkCountMax = freeChunkCount + fileByteCount / bytesPerChunk;
  }

  get survey(): Survey {
    const { blocks, fileByteCount } = this;
    return { ...this, byteCount: fileByteCount, blocks: [...blocks.values()], description: this.#description };
  }

  use(description: Description): void {
    this.#description = description;
    this.pageByteCount = description.pageByteCount;
  }

  note(fault: StreamFault): void {
    if (this.faults.length < faultCountMax) this.faults.push(fault);
  }

  accept(record: StreamRecord): void {
    const end = record.start + record.byteCount;
    switch (record.kind) {
      case 'ramPage': {
        const { encodedByteCount } = record;
        const { pages, page } = this.#placeOf(record);
        if (encodedByteCount === undefined) pages.addNormal(page, end - this.pageByteCount);
        else pages.addCompressed(page, end - encodedByteCount);
        this.#checkIndex(record, pages);
        return;
      }
      case 'zeroPage': {
        const { pages, page } = this.#placeOf(record);
        pages.addZero(page);
        this.#checkIndex(record, pages);
        return;
      }
      case 'pageDifference': {
        const { pages, page } = this.#placeOf(record);
        pages.addDifference(page, end - record.bytes.length);
        this.#checkIndex(record, pages);
        return;
      }
      case 'header':
        this.head = { offset: record.start, byteCount: record.byteCount };
        return;
      case 'configuration': {
        this.head = { offset: this.head!.offset, byteCount: end - this.head!.offset };
        const { kind: _kind, start: _start, byteCount: _byteCount, ...configuration } = record;
        this.configuration = configuration;
        if (configuration.targetPageBits !== undefined) this.pageByteCount = 2 ** configuration.targetPageBits;
        return;
      }
      case 'ramBlockList':
        for (const block of record.blocks) {
          const { name, byteCount } = block;
          const pages = new PageIndex(byteCount / this.pageByteCount, this.#usage);
          this.blocks.set(name, { name, byteCount, address: addressOf(block, record.blocks), pages });
        }
        return;
      case 'device': {
        const { start, byteCount, section, state } = record;
        this.#deviceByteCount += byteCount;
        if (this.#deviceByteCount > this.limits.deviceByteCountMax) throw new BeyondBound(start);
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

  #placeOf({ block, pageOffset }: PageRecord): { pages: PageIndex; page: number } {
    return { pages: this.blocks.get(block)!.pages, page: pageOffset / this.pageByteCount };
  }

  #checkIndex(record: StreamRecord, { chunkCount }: PageIndex): void {
    if (chunkCount > this.#chunkCountMax) fail(record, 'pages', 'not so thinly scattered over RAM');
    if (this.#usage.byteCount > this.limits.indexByteCountMax) throw new BeyondBound(record.start);
  }
}

type PageRecord = StreamRecord & { readonly block: string; readonly pageOffset: number };

function fail(record: StreamRecord, what: string, expected: string): never {
  throw new StreamReadError({ kind: 'length-beyond-bound', offset: record.start, what, expected, actual: 'more' });
}
