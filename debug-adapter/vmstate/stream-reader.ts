import type { ByteCursor } from './byte-cursor';
import { ChunkReader } from './chunk-reader';
import { readState, type StateLayout, type StateLimits } from './device-state';
import { readConfiguration } from './stream-configuration';
import { StreamReadError } from './stream-fault';
import {
  migrationPageByteCount,
  ramFlag,
  ramSectionName,
  ramSectionVersion,
  sectionType,
  streamMagic,
  streamVersion,
} from './stream-format';
import type { RecordExtent, SectionName, StreamRamBlock, StreamRecord } from './stream-records';

/** How much a stream may make its reader keep. */
export interface ReaderLimits extends StateLimits {
  readonly ramBlockCountMax: number;
  readonly sectionCountMax: number;
  readonly descriptionByteCountMax: number;
}

export const defaultLimits: ReaderLimits = {
  byteCountMax: 16 * 2 ** 20,
  freeElementCountMax: 2 ** 16,
  ramBlockCountMax: 1024,
  sectionCountMax: 65_536,
  descriptionByteCountMax: 16 * 2 ** 20,
};

export interface StreamReaderOptions {
  /** The layout of a device section's body, which carries no length; undefined for a device not known. */
  readonly layoutOf: (section: SectionName) => StateLayout | undefined;
  readonly onRecord: (record: StreamRecord) => void;
  /** Bytes of a page, unless the stream's configuration says otherwise. */
  readonly pageByteCount?: number;
  readonly limits?: ReaderLimits;
}

/** What the reader expects next. */
type Place = 'header' | 'configuration' | 'section' | 'ram' | 'device' | 'footer' | 'description' | 'end';

/**
 * Reads a stream from chunks of any size. It buffers at most one record that a chunk's end cut in two: a page, a device
 * state, the block list, or the description.
 *
 *     header → configuration → section ─START,PART,END→ ram ──────EOS──→ footer → section
 *                                 ├────FULL→ device ────────────────────→ footer
 *                                 └────EOF → description → end
 */
export class StreamReader {
  private place: Place = 'header';
  private section: SectionName | undefined;
  private readonly sections = new Map<number, SectionName>();
  private readonly blocks = new Map<string, StreamRamBlock>();
  private currentBlock: StreamRamBlock | undefined;
  /** Of all devices so far: see StateLimits. */
  private freeElementCount = 0;
  private blocksHaveAddresses = false;
  private pageByteCount: number;
  private readonly limits: ReaderLimits;
  private readonly chunks = new ChunkReader((cursor) => this.deliver(cursor));
  private broken: unknown;

  constructor(private readonly options: StreamReaderOptions) {
    this.pageByteCount = options.pageByteCount ?? migrationPageByteCount;
    this.limits = options.limits ?? defaultLimits;
  }

  /** Bytes of the records delivered so far. */
  get byteCount(): number {
    return this.chunks.byteCount;
  }

  /** Bytes received of a record not yet complete. */
  get bufferedByteCount(): number {
    return this.chunks.bufferedByteCount;
  }

