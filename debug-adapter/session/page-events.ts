import type { Debuggee } from '../debuggee/debuggee';
import type { PagesEvent } from '../protocol/messages';
import { encodeAll, encodeChanges } from '../protocol/page-runs';
import { countPages } from '../protocol/page-states';

/** The page map as its viewers have it, and what brings it up to date. */
export class PageEvents {
  /** What the events so far add up to. */
  readonly #shown: Uint8Array;
  /** What the last one said besides. */
  #header = '';

  constructor(private readonly debuggee: Debuggee) {
    this.#shown = debuggee.pages.states.slice();
  }

  /** Everything as of the last event, so that the next one's changes apply to it. */
  all(stopped: boolean): PagesEvent {
    return this.#event('all', encodeAll(this.#shown), stopped);
  }

  /** What has changed since the last event; undefined when nothing has that a viewer shows. */
  changes(stopped: boolean): PagesEvent | undefined {
    const { states } = this.debuggee.pages;
    const runs = encodeChanges(this.#shown, states);
    const header = `${this.debuggee.status().phase} ${stopped}`;
    if (runs === '' && header === this.#header) return undefined;
    this.#header = header;
    this.#shown.set(states);
    return this.#event('changes', runs, stopped);
  }

  #event(kind: PagesEvent['kind'], runs: string, stopped: boolean): PagesEvent {
    const { timeNs, phase } = this.debuggee.status();
    return { block: this.debuggee.pages.block, kind, runs, counts: countPages(this.#shown), timeNs, phase, stopped };
  }
}
