import { SnapshotPage } from '../protocol/snapshot-pages';
import { applyDifference, inflatePage } from '../vmstate/page-encodings';
import type { Reading } from '../vmstate/reading';
import { DifferenceList, type MemoryUsage } from './difference-list';

export const pagesPerChunk = 512;
const timesMax = 255;
/** What an engine keeps of a chunk besides its bytes, about. */
const chunkOverheadByteCount = 400;
/** Of a chunk in memory: ten bytes a page. */
const chunkByteCount = pagesPerChunk * (8 + 1 + 1) + chunkOverheadByteCount;

interface Chunk {
  /** By form: an offset in the file, or a number in the list of differences. */
  readonly places: Float64Array;
  readonly forms: Uint8Array;
  readonly times: Uint8Array;
  /** Since it was last taken. */
  isChanged: boolean;
}

/**
 * Where the pages of one RAM block lie in a file: ten bytes a page, but nothing for a stretch of the block of which the
 * file holds no page, however large the block says it is; and 17 bytes a difference.
 */
export class PageIndex {
  readonly #chunks = new Map<number, Chunk>();
  readonly #differences: DifferenceList;
  #changed: number[] = [];
  /** Pages of the block that the stream holds. */
  sentCount = 0;
  /** Those whose last copy is in that form, by `SnapshotPage`; missing ones are not counted. */
  readonly formCounts: number[] = [0, 0, 0, 0, 0];
  /** Records of pages that had been sent before. */
  repeatCount = 0;

  /** @param usage what the indices of all blocks together take in memory */
  constructor(
    readonly pageCount: number,
    private readonly usage: MemoryUsage,
  ) {
    this.#differences = new DifferenceList(usage);
  }

  get missingCount(): number {
    return this.pageCount - this.sentCount;
  }

  get zeroCount(): number {
    return this.formCounts[SnapshotPage.Zero]!;
  }

  get chunkCount(): number {
    return this.#chunks.size;
  }

  addZero(page: number): void {
    this.#set(page, SnapshotPage.Zero, 0);
  }

  /** @param offset in the file of the page's bytes */
  addNormal(page: number, offset: number): void {
    this.#set(page, SnapshotPage.Normal, offset);
  }

  /** @param offset in the file of the compressed bytes, behind their length */
  addCompressed(page: number, offset: number): void {
    this.#set(page, SnapshotPage.Compressed, offset);
  }

  /** @param offset in the file of the difference from the page's copy before, behind its length */
  addDifference(page: number, offset: number): void {
    const chunk = this.#chunkOf(page);
    const at = page % pagesPerChunk;
    const before = { form: chunk?.forms[at] ?? SnapshotPage.Missing, place: chunk?.places[at] ?? 0 };
    this.#set(page, SnapshotPage.Xbzrle, this.#differences.add(offset, before));
  }

  #set(page: number, form: SnapshotPage, place: number): void {
    const number = Math.floor(page / pagesPerChunk);
    const chunk = this.#chunks.get(number) ?? this.#newChunk(number);
    const at = page % pagesPerChunk;
    const before = chunk.forms[at]!;
    if (before === SnapshotPage.Missing) this.sentCount++;
    else {
      this.repeatCount++;
      this.formCounts[before]!--;
    }
    this.formCounts[form]!++;
    chunk.places[at] = place;
    chunk.forms[at] = form;
    if (chunk.times[at]! < timesMax) chunk.times[at]!++;
    if (chunk.isChanged) return;
    chunk.isChanged = true;
    this.#changed.push(number);
  }

  /** Of its last copy. */
  formOf(page: number): SnapshotPage {
    return this.#chunkOf(page)?.forms[page % pagesPerChunk] ?? SnapshotPage.Missing;
  }

  /** In the file, of what stands for a page that is neither missing nor zero. */
  offsetOf(page: number): number | undefined {
    const chunk = this.#chunkOf(page);
    const at = page % pagesPerChunk;
    const place = chunk?.places[at] ?? 0;
    const form = chunk?.forms[at] ?? SnapshotPage.Missing;
    if (form === SnapshotPage.Missing || form === SnapshotPage.Zero) return undefined;
    return form === SnapshotPage.Xbzrle ? this.#differences.offsetOf(place) : place;
  }

  /** How often the page was sent, up to 255. */
  timesSent(page: number): number {
    return this.#chunkOf(page)?.times[page % pagesPerChunk] ?? 0;
  }

  /** The forms of the pages of a stretch of `pagesPerChunk`: a view, or undefined where all are missing. */
  formsOf(chunkNumber: number): Uint8Array | undefined {
    return this.#chunks.get(chunkNumber)?.forms;
  }

  /** Numbers of the stretches of `pagesPerChunk` pages that have changed since the last call. */
  takeChanged(): number[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const number of changed) this.#chunks.get(number)!.isChanged = false;
    return changed;
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
      const forms = this.formsOf(first / pagesPerChunk)!;
      for (let page = first; page < first + count; page++) {
        if (forms[page - first] === SnapshotPage.Missing) continue;
        if (page > sentUpTo) yield { first: sentUpTo, count: page - sentUpTo };
        sentUpTo = page + 1;
      }
    }
    if (this.missingCount > 0 && sentUpTo < this.pageCount) yield { first: sentUpTo, count: this.pageCount - sentUpTo };
  }

  /** The page's last copy: undefined when it was never sent. */
  *read(page: number, pageByteCount: number): Reading<Uint8Array | undefined> {
    const place = this.#chunkOf(page)?.places[page % pagesPerChunk] ?? 0;
    const form = this.formOf(page);
    if (form !== SnapshotPage.Xbzrle) return yield* copyAt(form, place, pageByteCount);
    const { first, offsets } = this.#differences.upTo(place);
    const bytes = ((yield* copyAt(first.form, first.place, pageByteCount)) ?? new Uint8Array(pageByteCount)).slice();
    for (const offset of offsets) {
      const length = new DataView((yield { offset: offset - 2, length: 2 }).slice().buffer).getUint16(0);
      // The reader of the stream has applied it already.
      applyDifference(yield { offset, length }, bytes);
    }
    return bytes;
  }

  #chunkOf(page: number): Chunk | undefined {
    return this.#chunks.get(Math.floor(page / pagesPerChunk));
  }

  #newChunk(number: number): Chunk {
    const chunk = {
      places: new Float64Array(pagesPerChunk),
      forms: new Uint8Array(pagesPerChunk),
      times: new Uint8Array(pagesPerChunk),
      isChanged: false,
    };
    this.#chunks.set(number, chunk);
    this.usage.byteCount += chunkByteCount;
    return chunk;
  }
}

export interface PageRun {
  readonly first: number;
  readonly count: number;
}

/** A copy that is no difference: undefined when there is none. */
function* copyAt(form: SnapshotPage, place: number, pageByteCount: number): Reading<Uint8Array | undefined> {
  if (form === SnapshotPage.Missing) return undefined;
  if (form === SnapshotPage.Zero) return new Uint8Array(pageByteCount);
  if (form === SnapshotPage.Normal) return yield { offset: place, length: pageByteCount };
  const length = new DataView((yield { offset: place - 4, length: 4 }).slice().buffer).getUint32(0);
  // The reader of the stream has inflated it already.
  return inflatePage(yield { offset: place, length }, pageByteCount);
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