  /** @throws StreamReadError at the first fault; the same again on every later call. */
  push(chunk: Uint8Array): void {
    if (this.broken !== undefined) throw this.broken;
    try {
      this.chunks.push(chunk);
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }

  /** No more bytes will come. @throws StreamReadError `truncated` when the stream is not complete. */
  end(): void {
    if (this.broken !== undefined) throw this.broken;
    const complete = this.place === 'description' || this.place === 'end';
    if (complete && this.bufferedByteCount === 0) return;
    this.broken = new StreamReadError({
      kind: 'truncated',
      offset: this.byteCount + this.bufferedByteCount,
      what: places[this.place],
      expected: `at least ${this.chunks.missingByteCount} more bytes`,
      actual: 'the end',
    });
    throw this.broken;
  }

  private deliver(cursor: ByteCursor): void {
    const { position, offset } = cursor;
    const record = this.record(cursor);
    this.options.onRecord({ start: offset, byteCount: cursor.position - position, ...record });
  }

  /** Reads one record. Changes nothing before the record is whole: it may be called again with more bytes. */
  private record(cursor: ByteCursor): RecordBody {
    switch (this.place) {
      case 'header':
        return this.header(cursor);
      case 'configuration':
        return this.configuration(cursor);
      case 'section':
        return this.sectionStart(cursor);
      case 'ram':
        return this.ramRecord(cursor);
      case 'device':
        return this.device(cursor);
      case 'footer':
        return this.footer(cursor);
      case 'description':
        return this.description(cursor);
      case 'end':
        cursor.need(1);
        return cursor.fail('trailing-bytes', 'the stream', 'its end', 'more bytes');
    }
  }

  private header(cursor: ByteCursor): RecordBody {
    const magic = cursor.u32();
    if (magic !== streamMagic) cursor.failAt(0, 'bad-magic', 'magic', streamMagic, magic);
    const version = cursor.u32();
    if (version !== streamVersion) cursor.failAt(4, 'unsupported-version', 'stream', streamVersion, version);
    this.place = 'configuration';
    return { kind: 'header', version };
  }

  private configuration(cursor: ByteCursor): RecordBody {
    const type = cursor.u8();
    if (type !== sectionType.configuration) {
      const what = 'section type behind the header';
      cursor.failAt(cursor.offset - 1, 'unknown-section-type', what, sectionType.configuration, type);
    }
    const configuration = readConfiguration(cursor);
    if (configuration.targetPageBits !== undefined) this.pageByteCount = 2 ** configuration.targetPageBits;
    this.blocksHaveAddresses = configuration.capabilities?.includes('x-ignore-shared') ?? false;
    this.place = 'section';
    return { kind: 'configuration', ...configuration };
  }

  private sectionStart(cursor: ByteCursor): RecordBody {
    const type = cursor.u8();
    switch (type) {
      case sectionType.eof:
        this.place = 'description';
        return { kind: 'eof' };
      case sectionType.start:
      case sectionType.full: {
        const section = this.newSection(cursor, type);
        this.enter(section, type === sectionType.start ? 'ram' : 'device');
        const word = type === sectionType.start ? 'start' : 'full';
        return { kind: 'sectionStart', type: word, section };
      }
      case sectionType.part:
      case sectionType.end: {
        const section = this.knownSection(cursor);
        this.enter(section, 'ram');
        const word = type === sectionType.part ? 'part' : 'end';
        return { kind: 'sectionStart', type: word, section };
      }
      case sectionType.command: {
        const command = cursor.u16();
        const bytes = cursor.take(cursor.u16());
        return { kind: 'command', command, bytes };
      }
      default:
        cursor.failAt(cursor.offset - 1, 'unknown-section-type', 'section type', '0 to 4 or 8', type);
    }
  }

  private newSection(cursor: ByteCursor, type: number): SectionName {
    const idOffset = cursor.offset;
    const id = cursor.u32();
    if (this.sections.has(id)) cursor.failAt(idOffset, 'bad-section-id', 'section id', 'a new one', id);
    if (this.sections.size >= this.limits.sectionCountMax) {
      cursor.failAt(idOffset, 'length-beyond-bound', 'number of sections', this.limits.sectionCountMax, 'more');
    }
    const nameOffset = cursor.offset;
    const name = cursor.shortName('section name');
    const instanceId = cursor.u32();
    const versionOffset = cursor.offset;
    const version = cursor.u32();
    const section = { id, name, instanceId, version };
    const isRam = name === ramSectionName;
    if (isRam !== (type === sectionType.start)) {
      const expected = isRam ? 'ram in parts (START)' : 'no iterable section but ram';
      cursor.failAt(nameOffset, 'unknown-device', 'section', expected, name);
    }
    const expected = isRam ? ramSectionVersion : this.layoutOf(cursor, section, nameOffset).version;
    if (version !== expected) {
      cursor.failAt(versionOffset, 'unsupported-version', `section "${name}"`, expected, version);
    }
    return section;
  }

  private layoutOf(cursor: ByteCursor, section: SectionName, nameOffset: number): StateLayout {
    const layout = this.options.layoutOf(section);
    if (layout) return layout;
    return cursor.failAt(
      nameOffset,
      'unknown-device',
      'device section',
      'a device of known layout',
      `${section.name} ${section.instanceId}`,
    );
  }

  private knownSection(cursor: ByteCursor): SectionName {
    const idOffset = cursor.offset;
    const id = cursor.u32();
    const section = this.sections.get(id);
    if (section?.name === ramSectionName) return section;
    return cursor.failAt(idOffset, 'bad-section-id', 'section id of a part', "an earlier START's", id);
  }

  private enter(section: SectionName, place: 'ram' | 'device'): void {
    this.sections.set(section.id, section);
    this.section = section;
    this.place = place;
  }

  private ramRecord(cursor: ByteCursor): RecordBody {
    const startOffset = cursor.offset;
    const word = cursor.u64Number('RAM record', Number.MAX_SAFE_INTEGER);
    const flags = word % this.pageByteCount;
    const value = word - flags;
    switch (flags) {
      case ramFlag.memSize:
        return this.blockList(cursor, value);
      case ramFlag.page:
      case ramFlag.page | ramFlag.continue:
      case ramFlag.zero:
      case ramFlag.zero | ramFlag.continue:
        return this.page(cursor, flags, value);
      case ramFlag.eos:
        if (value !== 0) cursor.failAt(startOffset, 'unknown-ram-flags', 'end of RAM records', ramFlag.eos, word);
        this.place = 'footer';
        return { kind: 'ramEos' };
      default:
        cursor.failAt(
          startOffset,
          'unknown-ram-flags',
          'flags of a RAM record',
          'block list, page, zero or end',
          flags,
        );
    }
  }

  private blockList(cursor: ByteCursor, total: number): RecordBody {
    const startOffset = cursor.offset - 8;
    if (this.blocks.size > 0) cursor.failAt(startOffset, 'bad-block-list', 'block list', 'one', 'a second');
    const blocks = new Map<string, StreamRamBlock>();
    for (let left = total; left > 0; ) {
      const blockOffset = cursor.offset;
      if (blocks.size >= this.limits.ramBlockCountMax) {
        cursor.fail('length-beyond-bound', 'number of RAM blocks', this.limits.ramBlockCountMax, 'more');
      }
      const name = cursor.shortName('RAM block name');
      const lengthOffset = cursor.offset;
      const byteCount = cursor.u64Number(`length of RAM block "${name}"`, Number.MAX_SAFE_INTEGER);
      if (blocks.has(name)) cursor.failAt(blockOffset, 'bad-block-list', 'RAM block', 'each once', `${name} again`);
      if (byteCount === 0 || byteCount > left || byteCount % this.pageByteCount !== 0) {
        const expected = `whole pages, at most ${left} bytes`;
        cursor.failAt(lengthOffset, 'bad-block-list', `length of RAM block "${name}"`, expected, byteCount);
      }
      const address = this.blocksHaveAddresses
        ? cursor.u64Number(`address of RAM block "${name}"`, Number.MAX_SAFE_INTEGER)
        : undefined;
      blocks.set(name, { name, byteCount, ...(address !== undefined && { address }) });
      left -= byteCount;
    }
    for (const block of blocks.values()) this.blocks.set(block.name, block);
    return { kind: 'ramBlockList', blocks: [...blocks.values()] };
  }

  private page(cursor: ByteCursor, flags: number, pageOffset: number): RecordBody {
    const startOffset = cursor.offset - 8;
    const block = this.pageBlock(cursor, flags, startOffset);
    if (pageOffset >= block.byteCount) {
      const what = `page offset in "${block.name}"`;
      cursor.failAt(startOffset, 'page-out-of-range', what, `less than ${block.byteCount}`, pageOffset);
    }
    const isZero = (flags & ramFlag.zero) !== 0;
    const bytes = cursor.take(isZero ? 1 : this.pageByteCount);
    if (isZero && bytes[0] !== 0) cursor.failAt(cursor.offset - 1, 'bad-zero-page', 'fill byte', 0, bytes[0]!);
    this.currentBlock = block;
    if (isZero) return { kind: 'zeroPage', block: block.name, pageOffset };
    return { kind: 'ramPage', block: block.name, pageOffset, bytes };
  }

  private pageBlock(cursor: ByteCursor, flags: number, startOffset: number): StreamRamBlock {
    if (flags & ramFlag.continue) {
      if (this.currentBlock) return this.currentBlock;
      return cursor.failAt(startOffset, 'no-current-block', 'CONTINUE flag', 'a page with a block name before', flags);
    }
    const nameOffset = cursor.offset;
    const name = cursor.shortName('RAM block name');
    const block = this.blocks.get(name);
    if (block) return block;
    return cursor.failAt(nameOffset, 'unknown-block', 'RAM block', [...this.blocks.keys()].join(', '), name);
  }

  private device(cursor: ByteCursor): RecordBody {
    const start = cursor.position;
    const section = this.section!;
    const { state, freeElementCount } = readState(cursor, this.options.layoutOf(section)!, {
      byteCountMax: this.limits.byteCountMax,
      freeElementCountMax: this.limits.freeElementCountMax - this.freeElementCount,
    });
    this.freeElementCount += freeElementCount;
    this.place = 'footer';
    return { kind: 'device', section, state, bytes: cursor.since(start) };
  }

  private footer(cursor: ByteCursor): RecordBody {
    const { offset } = cursor;
    const { id, name } = this.section!;
    const marker = cursor.u8();
    const what = `footer of section "${name}"`;
    if (marker !== sectionType.footer) cursor.failAt(offset, 'bad-footer', what, sectionType.footer, marker);
    const actualId = cursor.u32();
    if (actualId !== id) cursor.failAt(offset + 1, 'bad-footer', `id in ${what}`, id, actualId);
    this.place = 'section';
    return { kind: 'sectionEnd', id };
  }

  private description(cursor: ByteCursor): RecordBody {
    const type = cursor.u8();
    if (type !== sectionType.vmDescription) {
      cursor.failAt(cursor.offset - 1, 'trailing-bytes', 'behind EOF', 'a description or the end', type);
    }
    const lengthOffset = cursor.offset;
    const byteCount = cursor.u32();
    if (byteCount > this.limits.descriptionByteCountMax) {
      const what = 'length of the description';
      cursor.failAt(lengthOffset, 'length-beyond-bound', what, this.limits.descriptionByteCountMax, byteCount);
    }
    const text = new TextDecoder('utf-8').decode(cursor.take(byteCount));
    this.place = 'end';
    return { kind: 'vmDescription', text };
  }
}

type RecordBody = StreamRecord extends infer R ? (R extends RecordExtent ? Omit<R, keyof RecordExtent> : never) : never;

const places: Readonly<Record<Place, string>> = {
  header: 'the header',
  configuration: 'the configuration',
  section: 'a section or EOF',
  ram: 'a RAM record',
  device: 'a device state',
  footer: 'a section footer',
  description: 'the description',
  end: 'the end',
};
