import { type ByteCursor, Insufficient } from './byte-cursor';
import { ChunkReader } from './chunk-reader';
import { readState, type StateLayout } from './device-state';
import { iterableSections } from './iterable-sections';
import { RamReader } from './ram-reader';
import { defaultLimits, type ReaderLimits } from './reader-limits';
import { canFollowSection, footerByteCount, footerIn, passFooter } from './section-footer';
import { readConfiguration } from './stream-configuration';
import { isMerelyUnknown, type StreamFault, StreamReadError } from './stream-fault';
import { ramSectionName, ramSectionVersion, sectionType, streamMagic, streamVersion } from './stream-format';
import type { RecordBody, SectionName, StreamRecord } from './stream-records';

export interface StreamReaderOptions {
  /** The layout of a device section's body, which carries no length; undefined for a device not known. */
  readonly layoutOf: (section: SectionName) => StateLayout | undefined;
  readonly onRecord: (record: StreamRecord) => void;
  /**
   * A section that cannot be read is passed over up to its footer, as `unread` records that carry the fault, and reading
   * goes on behind it. Otherwise it ends there.
   */
  readonly passesOver?: boolean;
  /** Bytes of a page, unless the stream's configuration says otherwise. */
  readonly pageByteCount?: number;
  readonly limits?: ReaderLimits;
  /** Of the stream's first byte in its file. */
  readonly offset?: number;
}

/** What the reader expects next. */
type Place =
  | 'header'
  | 'configuration'
  | 'section'
  | 'ram'
  | 'part'
  | 'device'
  | 'unread'
  | 'footer'
  | 'description'
  | 'end';

/** A section that comes in parts: how each is read, or why it is not. */
interface Part {
  readonly section: SectionName;
  readonly place: 'ram' | 'part' | StreamFault;
}

/** Bytes of a section's head before its name: type and id. */
const sectionNameAt = 5;
/** How many bytes are searched for a footer at once. */
const searchByteCount = 4096;

/**
 * Reads a stream from chunks of any size. It buffers at most one record that a chunk's end cut in two: a page, a device
 * state, the block list, or the description.
 *
 *     header → configuration? → section ─START,PART,END→ ram, part ──last record──→ footer? → section
 *                                  ├────FULL→ device ─────────────────────────────→ footer?
 *                                  ├────not known, or not as it should be → unread → footer
 *                                  └────EOF → description? → end
 */
export class StreamReader {
  private place: Place = 'header';
  /** The section under way. */
  private section: SectionName | undefined;
  /** Its layout, when it is a device's. */
  private layout: StateLayout | undefined;
  /** Why it is passed over. */
  private unreadFault: StreamFault | undefined;
  /** Not known before the first section's end. */
  private hasFooters: boolean | undefined;
  /** What PART and END go back to, by section id; undefined for a section that comes at once. */
  private readonly parts = new Map<number, Part | undefined>();
  private readonly ram: RamReader;
  /** By all devices so far. */
  private readonly spent = { freeElementCount: 0 };
  /** Bytes that were read in vain: what a stream may make its reader do besides reading it once. */
  private vainByteCount = 0;
  private readonly limits: ReaderLimits;
  private readonly chunks: ChunkReader;
  private broken: unknown;

  constructor(private readonly options: StreamReaderOptions) {
    this.limits = options.limits ?? defaultLimits;
    this.ram = new RamReader(this.limits.ramBlockCountMax);
    if (options.pageByteCount !== undefined) this.ram.pageByteCount = options.pageByteCount;
    this.chunks = new ChunkReader((cursor) => this.deliver(cursor), options.offset ?? 0);
  }

  /** The offset behind the records delivered so far. */
  get offset(): number {
    return this.chunks.offset;
  }

  /** Bytes received of a record not yet complete. */
  get bufferedByteCount(): number {
    return this.chunks.bufferedByteCount;
  }

  get pageByteCount(): number {
    return this.ram.pageByteCount;
  }

  /** What comes now is no longer part of the stream. */
  get isAtEnd(): boolean {
    return this.place === 'end';
  }

  /** @throws StreamReadError at the first fault; the same again on every later call. */
  push(chunk: Uint8Array): void {
    this.unlessBroken(() => this.chunks.push(chunk));
  }

  /**
   * Leaves out what lies up to the end of pages at fixed places: the next byte to push is that at the returned offset.
   * Undefined where there are none.
   *
   * @param endOffset where the file ends
   */
  jump(endOffset: number): number | undefined {
    const target = this.ram.jumpTarget;
    if (target === undefined || this.place !== 'ram' || this.bufferedByteCount > 0) return undefined;
    if (target <= endOffset) this.ram.jumped();
    this.chunks.jumpTo(Math.min(target, endOffset));
    return this.offset;
  }

