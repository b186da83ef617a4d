import type { Description } from '../vmstate/description';
import type { DeviceState } from '../vmstate/device-state';
import { type RandomAccess, readDescription, readRecords } from '../vmstate/file-reader';
import { type StreamFault, StreamReadError } from '../vmstate/stream-fault';
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

/** What a migration stream holds, as far as it could be read. RAM itself stays in the file. */
export interface Survey {
  readonly byteCount: number;
  readonly pageByteCount: number;
  readonly configuration: Configuration | undefined;
  readonly sections: readonly SurveyedSection[];
  readonly blocks: readonly SurveyedBlock[];
  readonly devices: readonly SurveyedDevice[];
  readonly description: Description | undefined;
  /** Offsets of the EOF byte and of VMDESCRIPTION, where the stream came so far. */
  readonly eofOffset: number | undefined;
  readonly descriptionOffset: number | undefined;
  /** Every fault found: of the description, and the one at which reading ended. */
  readonly faults: readonly StreamFault[];
}

/** Reads a whole stream at rest and keeps what is needed to speak of it. Never throws StreamReadError. */
export function surveyStream(source: RandomAccess, onProgress: (done: number, total: number) => void): Survey {
  const faults: StreamFault[] = [];
  const collecting = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StreamReadError)) throw error;
      faults.push(error.fault);
      return undefined;
    }
  };
  const description = collecting(() => readDescription(source));
  const surveyor = new Surveyor(source.byteCount, description?.pageByteCount ?? migrationPageByteCount);
  const watched: RandomAccess = {
    byteCount: source.byteCount,
    read: (offset, length) => {
      onProgress(offset, source.byteCount);
      return source.read(offset, length);
    },
  };
  collecting(() => readRecords(watched, description, (record) => surveyor.accept(record)));
  return { ...surveyor, byteCount: source.byteCount, blocks: [...surveyor.blocks.values()], description, faults };
}

/** A file of many tiny sections must not make us keep more than it is itself. */
const sectionCountMax = 100_000;
/** Chunks of page indices that any file may ask for, and one more for so many of its bytes. */
const freeChunkCount = 4096;
const bytesPerChunk = 512;

class Surveyor {
  configuration: Configuration | undefined;
  readonly sections: SurveyedSection[] = [];
  readonly blocks = new Map<string, SurveyedBlock>();
  readonly devices: SurveyedDevice[] = [];
  eofOffset: number | undefined;
  descriptionOffset: number | undefined;
  #sectionStart = 0;

  constructor(
    byteCount: number,
    public pageByteCount: number,
  ) {
    this.#chunkCountMax = freeChunkCount + byteCount / bytesPerChunk;
  }

  readonly #chunkCountMax: number;

  accept(record: StreamRecord): void {
    switch (record.kind) {
      case 'ramPage':
        this.#addPage(record, record.start + record.byteCount - this.pageByteCount);
        return;
      case 'zeroPage':
        this.#addPage(record, zeroPage);
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
      case 'sectionStart':
        this.#sectionStart = record.start;
        if (this.sections.length >= sectionCountMax) fail(record, 'number of sections', `at most ${sectionCountMax}`);
        this.sections.push({
          ...record.section,
          type: record.type,
          offset: record.start,
          byteCount: record.byteCount,
          isWhole: false,
        });
        return;
      case 'device': {
        const { start, byteCount, section, state } = record;
        this.devices.push({ ...section, state, offset: start, byteCount });
        return;
      }
      case 'sectionEnd': {
        const section = this.sections[this.sections.length - 1]!;
        section.byteCount = record.start + record.byteCount - this.#sectionStart;
        section.isWhole = true;
        return;
      }
      case 'eof':
        this.eofOffset = record.start;
        return;
      case 'vmDescription':
        this.descriptionOffset = record.start;
    }
  }

  #addPage(record: StreamRecord & { readonly block: string; readonly pageOffset: number }, place: number): void {
    const { pages } = this.blocks.get(record.block)!;
    pages.add(record.pageOffset / this.pageByteCount, place);
    if (pages.chunkCount > this.#chunkCountMax) fail(record, 'pages', 'not so thinly scattered over RAM');
  }
}

function fail(record: StreamRecord, what: string, expected: string): never {
  throw new StreamReadError({ kind: 'length-beyond-bound', offset: record.start, what, expected, actual: 'more' });
}
