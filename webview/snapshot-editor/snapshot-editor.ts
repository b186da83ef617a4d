/** The editor of a snapshot's file: verdict, tree, map and bytes, and what leads from one to the others. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type {
  FindingFacts,
  FromSnapshotEditor,
  Place,
  ToSnapshotEditor,
  VerdictFacts,
} from '../../debug-adapter/protocol/snapshot-editor-messages';
import { formatCount } from '../format';
import { type BytesWanted, HexView } from './hex-view';
import { type PageOfMap, SnapshotMap } from './snapshot-map';
import { styles } from './styles';
import { type RowChosen, type RowsWanted, TreeView } from './tree-view';
import { verdictView } from './verdict';

type Sought = 'text' | 'bytes';

/** Unfolded from the start: RAM and the devices. */
const unfoldedAtFirst = ['1', '2'];
/** With a comparison before them: the differences. */
const unfoldedInComparison = ['0', '2'];

export class SnapshotEditor extends LitElement {
  static override styles = styles;

  /** Set before the first message. */
  post: (message: FromSnapshotEditor) => void = () => {};

  #file: Extract<ToSnapshotEditor, { kind: 'file' }> | undefined;
  #refusal: string | undefined;
  #facts = '';
  #canRestore = false;
  #verdict: VerdictFacts | undefined;
  #progress: Extract<ToSnapshotEditor, { kind: 'progress' }> | undefined;
  #comparison: { readonly name: string; readonly text: string } | undefined;
  #note = '';
  #sought: Sought = 'text';
  #query = '';
  #matches: Extract<ToSnapshotEditor, { kind: 'matches' }> | undefined;
  #match = 0;
  /** The page to be pointed at when its block's map is there. */
  #pageToShow: PageOfMap | undefined;
  readonly #tree = new TreeView();
  readonly #map = new SnapshotMap();
  readonly #hex = new HexView();