  /** No more bytes will come. @throws StreamReadError `truncated` when the stream is not complete. */
  end(): void {
    this.unlessBroken(() => {
      this.chunks.finish();
      const fault = this.truncation();
      if (!fault) return;
      if (this.place === 'device' && this.options.passesOver && this.hasFooters !== false) {
        // Its layout asks for more than there is: its footer may be there all the same.
        this.passOver(fault);
        this.chunks.finish();
        if (!this.truncation()) return;
      }
      // A section in which something else is wrong, and whose footer was not found.
      const isWrong = this.place === 'unread' && !isMerelyUnknown(this.unreadFault!);
      throw new StreamReadError(isWrong ? this.unreadFault! : fault);
    });
  }

  private truncation(): StreamFault | undefined {
    const isComplete = this.place === 'description' || this.place === 'end';
    if (isComplete && this.bufferedByteCount === 0) return undefined;
    return {
      kind: 'truncated',
      offset: this.offset + this.bufferedByteCount,
      what: places[this.place],
      expected: `at least ${this.chunks.missingByteCount} more bytes`,
      actual: 'the end',
    };
  }

  private unlessBroken(work: () => void): void {
    if (this.broken !== undefined) throw this.broken;
    try {
      work();
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }

  private deliver(cursor: ByteCursor): void {
    const { position, offset } = cursor;
    const record = this.recordOrUnread(cursor);
    this.options.onRecord({ start: offset, byteCount: cursor.position - position, ...record });
  }

  private recordOrUnread(cursor: ByteCursor): RecordBody {
    const { position } = cursor;
    try {
      return this.record(cursor);
    } catch (error) {
      if (!(error instanceof StreamReadError) || !this.canPassOver) throw error;
      this.vainByteCount += cursor.position - position;
      if (this.vainByteCount > this.limits.byteCountMax) throw error;
      cursor.position = position;
      this.passOver(error.fault);
      return this.record(cursor);
    }
  }

  /** Inside a section, whose footer is to be found. */
  private get canPassOver(): boolean {
    const isInside = this.place === 'ram' || this.place === 'part' || this.place === 'device';
    return isInside && this.options.passesOver === true && this.hasFooters !== false;
  }

  private passOver(fault: StreamFault): void {
    this.unreadFault = fault;
    this.place = 'unread';
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
      case 'part':
        return this.partRecord(cursor);
      case 'device':
        return this.device(cursor);
      case 'unread':
        return this.unread(cursor);
      case 'footer':
        return this.footer(cursor);
      case 'description':
        return this.description(cursor);
      case 'end':
        return this.trailing(cursor);
    }
  }

  private header(cursor: ByteCursor): RecordBody {
    const { offset } = cursor;
    const magic = cursor.u32();
    if (magic !== streamMagic) cursor.failAt(offset, 'bad-magic', 'magic', streamMagic, magic);
    const version = cursor.u32();
    if (version !== streamVersion) cursor.failAt(offset + 4, 'unsupported-version', 'stream', streamVersion, version);
    this.place = 'configuration';
    return { kind: 'header', version };
  }

  private configuration(cursor: ByteCursor): RecordBody {
    if (cursor.peekU8() !== sectionType.configuration) {
      this.place = 'section';
      return this.sectionStart(cursor);
    }
    cursor.u8();
    const configuration = readConfiguration(cursor);
    const { targetPageBits, capabilities = [] } = configuration;
    if (targetPageBits !== undefined) this.ram.pageByteCount = 2 ** targetPageBits;
    this.ram.hasAddresses = capabilities.includes('x-ignore-shared');
    this.ram.isMapped = capabilities.includes('mapped-ram');
    this.place = 'section';
    return { kind: 'configuration', ...configuration };
  }

  private sectionStart(cursor: ByteCursor): RecordBody {
    const { offset } = cursor;
    const type = cursor.u8();
    switch (type) {
      case sectionType.eof:
        this.place = 'description';
        return { kind: 'eof' };
      case sectionType.start: {
        const section = this.newSection(cursor);
        const part = this.partOf(section, offset + sectionNameAt);
        this.enterPart(part);
        this.parts.set(section.id, part);
        return { kind: 'sectionStart', type: 'start', section };
      }
      case sectionType.full: {
        const section = this.newSection(cursor);
        this.enterDevice(section, offset + sectionNameAt);
        this.parts.set(section.id, undefined);
        return { kind: 'sectionStart', type: 'full', section };
      }
      case sectionType.part:
      case sectionType.end: {
        const part = this.knownPart(cursor);
        this.enterPart(part);
        return { kind: 'sectionStart', type: type === sectionType.part ? 'part' : 'end', section: part.section };
      }
      case sectionType.command: {
        const command = cursor.u16();
        const bytes = cursor.take(cursor.u16());
        return { kind: 'command', command, bytes };
      }
      default:
        return cursor.failAt(offset, 'unknown-section-type', 'section type', '0 to 4 or 8', type);
    }
  }

  private newSection(cursor: ByteCursor): SectionName {
    const idOffset = cursor.offset;
    const id = cursor.u32();
    if (this.parts.has(id)) cursor.failAt(idOffset, 'bad-section-id', 'section id', 'a new one', id);
    if (this.parts.size >= this.limits.sectionCountMax) {
      cursor.failAt(idOffset, 'length-beyond-bound', 'number of sections', this.limits.sectionCountMax, 'more');
    }
    const name = cursor.shortName('section name');
    const instanceId = cursor.u32();
    return { id, name, instanceId, version: cursor.u32() };
  }

