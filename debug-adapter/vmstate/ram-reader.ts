import type { ByteCursor } from './byte-cursor';
import { applyDifference, compressedByteCountMax, inflatePage } from './page-encodings';
import { migrationPageByteCount, ramFlag } from './stream-format';
import type { RecordBody, StreamRamBlock } from './stream-records';

/** ENCODING_FLAG_XBZRLE */
const xbzrleEncoding = 1;
const mappedRamVersion = 1;

/**
 * Reads the records of `ram` sections: the block list, pages in each of their forms, the end of a part.
 *
 * With the capability `mapped-ram` (QEMU ≥ 9.0; docs/devel/migration/mapped-ram.rst) the pages lie at fixed places in the
 * file, those of each block behind its entry in the block list:
 *
 *     list ─→ ( entry · mapped-ram header ─→ bitmap, padding, pages )* ─→ records as without
 */
export class RamReader {
  pageByteCount = migrationPageByteCount;
  /** As the stream's capabilities say: `x-ignore-shared`, `mapped-ram`. */
  hasAddresses = false;
  isMapped = false;
  private readonly blocks = new Map<string, StreamRamBlock>();
  private currentBlock: StreamRamBlock | undefined;
  /** Of a mapped block list: bytes of blocks still to come; undefined outside it. */
  private listedLeft: number | undefined;
  /** Where the stream goes on behind the pages of a mapped block. */
  private mappedEnd: number | undefined;
  /** For differences, which are checked by themselves. */
  private scratch = new Uint8Array(0);

  constructor(private readonly blockCountMax: number) {}

  /** The stream goes on there; what is before are pages at fixed places. */
  get jumpTarget(): number | undefined {
    return this.mappedEnd;
  }

  /** Reads one record. Changes nothing before the record is whole. */
  record(cursor: ByteCursor): RecordBody {
    if (this.mappedEnd !== undefined) return this.mappedBytes(cursor, this.mappedEnd);
    if (this.listedLeft !== undefined) return this.mappedEntry(cursor, this.listedLeft);
    const { offset } = cursor;
    const word = cursor.u64Number('RAM record', Number.MAX_SAFE_INTEGER);
    const flags = word % this.pageByteCount;
    const value = word - flags;
    switch (flags & ~ramFlag.continue) {
      case ramFlag.memSize:
        return this.blockList(cursor, value);
      case ramFlag.page:
      case ramFlag.zero:
      case ramFlag.xbzrle:
      case ramFlag.compressPage:
        return this.page(cursor, flags, value);
      case ramFlag.multifdFlush:
        return { kind: 'multifdFlush' };
      case ramFlag.eos:
        if (value !== 0) cursor.failAt(offset, 'unknown-ram-flags', 'end of RAM records', ramFlag.eos, word);
        return { kind: 'ramEos' };
      default:
        return cursor.failAt(offset, 'unknown-ram-flags', 'flags of a RAM record', 'a block list, page or end', flags);
    }
  }

  private blockList(cursor: ByteCursor, total: number): RecordBody {
    const startOffset = cursor.offset - 8;
    if (this.blocks.size > 0) cursor.failAt(startOffset, 'bad-block-list', 'block list', 'one', 'a second');
    if (this.isMapped) {
      this.listedLeft = total;
      return { kind: 'mappedRam' };
    }
    const blocks = new Map<string, StreamRamBlock>();
    for (let left = total; left > 0; ) {
      const block = this.entry(cursor, left, blocks);
      blocks.set(block.name, block);
      left -= block.byteCount;
    }
    for (const block of blocks.values()) this.blocks.set(block.name, block);
    return { kind: 'ramBlockList', blocks: [...blocks.values()] };
  }

  private entry(cursor: ByteCursor, left: number, before: ReadonlyMap<string, StreamRamBlock>): StreamRamBlock {
    const { offset } = cursor;
    if (before.size >= this.blockCountMax) {
      cursor.fail('length-beyond-bound', 'number of RAM blocks', this.blockCountMax, 'more');
    }
    const name = cursor.shortName('RAM block name');
    const lengthOffset = cursor.offset;
    const byteCount = cursor.u64Number(`length of RAM block "${name}"`, Number.MAX_SAFE_INTEGER);
    if (before.has(name)) cursor.failAt(offset, 'bad-block-list', 'RAM block', 'each once', `${name} again`);
    if (byteCount === 0 || byteCount > left || byteCount % this.pageByteCount !== 0) {
      const expected = `whole pages, at most ${left} bytes`;
      cursor.failAt(lengthOffset, 'bad-block-list', `length of RAM block "${name}"`, expected, byteCount);
    }
    if (!this.hasAddresses) return { name, byteCount };
    return { name, byteCount, address: cursor.u64Number(`address of RAM block "${name}"`, Number.MAX_SAFE_INTEGER) };
  }

  private mappedEntry(cursor: ByteCursor, left: number): RecordBody {
    if (left === 0) {
      this.listedLeft = undefined;
      return { kind: 'ramBlockList', blocks: [...this.blocks.values()] };
    }
    const entry = this.entry(cursor, left, this.blocks);
    const block = { ...entry, mapped: this.mappedHeader(cursor, entry) };
    this.blocks.set(block.name, block);
    this.listedLeft = left - block.byteCount;
    this.mappedEnd = block.mapped.pagesOffset + block.byteCount;
    return { kind: 'mappedRam' };
  }

