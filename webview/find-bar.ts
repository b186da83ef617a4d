/** Where a user says which page to go to, and which pages to look for besides their states: by whom, and when. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { FilterPagesArguments } from '../debug-adapter/protocol/messages';

/** `find`: the text; `filter`: what is asked for, empty for all. */
export type Filter = FilterPagesArguments;

type When = 'any' | 'since-stop' | 'between';

export class FindBar extends LitElement {
  static override styles = css`
    :host { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 6px; }
    input, select { font: inherit; padding: 1px 5px; color: var(--vscode-input-foreground); background: var(--vscode-input-background);
      border: 1px solid var(--vscode-input-border, transparent); min-width: 0; box-sizing: border-box; }
    select { color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background);
      border-color: var(--vscode-dropdown-border, transparent); }
    input::placeholder { color: var(--vscode-input-placeholderForeground); }
    :focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
    .go { flex: 1 1 130px; max-width: 320px; }
    .ms { width: 9ch; }
    .note { color: var(--vscode-descriptionForeground); overflow-wrap: anywhere; }
    .note.wrong { color: var(--vscode-errorForeground); }
    .filters { display: contents; }
  `;

  #note = '';
  #isWrong = false;
  #isFilterShown = false;
  #threads: readonly string[] = [];
  #thread = '';
  #when: When = 'any';
  #fromMs = '';
  #toMs = '';
  /** When the stop before this one was: of what has happened since a user wants to know. */
  #lastStopNs: number | undefined;

  /** What has become of what was asked for. */
  tell(note: string, isWrong = false): void {
    this.#note = note;
    this.#isWrong = isWrong;
    this.requestUpdate();
  }

  /** Who may be asked for. */
  set threads(threads: readonly string[]) {
    this.#threads = threads;
    this.requestUpdate();
  }

  /** The guest has stopped, after a stop then. */
  stoppedAfter(timeNs: number | undefined): void {
    this.#lastStopNs = timeNs;
    if (this.#when === 'since-stop') this.#tellFilter();
    this.requestUpdate();
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLInputElement>('.go')?.select();
  }

  get #filter(): Filter {
    const ns = (ms: string) => (ms.trim() === '' || Number.isNaN(Number(ms)) ? undefined : Number(ms) * 1e6);
    const [sinceNs, untilNs] =
      this.#when === 'between'
        ? [ns(this.#fromMs), ns(this.#toMs)]
        : [this.#when === 'since-stop' ? this.#lastStopNs : undefined, undefined];
    return {
      ...(this.#thread !== '' && { thread: this.#thread }),
      ...(sinceNs !== undefined && { sinceNs }),
      ...(untilNs !== undefined && { untilNs }),
    };
  }

  #tellFilter(): void {
    this.dispatchEvent(new CustomEvent<Filter>('filter', { detail: this.#filter }));
  }

  #toggleFilter(): void {
    this.#isFilterShown = !this.#isFilterShown;
    // Nothing is filtered by what is not to be seen.
    if (!this.#isFilterShown) {
      [this.#thread, this.#when] = ['', 'any'];
    }
    this.#tellFilter();
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const label = this.#isFilterShown ? 'Show all pages again' : 'Filter pages by thread and time';
    return html`
      <input class="go" type="text" spellcheck="false" placeholder="Go to address, symbol, page (G)"
        aria-label="Go to the page of an address, a symbol or a page number"
        title="An address (0x80400000), a page number (0x80400, or 1024 from the block's start), a symbol (main), a register or an expression (sp + 16)"
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Enter')
            this.dispatchEvent(new CustomEvent<string>('find', { detail: inputOf(event).value }));
        }}>
      <vscode-toolbar-button icon=${this.#isFilterShown ? 'filter-filled' : 'filter'} label=${label} title=${label}
        @click=${() => this.#toggleFilter()}></vscode-toolbar-button>
      ${this.#isFilterShown ? this.#filters() : nothing}
      <span class="note ${this.#isWrong ? 'wrong' : ''}" role="status">${this.#note}</span>
    `;
  }

  #filters(): TemplateResult {
    const option = (value: string, text: string, isSelected: boolean) =>
      html`<option value=${value} .selected=${isSelected}>${text}</option>`;
    return html`
      <select aria-label="By thread" @change=${(event: Event) => {
        this.#thread = inputOf(event).value;
        this.#tellFilter();
      }}>
        ${option('', 'by any thread', this.#thread === '')}
        ${this.#threads.map((thread) => option(thread, `by ${thread}`, thread === this.#thread))}
      </select>
      <select aria-label="Time" @change=${(event: Event) => {
        this.#when = inputOf(event).value as When;
        this.#tellFilter();
        this.requestUpdate();
      }}>
        ${option('any', 'at any time', this.#when === 'any')}
        ${option('since-stop', 'since the last stop', this.#when === 'since-stop')}
        ${option('between', 'between …', this.#when === 'between')}
      </select>
      ${this.#when === 'between' ? html`${this.#time('From', '#fromMs')} to ${this.#time('To', '#toMs')} ms` : nothing}
    `;
  }

  #time(label: string, which: '#fromMs' | '#toMs'): TemplateResult {
    const value = which === '#fromMs' ? this.#fromMs : this.#toMs;
    return html`<input class="ms" type="text" inputmode="decimal" aria-label="${label}, milliseconds of virtual time" .value=${value}
      @input=${(event: Event) => {
        if (which === '#fromMs') this.#fromMs = inputOf(event).value;
        else this.#toMs = inputOf(event).value;
        this.#tellFilter();
      }}>`;
  }
}

function inputOf(event: Event): HTMLInputElement {
  return event.target as HTMLInputElement;
}

customElements.define('find-bar', FindBar);
