/** The states of the pages of all RAM blocks, and the part of them that is shown: one block, or all one behind the other. */
import type { BlockInfo, BlockPages, PageOfBlock, PagesEvent } from '../debug-adapter/protocol/messages';
import { applyRuns } from '../debug-adapter/protocol/page-runs';

/** Pages as the grid counts them, from the first that is shown. */
export interface ShownPages {
  readonly name: string;
  readonly states: Uint8Array;
  readonly blocks: readonly BlockInfo[];
  placeOf(index: number): { readonly block: BlockInfo; readonly page: number };
  /** Undefined for a page of another block. */
  indexOf(of: PageOfBlock): number | undefined;
}

export class BlockStates {
  #blocks: readonly BlockPages[] = [];
  #states = new Uint8Array(0);
  /** Of the block that is shown; undefined: all. */
  #selected: string | undefined;
  #shown: ShownPages | undefined;

  get blocks(): readonly BlockPages[] {
    return this.#blocks;
  }

  /** Undefined before the first event. */
  get shown(): ShownPages | undefined {
    return this.#shown;
  }

  /** Of the pages shown, by state. */
  get counts(): readonly number[] {
    const [first, ...others] = this.#blocks.filter(({ name }) => this.#isShown(name));
    return (first?.counts ?? []).map((count, state) =>
      others.reduce((sum, { counts }) => sum + (counts[state] ?? 0), count),
    );
  }

  /**
   * @param changed of pages shown, as the grid counts them
   * @returns false for changes to a map that was never whole: they say nothing
   */
  apply({ kind, blocks }: PagesEvent, changed: (first: number, end: number) => void): boolean {
    const isSame =
      blocks.length === this.#blocks.length && blocks.every((block, index) => isAlike(block, this.#blocks[index]!));
    if (!isSame && kind === 'changes') return false;
    this.#blocks = blocks;
    if (!isSame) {
      this.#states = new Uint8Array(blocks.reduce((sum, { pageCount }) => sum + pageCount, 0));
      this.select(blocks[0]!.name);
    }
    let first = 0;
    let shownFirst = 0;
    for (const { name, pageCount, runs } of blocks) {
      const isShown = this.#isShown(name);
      const from = shownFirst;
      applyRuns(runs, this.#states.subarray(first, first + pageCount), (begin, end) => {
        if (isShown) changed(from + begin, from + end);
      });
      first += pageCount;
      if (isShown) shownFirst += pageCount;
    }
    return true;
  }

  /** Runs of all blocks as one byte a page, of the pages shown. */
  shownPart(runs: readonly string[]): Uint8Array {
    const parts = this.#blocks.flatMap(({ name, pageCount }, index) => {
      if (!this.#isShown(name)) return [];
      const part = new Uint8Array(pageCount);
      applyRuns(runs[index] ?? '', part);
      return [part];
    });
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let first = 0;
    for (const part of parts) {
      all.set(part, first);
      first += part.length;
    }
    return all;
  }

  /** @param block by name; undefined: all */
  select(block: string | undefined): void {
    this.#selected = block;
    const isShown = (each: BlockInfo) => this.#isShown(each.name);
    const skipped = this.#blocks.slice(0, Math.max(0, this.#blocks.findIndex(isShown)));
    const start = skipped.reduce((sum, { pageCount }) => sum + pageCount, 0);
    const blocks = this.#blocks.filter(isShown);
    const pageCount = blocks.reduce((sum, each) => sum + each.pageCount, 0);
    this.#shown = {
      name: block ?? 'all blocks',
      states: this.#states.subarray(start, start + pageCount),
      blocks,
      placeOf(index) {
        let page = index;
        for (const each of blocks) {
          if (page < each.pageCount) return { block: each, page };
          page -= each.pageCount;
        }
        throw new RangeError(`there is no page ${index}`);
      },
      indexOf(of) {
        let before = 0;
        for (const each of blocks) {
          if (each.name === of.block) return of.page < each.pageCount ? before + of.page : undefined;
          before += each.pageCount;
        }
        return undefined;
      },
    };
  }

  #isShown(name: string): boolean {
    return this.#selected === undefined || this.#selected === name;
  }
}

function isAlike(a: BlockInfo, b: BlockInfo): boolean {
  return a.name === b.name && a.address === b.address && a.pageCount === b.pageCount;
}
