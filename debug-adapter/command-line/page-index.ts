/** `placeOf` a page that the stream does not hold. */
export const neverSent = 0;
/** `placeOf` a page that was sent as a zero page. No page's bytes lie at either place: the stream's magic does. */
export const zeroPage = 1;

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

  /** Of its last copy: an offset in the file, `zeroPage` or `neverSent`. */
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