  /** MappedRamHeader of QEMU's migration/ram.c */
  private mappedHeader(cursor: ByteCursor, { name, byteCount }: StreamRamBlock): NonNullable<StreamRamBlock['mapped']> {
    const { offset } = cursor;
    const version = cursor.u32();
    const what = `mapped-ram header of "${name}"`;
    if (version !== mappedRamVersion) cursor.failAt(offset, 'unsupported-version', what, mappedRamVersion, version);
    const pageByteCount = cursor.u64Number(`page size in the ${what}`, Number.MAX_SAFE_INTEGER);
    if (pageByteCount !== this.pageByteCount) {
      cursor.failAt(offset + 4, 'bad-block-list', `page size in the ${what}`, this.pageByteCount, pageByteCount);
    }
    const bitmapOffset = cursor.u64Number(`place of the bitmap in the ${what}`, Number.MAX_SAFE_INTEGER);
    const pagesOffset = cursor.u64Number(`place of the pages in the ${what}`, Number.MAX_SAFE_INTEGER - byteCount);
    const bitmapEnd = bitmapOffset + Math.ceil(byteCount / pageByteCount / 8);
    if (bitmapOffset < cursor.offset) {
      cursor.failAt(
        offset + 12,
        'bad-block-list',
        `bitmap of "${name}"`,
        `at ${cursor.offset} or behind`,
        bitmapOffset,
      );
    }
    if (pagesOffset < bitmapEnd) {
      cursor.failAt(offset + 20, 'bad-block-list', `pages of "${name}"`, `at ${bitmapEnd} or behind`, pagesOffset);
    }
    return { bitmapOffset, pagesOffset };
  }

  /** As much of them as the window has. Whoever reads at random leaves them out. */
  private mappedBytes(cursor: ByteCursor, end: number): RecordBody {
    cursor.need(1);
    cursor.take(Math.min(cursor.remaining, end - cursor.offset));
    if (cursor.offset >= end) this.mappedEnd = undefined;
    return { kind: 'mappedRam' };
  }

  jumped(): void {
    this.mappedEnd = undefined;
  }

  private page(cursor: ByteCursor, flags: number, pageOffset: number): RecordBody {
    const startOffset = cursor.offset - 8;
    const block = this.pageBlock(cursor, flags, startOffset);
    if (pageOffset >= block.byteCount) {
      const what = `page offset in "${block.name}"`;
      cursor.failAt(startOffset, 'page-out-of-range', what, `less than ${block.byteCount}`, pageOffset);
    }
    const record = this.pageContents(cursor, flags & ~ramFlag.continue, { block: block.name, pageOffset });
    this.currentBlock = block;
    return record;
  }

  private pageContents(
    cursor: ByteCursor,
    form: number,
    place: { readonly block: string; readonly pageOffset: number },
  ): RecordBody {
    switch (form) {
      case ramFlag.zero: {
        const fill = cursor.u8();
        if (fill !== 0) cursor.failAt(cursor.offset - 1, 'bad-zero-page', 'fill byte', 0, fill);
        return { kind: 'zeroPage', ...place };
      }
      case ramFlag.xbzrle:
        return { kind: 'pageDifference', ...place, bytes: this.difference(cursor) };
      case ramFlag.compressPage: {
        const { bytes, encodedByteCount } = this.inflated(cursor);
        return { kind: 'ramPage', ...place, bytes, encodedByteCount };
      }
      default:
        return { kind: 'ramPage', ...place, bytes: cursor.take(this.pageByteCount) };
    }
  }

  private difference(cursor: ByteCursor): Uint8Array {
    const { offset } = cursor;
    const encoding = cursor.u8();
    if (encoding !== xbzrleEncoding) cursor.failAt(offset, 'bad-page', 'encoding of a page', xbzrleEncoding, encoding);
    const byteCount = cursor.u16();
    if (byteCount > this.pageByteCount) {
      const what = 'length of a page’s difference';
      cursor.failAt(offset + 1, 'length-beyond-bound', what, `at most ${this.pageByteCount}`, byteCount);
    }
    const bytes = cursor.take(byteCount);
    if (this.scratch.length !== this.pageByteCount) this.scratch = new Uint8Array(this.pageByteCount);
    if (!applyDifference(bytes, this.scratch)) {
      cursor.failAt(offset + 3, 'bad-page', 'a page in XBZRLE', 'runs within a page', 'others');
    }
    return bytes;
  }

  private inflated(cursor: ByteCursor): { bytes: Uint8Array; encodedByteCount: number } {
    const { offset } = cursor;
    const encodedByteCount = cursor.u32();
    const max = compressedByteCountMax(this.pageByteCount);
    if (encodedByteCount > max) {
      cursor.failAt(offset, 'length-beyond-bound', 'length of a compressed page', `at most ${max}`, encodedByteCount);
    }
    const bytes = inflatePage(cursor.take(encodedByteCount), this.pageByteCount);
    if (!bytes) return cursor.failAt(offset + 4, 'bad-page', 'a compressed page', 'one page in zlib', 'other bytes');
    return { bytes, encodedByteCount };
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
}
