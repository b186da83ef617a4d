import type { Debuggee } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import { ChangedPages } from '../protocol/changed-pages';
import type { PageOfBlock, PagesEvent } from '../protocol/messages';
import { encodeAll, encodeChanges } from '../protocol/page-runs';

/** The guest stands still; before its first stop for no reason. */
export interface Standing {
  readonly stop: Stop | undefined;
}

/** The page map as its viewers have it, and what brings it up to date. */
export class PageEvents {
  /** What the events so far add up to, by block. */
  readonly #shown: readonly Uint8Array[];
  readonly #changed: readonly ChangedPages[];
  #counts: readonly (readonly number[])[];
  /** What the last one said besides. */
  #header = '';

  constructor(private readonly debuggee: Debuggee) {
    const { blocks } = debuggee.pages;
    this.#shown = blocks.map(({ states }) => states.slice());
    this.#changed = blocks.map(({ states, groups }) => new ChangedPages(states.length, groups));
    this.#counts = blocks.map((block) => block.counts());
  }

  /** Everything as of the last event, so that the next one's changes apply to it. */
  all(standing: Standing | undefined): PagesEvent {
    return this.#event('all', this.#shown.map(encodeAll), standing);
  }

  /** What has changed since the last event; undefined when nothing has that a viewer shows. */
  changes(standing: Standing | undefined): PagesEvent | undefined {
    const { blocks } = this.debuggee.pages;
    const stretches = this.#changed.map((changed) => changed.take());
    const runs = blocks.map(({ states }, index) => encodeChanges(this.#shown[index]!, states, stretches[index]));
    const { phase, timeNs } = this.debuggee.status();
    const header = JSON.stringify([phase, standing && timeNs, this.#pageOf(standing)]);
    if (header === this.#header && runs.every((each) => each === '')) return undefined;
    this.#header = header;
    this.#counts = blocks.map((block, index) => {
      if (runs[index] === '') return this.#counts[index]!;
      for (const [first, end] of stretches[index]!) this.#shown[index]!.set(block.states.subarray(first, end), first);
      return block.counts();
    });
    return this.#event('changes', runs, standing);
  }

  #event(kind: PagesEvent['kind'], runs: readonly string[], standing: Standing | undefined): PagesEvent {
    const { timeNs, phase } = this.debuggee.status();
    const stopPage = this.#pageOf(standing);
    return {
      kind,
      blocks: this.debuggee.pages.blocks.map(({ block }, index) => ({
        ...block,
        runs: runs[index]!,
        counts: this.#counts[index]!,
      })),
      timeNs,
      phase,
      stopped: standing !== undefined,
      ...(stopPage && { stopPage }),
    };
  }

  #pageOf(standing: Standing | undefined): PageOfBlock | undefined {
    return standing?.stop && this.debuggee.pageOfStop(standing.stop);
  }
}
