/** Sends the webview the map of one RAM block: whole when it is chosen, and then what changes. */
import type { ToSnapshotEditor } from '../../debug-adapter/protocol/snapshot-editor-messages';
import {
  type CellRun,
  cellsOf,
  DifferingCells,
  type MapScale,
  scaleOf,
} from '../../debug-adapter/snapshot-file/map-cells';
import { type PageIndex, pagesPerChunk } from '../../debug-adapter/snapshot-file/page-index';
import type { Survey } from '../../debug-adapter/snapshot-file/survey';
import type { Worker } from '../../debug-adapter/snapshot-file/turns';

/** In one message, at most: it is copied on its way. */
const cellsPerMessage = 64 * 1024;

interface Shown {
  readonly block: number;
  readonly pages: PageIndex;
  readonly scale: MapScale;
  /** What has not been sent. */
  readonly runs: Iterator<CellRun>;
}

export class MapSender {
  #shown: Shown | undefined;

  constructor(private readonly post: (message: ToSnapshotEditor) => void) {}

  /** Index of the block that is shown. */
  get block(): number {
    return this.#shown?.block ?? 0;
  }

  forget(): void {
    this.#shown = undefined;
  }

  isShowing({ blocks }: Survey): boolean {
    return this.#shown !== undefined && blocks[this.#shown.block]?.pages === this.#shown.pages;
  }

  /** From now on `send` sends this block. */
  show({ blocks, pageByteCount }: Survey, block: number, differing?: DifferingBlocks): void {
    const { name, address = 0, pages } = blocks[block]!;
    const scale = scaleOf(pages.pageCount);
    // What has changed up to now is among its stretches.
    pages.takeChanged();
    const runs = differing ? differing.runs(name) : stretchesOf(pages, scale);
    this.#shown = { block, pages, scale, runs };
    this.post({
      kind: 'map',
      block,
      address,
      pageByteCount,
      pagesPerCell: scale.pagesPerCell,
      cellCount: scale.cellCount,
      ...(differing && { differingCount: differing.countOf(name) }),
    });
  }

  /** What has not been sent so far. @throws Cancelled */
  async send(worker: Worker): Promise<void> {
    const shown = this.#shown;
    if (!shown) return;
    for (let step = shown.runs.next(); !step.done; step = shown.runs.next()) {
      if (step.value.cells.length > 0) this.post({ kind: 'cells', block: shown.block, ...step.value });
      await worker.pause();
      // Whoever has shown another block sends that.
      if (this.#shown !== shown) return;
    }
  }
}

/** First all stretches, then, at each call behind its end, those that have changed. */
function stretchesOf(pages: PageIndex, scale: MapScale): Iterator<CellRun> {
  let numbers = pages.stretches().map(({ first }) => first / pagesPerChunk);
  let next = 0;
  return {
    next() {
      if (next === numbers.length) {
        numbers = pages.takeChanged().sort((a, b) => a - b);
        next = 0;
      }
      if (next === numbers.length) return { done: true, value: undefined };
      const run = cellsOf(pages, scale, numbers[next++]!);
      const parts = [run.cells];
      let length = run.cells.length;
      while (next < numbers.length && length < cellsPerMessage) {
        const more = cellsOf(pages, scale, numbers[next]!);
        if (more.first !== run.first + length) break;
        next++;
        parts.push(more.cells);
        length += more.cells.length;
      }
      return { value: { first: run.first, cells: joined(parts, length) } };
    },
  };
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a comparison has found, block by block. */
export class DifferingBlocks {
  readonly #cells = new Map<string, DifferingCells>();
  readonly #counts = new Map<string, number>();
  readonly #pageCounts: ReadonlyMap<string, number>;

  constructor({ blocks }: Survey) {
    this.#pageCounts = new Map(blocks.map(({ name, pages }) => [name, pages.pageCount]));
  }

  mark(block: string, page: number): void {
    let cells = this.#cells.get(block);
    if (!cells) {
      cells = new DifferingCells(this.#pageCounts.get(block)!);
      this.#cells.set(block, cells);
    }
    cells.mark(page);
    this.#counts.set(block, this.countOf(block) + 1);
  }

  countOf(block: string): number {
    return this.#counts.get(block) ?? 0;
  }

  runs(block: string): Iterator<CellRun> {
    return (this.#cells.get(block)?.runs() ?? [])[Symbol.iterator]();
  }
}
