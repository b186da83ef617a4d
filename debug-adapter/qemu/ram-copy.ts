import { type AddressRange, populate, preferHugePages } from './libc';
import type { ProcessFacts } from './process-facts';
import { hostRange, type RamBlock } from './ram-blocks';

const pageByteCount = 4096;
/** Node 20 refuses a buffer of more than 4 GiB. */
const chunkByteCount = 1 << 30;

/** A page of the stream that is not what RAM was at the freeze. */
export interface BadPage {
  readonly block: string;
  readonly page: number;
}

/** RAM at the freeze, copied while QEMU is held at the arming, or as far as it is protected: what the stream must show, page by page. */
export class RamCopy {
  /** In chunks, all but the last of the same size. */
  readonly #blocks = new Map<string, readonly Buffer[]>();
  /** Whether a page's copy is good, of blocks that were not copied while QEMU was held at the arming. */
  readonly #known = new Map<string, Uint8Array>();
  readonly #bad = new Map<string, Set<number>>();
  readonly #zero = Buffer.alloc(pageByteCount);
  /** Chunks to come, by block and index. */
  readonly #prepared = new Map<string, Buffer>();
  #work: Promise<unknown> = Promise.resolve();
  #isGivenUp = false;
  #preparedByteCount = 0;
  #wantedByteCount = 1;
  /** Pages of the stream that were compared. */
  comparedCount = 0;

  constructor(private readonly facts: ProcessFacts) {}

  /**
   * Maps the memory for copies of these blocks while the guest still runs: that takes longer than to copy.
   *
   * @param isEnough asked again and again
   * @returns whether all of it is mapped
   */
  async prepare(blocks: readonly RamBlock[], isEnough: () => boolean): Promise<boolean> {
    const chunks = blocks.flatMap(chunksOf);
    this.#wantedByteCount = chunks.reduce((sum, { range }) => sum + range.byteCount, 0);
    let end = 0;
    for (const { name, range, index } of chunks) {
      const key = `${index} ${name}`;
      const begin = end;
      end += range.byteCount;
      if (this.#prepared.has(key)) continue;
      this.#preparedByteCount = begin;
      // What nobody has written to is not mapped, and takes its time all the same.
      if (isEnough() || this.#isGivenUp) return false;
      const bytes = Buffer.alloc(range.byteCount);
      await this.#doing(preferHugePages(bytes));
      for (const [from, to] of this.facts.writtenPieces(range)) {
        if (isEnough() || this.#isGivenUp) return false;
        await this.#doing(populate(bytes.subarray(from, to)));
        this.#preparedByteCount = begin + to;
      }
      this.#preparedByteCount = end;
      this.#prepared.set(key, bytes);
    }
    return true;
  }

  /** From 0 to 1. */
  get preparedShare(): number {
    return this.#preparedByteCount / this.#wantedByteCount;
  }

  /** Copies the block if it is not yet; nothing where its place is not known. */
  async add(block: RamBlock): Promise<void> {
    if (this.#blocks.has(block.name)) return;
    const chunks: Buffer[] = [];
    for (const { name, range, index } of chunksOf(block)) {
      if (this.#isGivenUp) return;
      const prepared = this.#prepared.get(`${index} ${name}`);
      const bytes = prepared?.length === range.byteCount ? prepared : Buffer.alloc(range.byteCount);
      await this.#doing(this.facts.copyMemory(range, bytes, () => this.#isGivenUp));
      chunks.push(bytes);
    }
    if (chunks.length > 0) this.#blocks.set(block.name, chunks);
  }

  /** Copies those pages that are protected, be QEMU where it will: nobody has written to them since the freeze. */
  async addProtected(block: RamBlock): Promise<void> {
    await this.add(block);
    const range = hostRange(block);
    if (!range) return;
    const known = new Uint8Array(block.byteCount / pageByteCount);
    // After they were copied: none is protected a second time.
    for (const { start, byteCount } of this.facts.protectedRanges(range)) {
      const first = Number(start - range.start) / pageByteCount;
      known.fill(1, first, first + byteCount / pageByteCount);
    }
    this.#known.set(block.name, known);
  }

  /** Nobody waits for the rest. Resolves when nothing is read any more. */
  async giveUp(): Promise<void> {
    this.#isGivenUp = true;
    await this.#work;
  }

  async #doing(work: Promise<void>): Promise<void> {
    this.#work = work.catch(() => {});
    await work;
  }

  /** Undefined where it is not known. */
  page(block: string, page: number): Buffer | undefined {
    if (this.#known.get(block)?.[page] === 0) return undefined;
    const at = page * pageByteCount;
    const chunk = this.#blocks.get(block)?.[Math.floor(at / chunkByteCount)];
    const offset = at % chunkByteCount;
    return chunk && offset < chunk.length ? chunk.subarray(offset, offset + pageByteCount) : undefined;
  }

  /** A page as it is in the stream; `bytes` is undefined for a zero page. */
  compare(block: string, page: number, bytes: Uint8Array | undefined): void {
    const truth = this.page(block, page);
    if (!truth) return;
    this.comparedCount++;
    if (truth.equals(bytes ?? this.#zero)) return;
    const bad = this.#bad.get(block) ?? new Set();
    this.#bad.set(block, bad.add(page));
  }

  get badPages(): readonly BadPage[] {
    return [...this.#bad].flatMap(([block, pages]) => [...pages].map((page) => ({ block, page })));
  }
}

interface Chunk {
  readonly name: string;
  readonly index: number;
  readonly range: AddressRange;
}

function chunksOf(block: RamBlock): readonly Chunk[] {
  const range = hostRange(block);
  if (!range) return [];
  return Array.from({ length: Math.ceil(range.byteCount / chunkByteCount) }, (_, index) => {
    const from = index * chunkByteCount;
    const byteCount = Math.min(chunkByteCount, range.byteCount - from);
    return { name: block.name, index, range: { start: range.start + BigInt(from), byteCount } };
  });
}