  constructor() {
    super();
    this.#tree.addEventListener('rows-wanted', (event) => {
      this.post({ kind: 'rows', ...(event as CustomEvent<RowsWanted>).detail });
    });
    this.#tree.addEventListener('row-select', (event) => this.#rowSelected((event as CustomEvent<RowChosen>).detail));
    this.#hex.addEventListener('bytes-wanted', (event) => {
      this.post({ kind: 'bytes', ...(event as CustomEvent<BytesWanted>).detail });
    });
    this.#map.addEventListener('block-wanted', (event) => {
      this.post({ kind: 'show-block', block: (event as CustomEvent<number>).detail });
    });
    this.#map.addEventListener('page-wanted', (event) => this.#askPage(event));
    this.#map.addEventListener('page-select', (event) => {
      this.#pageSelected = (event as CustomEvent<PageOfMap>).detail;
      this.#askPage(event);
    });
    this.#map.addEventListener('page-open', (event) => {
      this.post({ kind: 'open-page', ...(event as CustomEvent<PageOfMap>).detail });
    });
  }

  /** The page whose bytes are to be shown when it is known where they are. */
  #pageSelected: PageOfMap | undefined;

  take(message: ToSnapshotEditor): void {
    switch (message.kind) {
      case 'file':
        this.#begin(message);
        break;
      case 'refused':
        this.#refusal = message.text;
        this.#progress = undefined;
        break;
      case 'progress':
        this.#progress = message.what === '' ? undefined : message;
        break;
      case 'blocks':
        this.#facts = message.facts;
        this.#canRestore = message.canRestore;
        this.#map.showBlocks(message.blocks, message.isComplete);
        break;
      case 'map':
        this.#map.showMap(message);
        this.#showPage();
        break;
      case 'cells':
        this.#map.showCells(message.block, message.first, message.cells);
        break;
      case 'verdict':
        this.#verdict = message;
        break;
      case 'tree':
        this.#tree.changed();
        break;
      case 'rows':
        this.#tree.take(message);
        break;
      case 'bytes':
        this.#hex.take(message.offset, message.bytes);
        break;
      case 'page':
        this.#map.showPage(message);
        if (message.block === this.#pageSelected?.block && message.page === this.#pageSelected.page) {
          this.#pageSelected = undefined;
          if (message.offset !== undefined)
            this.#hex.select({ offset: message.offset, byteCount: message.byteCount ?? 0 });
          this.#note = message.lines.join(', ');
        }
        break;
      case 'matches':
        this.#matches = message;
        this.#match = 0;
        this.#showMatch();
        break;
      case 'place':
        this.#note = message.note ?? '';
        if (message.place) this.#showPlace(message.place);
        break;
      case 'comparison':
        this.#comparison = message.text === '' ? undefined : message;
        this.#matches = undefined;
        this.#tree.clear(message.name === '' ? unfoldedAtFirst : unfoldedInComparison);
        break;
      default:
        message satisfies never;
    }
    this.requestUpdate();
  }

  /** The theme has changed. */
  relayout(): void {
    this.#map.relayout();
  }

  #begin(file: Extract<ToSnapshotEditor, { kind: 'file' }>): void {
    this.#file = file;
    this.#refusal = undefined;
    this.#verdict = undefined;
    this.#comparison = undefined;
    this.#matches = undefined;
    this.#facts = '';
    this.#note = '';
    this.#map.clear();
    this.#tree.clear(unfoldedAtFirst);
    this.#hex.open(file.byteCount);
  }

  #rowSelected({ row }: RowChosen): void {
    if (row.offset !== undefined) this.#hex.select({ offset: row.offset, byteCount: row.byteCount ?? 0 });
    if (row.block !== undefined) this.post({ kind: 'show-block', block: row.block });
  }

  #askPage(event: Event): void {
    this.post({ kind: 'page', ...(event as CustomEvent<PageOfMap>).detail });
  }

  #goTo({ offset, page }: FindingFacts): void {
    if (offset !== undefined) this.post({ kind: 'go-to', offset });
    if (!page) return;
    this.#pageToShow = page;
    this.post({ kind: 'show-block', block: page.block });
  }

  #showPage(): void {
    if (!this.#pageToShow) return;
    this.#map.reveal(this.#pageToShow.page);
    this.#pageToShow = undefined;
  }

  #showPlace({ offset, byteCount, path }: Place): void {
    if (path !== undefined) this.#tree.reveal(path, true);
    this.#hex.select({ offset, byteCount });
  }

  #showMatch(): void {
    const path = this.#matches?.paths[this.#match];
    if (path !== undefined) this.#tree.reveal(path, false);
  }

  #search(isBackwards: boolean): void {
    const query = this.#query.trim();
    if (query === '') return;
    if (this.#sought === 'bytes') {
      this.post({ kind: 'search-bytes', query, from: this.#hex.position + 1 });
    } else if (this.#matches?.query !== query) {
      this.post({ kind: 'search', query });
    } else {
      const { length } = this.#matches.paths;
      if (length === 0) return;
      this.#match = (this.#match + (isBackwards ? length - 1 : 1)) % length;
      this.#showMatch();
      this.requestUpdate();
    }
  }

  override render(): TemplateResult {
    if (this.#refusal !== undefined) return html`<p class="refused" role="alert">${this.#refusal}</p>`;
    const file = this.#file;
    if (!file) return html``;
    return html`
      ${this.#verdict ? verdictView(this.#verdict, (finding) => this.#goTo(finding)) : nothing}
      <header class="head">
        <h1>${file.name}</h1>
        ${this.#comparison ? html`<span class="comparison">${this.#comparison.text}</span>` : nothing}
        <span>${this.#facts}${this.#facts && ', '}${formatCount(file.byteCount)} bytes</span>
        ${this.#progressView()}
        <span class="actions">
          ${
            this.#comparison
              ? html`<vscode-button secondary @click=${() => this.post({ kind: 'end-comparison' })}>End Comparison</vscode-button>`
              : nothing
          }
          <vscode-button secondary @click=${() => this.post({ kind: 'compare' })}>Compare with…</vscode-button>
          ${this.#canRestore ? html`<vscode-button @click=${() => this.post({ kind: 'restore' })}>Restore Here</vscode-button>` : nothing}
        </span>
      </header>
      <main>
        <div class="side">
          ${this.#searchView()}
          ${this.#tree}
        </div>
        ${this.#map}
        <div class="hex">
          <div class="go">
            <input aria-label="Go to byte" placeholder="Go to byte" @keydown=${this.#goToKey}>
            <span class="note" role="status" title=${this.#note}>${this.#note}</span>
          </div>
          ${this.#hex}
        </div>
      </main>
    `;
  }

  #progressView(): TemplateResult | typeof nothing {
    if (!this.#progress) return nothing;
    const { what, done, total } = this.#progress;
    const percent = total > 0 ? Math.floor((done / total) * 100) : 0;
    return html`<span class="progress"><span>${what}: ${percent} %</span><progress max="100" value=${percent}></progress></span>`;
  }

  #searchView(): TemplateResult {
    const found = this.#matches;
    const more = found && !found.isComplete ? '+' : '';
    const count =
      found?.query !== this.#query.trim() || this.#sought === 'bytes'
        ? ''
        : found.paths.length === 0
          ? 'none'
          : `${this.#match + 1} of ${found.paths.length}${more}`;
    return html`
      <div class="search" role="search">
        <input type="search" aria-label="Search" .value=${this.#query}
          placeholder=${this.#sought === 'text' ? 'Name, value or number' : 'de ad be ef, or "text"'}
          @input=${this.#queryChanged} @keydown=${this.#searchKey}>
        <span role="status">${count}</span>
        <select aria-label="Search in" @change=${this.#soughtChanged}>
          <option value="text">Fields</option>
          <option value="bytes">Bytes</option>
        </select>
      </div>
    `;
  }

  #queryChanged(event: Event): void {
    this.#query = (event.target as HTMLInputElement).value;
    this.requestUpdate();
  }

  #soughtChanged(event: Event): void {
    this.#sought = (event.target as HTMLSelectElement).value as Sought;
    this.requestUpdate();
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.#search(event.shiftKey);
    else if (event.key === 'Escape') this.post({ kind: 'cancel' });
  }

  #goToKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    const text = (event.target as HTMLInputElement).value.trim();
    const offset = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(offset)) this.post({ kind: 'go-to', offset });
    else {
      this.#note = 'A byte is a number: 4096, or 0x1000.';
      this.requestUpdate();
    }
  }
}

customElements.define('snapshot-editor', SnapshotEditor);