  private knownPart(cursor: ByteCursor): Part {
    const idOffset = cursor.offset;
    const id = cursor.u32();
    const part = this.parts.get(id);
    return part ?? cursor.failAt(idOffset, 'bad-section-id', 'section id of a part', "an earlier START's", id);
  }

  private partOf(section: SectionName, nameOffset: number): Part {
    const { name, version } = section;
    if (name !== ramSectionName) {
      if (iterableSections.has(name)) return { section, place: 'part' };
      return { section, place: unknown(section, nameOffset, 'a section in parts that is known') };
    }
    if (version === ramSectionVersion) return { section, place: 'ram' };
    return { section, place: wrongVersion(section, nameOffset, ramSectionVersion) };
  }

  private enterPart({ section, place }: Part): void {
    if (typeof place === 'string') this.enter(section, place);
    else this.enterUnread(section, place);
  }

  private enterDevice(section: SectionName, nameOffset: number): void {
    this.layout = this.options.layoutOf(section);
    if (!this.layout) this.enterUnread(section, unknown(section, nameOffset, 'a device of known layout'));
    else if (this.layout.version === section.version) this.enter(section, 'device');
    else this.enterUnread(section, wrongVersion(section, nameOffset, this.layout.version));
  }

  private enterUnread(section: SectionName, fault: StreamFault): void {
    if (this.options.passesOver !== true || this.hasFooters === false) throw new StreamReadError(fault);
    this.enter(section, 'unread');
    this.unreadFault = fault;
  }

  private enter(section: SectionName, place: Place): void {
    this.section = section;
    this.place = place;
  }

  private ramRecord(cursor: ByteCursor): RecordBody {
    const record = this.ram.record(cursor);
    if (record.kind === 'ramEos') this.place = 'footer';
    return record;
  }

  private partRecord(cursor: ByteCursor): RecordBody {
    const section = this.section!;
    if (iterableSections.get(section.name)!(cursor)) this.place = 'footer';
    return { kind: 'partRecord', section };
  }

  private device(cursor: ByteCursor): RecordBody {
    const { position } = cursor;
    const { freeElementCount } = this.spent;
    const section = this.section!;
    try {
      const state = readState(cursor, this.layout!, this.limits, this.spent);
      const bytes = cursor.since(position);
      // A state that its footer does not follow is none: the layout is another's.
      if (this.expectsFooter(cursor)) cursor.restore(() => passFooter(cursor, section));
      this.place = 'footer';
      return { kind: 'device', section, state, bytes };
    } catch (error) {
      // It is read again.
      if (error instanceof Insufficient) this.spent.freeElementCount = freeElementCount;
      throw error;
    }
  }

  /** Up to the section's footer, or all that cannot be its beginning. */
  private unread(cursor: ByteCursor): RecordBody {
    const section = this.section!;
    const record = { kind: 'unread', section, fault: this.unreadFault! } as const;
    const window = cursor.rest();
    const at = footerIn(window, section.id);
    if (at !== undefined) {
      cursor.take(at);
      this.hasFooters = true;
      this.place = 'footer';
      return record;
    }
    cursor.need(searchByteCount);
    cursor.take(window.length - footerByteCount);
    return record;
  }

  private footer(cursor: ByteCursor): RecordBody {
    this.hasFooters = this.expectsFooter(cursor);
    if (this.hasFooters) passFooter(cursor, this.section!);
    this.place = 'section';
    return { kind: 'sectionEnd', id: this.section!.id };
  }

  private expectsFooter(cursor: ByteCursor): boolean {
    return this.hasFooters ?? !canFollowSection(cursor.peekU8());
  }

  private description(cursor: ByteCursor): RecordBody {
    if (cursor.peekU8() !== sectionType.vmDescription) {
      this.place = 'end';
      return this.trailing(cursor);
    }
    cursor.u8();
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

  private trailing(cursor: ByteCursor): RecordBody {
    cursor.need(1);
    cursor.take(cursor.remaining);
    return { kind: 'trailing' };
  }
}

function unknown({ name, instanceId }: SectionName, offset: number, expected: string): StreamFault {
  return { kind: 'unknown-device', offset, what: 'section', expected, actual: `${name} ${instanceId}` };
}

function wrongVersion({ name, version }: SectionName, nameOffset: number, expected: number): StreamFault {
  const offset = nameOffset + 1 + name.length + 4;
  return { kind: 'unsupported-version', offset, what: `section "${name}"`, expected, actual: version };
}

const places: Readonly<Record<Place, string>> = {
  header: 'the header',
  configuration: 'the configuration',
  section: 'a section or EOF',
  ram: 'a RAM record',
  part: 'a section in parts',
  device: 'a device state',
  unread: 'the end of a section that is not known',
  footer: 'a section footer',
  description: 'the description',
  end: 'the end',
};
