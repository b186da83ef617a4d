import type { ProcessFacts } from './process-facts';
import { hostRange, type RamBlock } from './ram-blocks';

const pageByteCount = 4096;

/** A page of the stream that is not what RAM was at the freeze. */
export interface BadPage {
  readonly block: string;
  readonly page: number;
}

/** RAM at the freeze, copied while QEMU is held at the arming: what the stream must show, page by page. */
export class RamCopy {
  readonly #blocks = new Map<string, Buffer>();
  readonly #bad = new Map<string, Set<number>>();
  readonly #zero = Buffer.alloc(pageByteCount);
  /** Pages of the stream that were compared. */
  comparedCount = 0;

  constructor(private readonly facts: ProcessFacts) {}

  has(block: string): boolean {
    return this.#blocks.has(block);
  }

  /** Copies the block if it is not yet; nothing where its place is not known. */
  add(block: RamBlock): void {
    const range = hostRange(block);
    if (range && !this.has(block.name)) this.#blocks.set(block.name, this.facts.copyMemory(range));
  }

  /** Undefined where it is not known. */
  page(block: string, page: number): Buffer | undefined {
    const copy = this.#blocks.get(block);
    const at = page * pageByteCount;
    return copy && at < copy.length ? copy.subarray(at, at + pageByteCount) : undefined;
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
