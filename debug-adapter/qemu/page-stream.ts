import { StreamReader } from '../vmstate/stream-reader';
import type { StreamRecord } from '../vmstate/stream-records';
import { PacketPipe } from './packet-pipe';

/** A page that QEMU is sending. */
export interface SentPage {
  readonly block: string;
  readonly page: number;
  /**
   * A zero page is a packet by itself, which was written when QEMU lifted its protection: it is one ahead. Of any other the
   * first half is in the slot; QEMU writes the second one before it lifts the protection. Of blocks that are not protected,
   * QEMU writes as many zero pages at once as a packet holds.
   */
  readonly isZero: boolean;
}

export interface StreamListener {
  /** A page is there, whole. `bytes` is undefined for a zero page; good only during the call. */
  onPage(block: string, page: number, bytes: Uint8Array | undefined): void;
  /** Bytes of the stream, as they are taken. */
  onBytes(bytes: Uint8Array): void;
}

const ramFlag = { zero: 2, page: 8, continue: 0x20 };
const headByteCount = 8;

/** The stream that QEMU writes into a pipe with one slot, packet by packet. */
export class PageStream {
  readonly pipe = new PacketPipe();
  readonly #reader: StreamReader;
  /** Bytes since the begin of the last packet or the record that it goes on with. */
  #unfinished = Buffer.alloc(0);
  /** The packet in the slot, once it has been seen. */
  #packet: Buffer | undefined;
  /** Of that packet: pages not told yet. */
  #told: SentPage[] = [];
  #isInRam = false;
  #block = '';
  #isTail = false;
  hasEnded = false;
  /** The stream's own end has come, whatever the pipe says. */
  isWhole = false;

  constructor(private readonly listener: StreamListener) {
    // Devices come behind the pages; whoever reads the file knows their layouts.
    this.#reader = new StreamReader({
      layoutOf: () => undefined,
      passesOver: true,
      onRecord: (record) => this.#accept(record),
    });
  }

  /** What is behind RAM has begun: the stashed state. */
  get isInTail(): boolean {
    return this.#isTail;
  }

  /**
   * The page that is being sent. QEMU stays where it is; packets that hold no page are taken on the way. Undefined: QEMU
   * writes nothing now, or nothing any more.
   */
  look(): SentPage | undefined {
    for (;;) {
      const [page] = this.#told;
      if (page) return page;
      if (this.#packet) {
        this.#take();
        continue;
      }
      const packet = this.pipe.peek();
      if (packet === undefined) return undefined;
      if (packet === 'end') {
        this.hasEnded = true;
        return undefined;
      }
      this.#see(packet);
    }
  }

  /** The page goes on its way, and QEMU to the next one. */
  pass(): void {
    this.#told.shift();
    if (this.#told.length === 0 && this.#packet) this.#take();
  }

  /** What is there; pages are not held any more. @returns how many bytes */
  drain(): number {
    this.#told = [];
    if (this.#packet) this.#take();
    const bytes = this.pipe.take();
    if (bytes === 'end') this.hasEnded = true;
    if (bytes === undefined || bytes === 'end') return 0;
    this.listener.onBytes(bytes);
    // They are not to be told, and there may be millions.
    this.#zeroPages = [];
    this.#reader.push(bytes);
    this.#unfinished = Buffer.alloc(0);
    return bytes.length;
  }

  #see(packet: Buffer): void {
    this.#packet = packet;
    this.#unfinished = Buffer.concat([this.#unfinished, packet]);
    const zeroPages: SentPage[] = [];
    this.#zeroPages = zeroPages;
    const wasUnfinished = this.#reader.bufferedByteCount > 0;
    const before = this.#reader.offset;
    this.#reader.push(packet);
    this.#told = zeroPages;
    const { bufferedByteCount } = this.#reader;
    // Behind what passed unseen, a record's beginning may not be here.
    this.#unfinished = this.#unfinished.subarray(Math.max(0, this.#unfinished.length - bufferedByteCount));
    if (this.#unfinished.length < bufferedByteCount) return;
    // The second half of a page that has been told of has not begun another one.
    if (wasUnfinished && this.#reader.offset === before) return;
    const begun = this.#begunPage();
    if (begun) this.#told.push(begun);
  }

  #zeroPages: SentPage[] = [];

  #accept(record: StreamRecord): void {
    switch (record.kind) {
      case 'ramPage':
        this.#isInRam = true;
        this.#block = record.block;
        this.listener.onPage(record.block, record.pageOffset / 4096, record.bytes);
        break;
      case 'zeroPage':
        this.#isInRam = true;
        this.#block = record.block;
        this.#zeroPages.push({ block: record.block, page: record.pageOffset / 4096, isZero: true });
        this.listener.onPage(record.block, record.pageOffset / 4096, undefined);
        break;
      case 'sectionStart':
        this.#isInRam = record.section.name === 'ram';
        this.#isTail ||= record.type === 'full';
        break;
      case 'ramEos':
        this.#isInRam = false;
        break;
      case 'vmDescription':
        this.isWhole = true;
        break;
    }
  }

  /** By the head of the record that is not whole yet. */
  #begunPage(): SentPage | undefined {
    const head = this.#unfinished;
    if (!this.#isInRam || head.length < headByteCount) return undefined;
    const word = Number(head.readBigUInt64BE(0));
    const flags = word % 4096;
    if (!(flags & ramFlag.page)) return undefined;
    const page = (word - flags) / 4096;
    if (flags & ramFlag.continue) return { block: this.#block, page, isZero: false };
    const nameEnd = headByteCount + 1 + (head[headByteCount] ?? 0);
    if (head.length < nameEnd) return undefined;
    return { block: head.toString('latin1', headByteCount + 1, nameEnd), page, isZero: false };
  }

  #take(): void {
    this.#packet = undefined;
    const bytes = this.pipe.take();
    if (bytes === undefined || bytes === 'end') throw new Error('a packet that was seen is gone');
    this.listener.onBytes(bytes);
  }
}
