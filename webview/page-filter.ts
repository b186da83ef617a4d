/** Which pages meet what the user asks for besides their states. The session knows; it is asked again when pages have changed. */
import type { FilteredPages, FilterPagesArguments } from '../debug-adapter/protocol/messages';

export interface FilterOwner {
  ask(wanted: FilterPagesArguments): Promise<FilteredPages>;
  /** Other pages meet it than before, or nothing is asked for any more: then `pages` is undefined. */
  onResult(pages: FilteredPages | undefined): void;
  /** Who may be asked for. */
  onThreads(threads: readonly string[]): void;
  onFailure(message: string): void;
}

export class PageFilter {
  #wanted: FilterPagesArguments = {};
  #runs: readonly string[] | undefined;
  #isAsking = false;
  #isStale = false;

  constructor(private readonly owner: FilterOwner) {}

  /** By block, as `FilteredPages` has them; undefined: all pages meet it. */
  get runs(): readonly string[] | undefined {
    return this.#runs;
  }

  /** An empty filter is asked about, too: then it is known who may be asked for. */
  set(wanted: FilterPagesArguments): Promise<void> {
    this.#wanted = wanted;
    if (isEmpty(wanted)) this.#take(undefined);
    return this.#ask();
  }

  /** Pages have changed. */
  refresh(): void {
    if (!isEmpty(this.#wanted)) void this.#ask();
  }

  /** The pages are others: what was said of those before is void. */
  forget(): void {
    this.#runs = undefined;
    this.refresh();
  }

  /** One question at a time, however often the map changes. */
  async #ask(): Promise<void> {
    this.#isStale = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const wanted = this.#wanted;
        const pages = await this.owner.ask(wanted);
        this.owner.onThreads(pages.threads);
        if (wanted === this.#wanted && !isEmpty(wanted)) this.#take(pages);
      }
    } catch (error) {
      this.owner.onFailure(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isAsking = false;
    }
  }

  #take(pages: FilteredPages | undefined): void {
    this.#runs = pages?.runs;
    this.owner.onResult(pages);
  }
}

function isEmpty(wanted: FilterPagesArguments): boolean {
  return Object.keys(wanted).length === 0;
}
