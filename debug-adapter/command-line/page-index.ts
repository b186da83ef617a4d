import type { RandomAccess } from '../vmstate/file-reader';
import { applyDifference, inflatePage } from '../vmstate/page-encodings';

/** `placeOf` a page that the stream does not hold. */
export const neverSent = 0;
/** `placeOf` a page that was sent as a zero page. No page's bytes lie at either place: the stream's magic does. */
export const zeroPage = 1;
/** `placeOf` a page whose copy is compressed, or has to be put together from differences. */
const encodedPage = 2;

/** A copy of a page, or its difference from the copy before. */
export interface EncodedCopy {
  readonly encoding: 'zlib' | 'xbzrle';
  readonly offset: number;
  readonly byteCount: number;
}

const pagesPerChunk = 512;
const timesMax = 255;

interface Chunk {
  readonly places: Float64Array;
  readonly times: Uint8Array;
}

/**
 * Where the pages of one RAM block lie in a file: nine bytes a page, but nothing for a stretch of the block of which the
 * file holds no page, however large the block says it is.
 */
export class PageIndex {
  readonly #chunks = new Map<number, Chunk>();
  /** What a page at `encodedPage` is made of: the copy before (none of a page that was zero or never sent), and what follows. */
  readonly #encoded = new Map<number, { readonly before: number; readonly copies: EncodedCopy[] }>();
  /** Pages of the block that the stream holds. */
  sentCount = 0;
  /** Those of them whose last copy is a zero page. */
  zeroCount = 0;
  /** Records of pages that had been sent before. */
  repeatCount = 0;

  constructor(readonly pageCount: number) {}

  get missingCount(): number {
    return this.pageCount - this.sentCount;
  }

  get chunkCount(): number {
    return this.#chunks.size;
  }

  /** @param place offset in the file of the page's bytes, or `zeroPage`. */
  add(page: number, place: number): void {
    this.#encoded.delete(page);
    this.#set(page, place);
  }

  addEncoded(page: number, copy: EncodedCopy): void {
    const earlier = this.#encoded.get(page);
    const before = copy.encoding === 'xbzrle' ? this.placeOf(page) : neverSent;
    if (copy.encoding === 'xbzrle' && earlier) earlier.copies.push(copy);
    else this.#encoded.set(page, { before, copies: [copy] });
    this.#set(page, encodedPage);
  }

  /** Of a page that is no plain copy. */
  encodedCopy(page: number): { readonly before: number; readonly copies: readonly EncodedCopy[] } | undefined {
    return this.#encoded.get(page);
  }

  #set(page: number, place: number): void {
    const chunk = this.#chunkFor(Math.floor(page / pagesPerChunk));
    const at = page % pagesPerChunk;
    const before = chunk.places[at]!;
    if (before === neverSent) this.sentCount++;
    else this.repeatCount++;
    if (before === zeroPage) this.zeroCount--;
    if (place === zeroPage) this.zeroCount++;
    chunk.places[at] = place;
    if (chunk.times[at]! < timesMax) chunk.times[at]!++;
  }

  /** Of its last copy: an offset in the file, `zeroPage`, `neverSent`, or one that `pageBytes` knows. */
  placeOf(page: number): number {
    return this.#chunks.get(Math.floor(page / pagesPerChunk))?.places[page % pagesPerChunk] ?? neverSent;
  }

  /** How often the page was sent, up to 255. */
  timesSent(page: number): number {
    return this.#chunks.get(Math.floor(page / pagesPerChunk))?.times[page % pagesPerChunk] ?? 0;
  }

  /** Stretches of the block, in order, outside which no page was sent. */
  stretches(): PageRun[] {
    const numbers = [...this.#chunks.keys()].sort((a, b) => a - b);
    return numbers.map((number) => ({
      first: number * pagesPerChunk,
      count: Math.min(pagesPerChunk, this.pageCount - number * pagesPerChunk),
    }));
  }

  /** Runs of pages never sent, in order. */
  *missingRuns(): Generator<PageRun> {
    let sentUpTo = 0;
    for (const { first, count } of this.missingCount === 0 ? [] : this.stretches()) {
      for (let page = first; page < first + count; page++) {
        if (this.placeOf(page) === neverSent) continue;
        if (page > sentUpTo) yield { first: sentUpTo, count: page - sentUpTo };
        sentUpTo = page + 1;
      }
    }
    if (this.missingCount > 0 && sentUpTo < this.pageCount) yield { first: sentUpTo, count: this.pageCount - sentUpTo };
  }

  #chunkFor(number: number): Chunk {
    const there = this.#chunks.get(number);
    if (there) return there;
    const chunk = { places: new Float64Array(pagesPerChunk), times: new Uint8Array(pagesPerChunk) };
    this.#chunks.set(number, chunk);
    return chunk;
  }
}

export interface PageRun {
  readonly first: number;
  readonly count: number;
}

/** The page's last copy: undefined when it was never sent. */
export function pageBytes(
  file: RandomAccess,
  pages: PageIndex,
  page: number,
  pageByteCount: number,
): Uint8Array | undefined {
  const encoded = pages.encodedCopy(page);
  if (!encoded) return plainBytes(file, pages.placeOf(page), pageByteCount);
  let bytes = (plainBytes(file, encoded.before, pageByteCount) ?? new Uint8Array(pageByteCount)).slice();
  for (const { encoding, offset, byteCount } of encoded.copies) {
    const copy = file.read(offset, byteCount);
    // The reader of the stream has read them both already.
    if (encoding === 'zlib') bytes = inflatePage(copy, pageByteCount)!.slice();
    else applyDifference(copy, bytes);
  }
  return bytes;
}

function plainBytes(file: RandomAccess, place: number, pageByteCount: number): Uint8Array | undefined {
  if (place === neverSent) return undefined;
  return place === zeroPage ? new Uint8Array(pageByteCount) : file.read(place, pageByteCount);
}

/** `0x10, 0x20-0x2f`, the first `runCountMax` runs. */
export function runsText(runs: Iterable<PageRun>, runCountMax: number): string {
  const texts: string[] = [];
  for (const { first, count } of runs) {
    if (texts.length === runCountMax) {
      texts.push('…');
      break;
    }
    const last = first + count - 1;
    texts.push(count === 1 ? `0x${first.toString(16)}` : `0x${first.toString(16)}-0x${last.toString(16)}`);
  }
  return texts.join(', ');
}
