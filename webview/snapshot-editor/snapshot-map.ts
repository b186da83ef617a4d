/** The map of one RAM block of a snapshot's file, with a legend. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { BlockFacts, MapFacts, PageFacts } from '../../debug-adapter/protocol/snapshot-editor-messages';
import { SnapshotPage, snapshotPageNames, snapshotPageRanks } from '../../debug-adapter/protocol/snapshot-pages';
import { formatCount } from '../format';
import { legendEntry, legendStyles } from '../legend';
import { nextPage } from '../next-page';
import { type PageEventDetail, PageGrid } from '../page-grid';
import { swatch, swatchStyles } from '../swatch';

/** What has not been read is not missing yet. */
const colourOfMissing = { soFar: '--vscode-freezeframe-pageUntracked', inTheEnd: '--vscode-freezeframe-pageLeaked' };
const colours = {
  [SnapshotPage.Zero]: '--vscode-freezeframe-pageZero',
  [SnapshotPage.Normal]: '--vscode-freezeframe-pageCopiedScan',
  [SnapshotPage.Compressed]: '--vscode-freezeframe-pageProtected',
  [SnapshotPage.Xbzrle]: '--vscode-freezeframe-pageSentAgain',
  [SnapshotPage.Equal]: '--vscode-freezeframe-pageZero',
  [SnapshotPage.Differing]: '--vscode-freezeframe-pageFaulting',
};

/** What the keys go to, unless the user looks for something else. */
const worthALook = [SnapshotPage.Differing, SnapshotPage.Missing] as const;

/** A page of the block that is shown: `page-wanted` (facts about it), `page-select`, `page-open`. */
export interface PageOfMap {
  readonly block: number;
  readonly page: number;
}

export class SnapshotMap extends LitElement {
  static override styles = [
    swatchStyles,
    legendStyles,
    css`
    :host { display: flex; flex-direction: column; gap: 6px; min-height: 0; }
    header { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; }
    select { font: inherit; color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background);
      border: 1px solid var(--vscode-dropdown-border, transparent); padding: 1px 4px; max-width: 100%; }
    select:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
    .tools { margin-left: auto; display: flex; align-items: center; white-space: nowrap; color: var(--vscode-descriptionForeground); }
    page-grid { flex: 1; }
  `,
  ];

  #blocks: readonly BlockFacts[] = [];
  #isComplete = false;
  #map: MapFacts | undefined;
  #cells = new Uint8Array(0);
  #facts: PageFacts | undefined;
  #sought: ReadonlySet<number> = new Set();
  readonly #grid = new PageGrid();

  constructor() {
    super();
    this.#grid.addEventListener('page-hover', () => {
      this.#facts = undefined;
      this.#tell('page-wanted', this.#grid.hoveredPage);
    });
    this.#grid.addEventListener('page-scale', () => this.requestUpdate());
    for (const kind of ['page-select', 'page-open'] as const) {
      this.#grid.addEventListener(kind, (event) => this.#tell(kind, (event as CustomEvent<PageEventDetail>).detail));
    }
  }

  clear(): void {
    this.#blocks = [];
    this.#map = undefined;
    this.requestUpdate();
  }

  showBlocks(blocks: readonly BlockFacts[], isComplete: boolean): void {
    const isOther = isComplete !== this.#isComplete;
    this.#blocks = blocks;
    this.#isComplete = isComplete;
    if (isOther) this.#showGrid();
    this.requestUpdate();
  }

  showMap(map: MapFacts): void {
    this.#map = map;
    this.#cells = new Uint8Array(map.cellCount).fill(
      map.differingCount !== undefined ? SnapshotPage.Equal : SnapshotPage.Missing,
    );
    this.#showGrid();
    this.requestUpdate();
  }

  showCells(block: number, first: number, cells: Uint8Array): void {
    if (block !== this.#map?.block || first + cells.length > this.#cells.length) return;
    this.#cells.set(cells, first);
    this.#grid.changed(first, first + cells.length);
  }

  showPage(facts: PageFacts): void {
    if (facts.block !== this.#map?.block || facts.page !== this.#pageAt(this.#grid.hoveredPage)) return;
    this.#facts = facts;
    this.#grid.requestUpdate();
  }

  /** Points at a page, of the block that is shown or is about to be. */
  reveal(page: number): void {
    void this.updateComplete.then(() => this.#grid.reveal(Math.floor(page / (this.#map?.pagesPerCell ?? 1))));
  }

  relayout(): void {
    this.#grid.relayout();
  }

  #pageAt(cell: number | undefined): number | undefined {
    return cell === undefined || !this.#map ? undefined : cell * this.#map.pagesPerCell;
  }

  #colours(): string[] {
    const isShared = this.#blocks[this.#map?.block ?? 0]?.isShared === true;
    const missing = this.#isComplete && !isShared ? colourOfMissing.inTheEnd : colourOfMissing.soFar;
    return snapshotPageNames.map((_, state) =>
      state === SnapshotPage.Missing ? missing : colours[state as keyof typeof colours],
    );
  }

  #showGrid(): void {
    const map = this.#map;
    if (!map) return;
    const block = this.#blocks[map.block]?.name ?? '';
    this.#grid.show({
      states: this.#cells,
      colours: this.#colours(),
      ranks: snapshotPageRanks,
      name: `Page map of ${block}: arrow keys move, Space shows the bytes, Enter the contents`,
      labelOf: (cell) => `0x${(map.address + cell * map.pagesPerCell * map.pageByteCount).toString(16)}`,
      tooltipOf: (cell, { first, last }) => this.#tooltip(map, cell, first, last),
      spokenOf: () => this.#facts?.lines.join(', ') ?? '',
      nextOf: (cell, step) => nextPage(this.#cells, this.#sought.size > 0 ? this.#sought : worthALook, cell, step),
    });
  }

  #tell(kind: 'page-wanted' | 'page-select' | 'page-open', cell: number | undefined): void {
    const page = this.#pageAt(cell);
    if (page === undefined || !this.#map) return;
    this.dispatchEvent(new CustomEvent<PageOfMap>(kind, { detail: { block: this.#map.block, page } }));
  }

  #tooltip(map: MapFacts, cell: number, firstCell: number, lastCell: number): TemplateResult {
    const state = this.#cells[cell] as SnapshotPage;
    const count = (lastCell - firstCell + 1) * map.pagesPerCell;
    const [title, ...lines] = this.#facts?.lines ?? [`page 0x${(cell * map.pagesPerCell).toString(16)}`];
    return html`
      <div class="title">${title}</div>
      <div>${swatch(this.#colours()[state]!)}${this.#nameOf(state)}</div>
      ${lines.map((line) => html`<div>${line}</div>`)}
      ${count > 1 ? html`<div>one of ${formatCount(count)} pages in this cell</div>` : nothing}
      <div class="hint">click: its bytes in the file · double click: its contents</div>
    `;
  }

  override render(): TemplateResult {
    const map = this.#map;
    const block = map && this.#blocks[map.block];
    if (!map || !block) return html``;
    const states =
      map.differingCount !== undefined
        ? [SnapshotPage.Equal, SnapshotPage.Differing]
        : [SnapshotPage.Normal, SnapshotPage.Zero, SnapshotPage.Compressed, SnapshotPage.Xbzrle, SnapshotPage.Missing];
    return html`
      <header>
        <select aria-label="RAM block" @change=${(event: Event) => this.#choose(Number((event.target as HTMLSelectElement).value))}>
          ${this.#blocks.map(({ name }, index) => html`<option value=${index} ?selected=${index === map.block}>${name}</option>`)}
        </select>
        ${states.map((state) => this.#entry(block, state, map.differingCount))}
        <span class="tools">
          ${this.#scaleText(map, block)}
          <vscode-toolbar-button icon="zoom-out" label="Zoom out" title="Zoom out (Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(-1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="zoom-in" label="Zoom in" title="Zoom in (Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="screen-full" label="Show the whole block" title="Show the whole block"
            @click=${() => this.#grid.zoomOut()}></vscode-toolbar-button>
        </span>
      </header>
      ${this.#grid}
    `;
  }

  #nameOf(state: SnapshotPage): string {
    return state === SnapshotPage.Missing && !this.#isComplete ? 'not read' : snapshotPageNames[state];
  }

  #choose(block: number): void {
    this.dispatchEvent(new CustomEvent<number>('block-wanted', { detail: block }));
  }

  #scaleText(map: MapFacts, block: BlockFacts): string {
    const perCell = map.pagesPerCell * this.#grid.pagesPerCell;
    const total = `${formatCount(block.pageCount)} pages`;
    return perCell === 1 ? total : `${total}, ${formatCount(perCell)} a cell`;
  }

  #entry(block: BlockFacts, state: SnapshotPage, differing: number | undefined): TemplateResult | typeof nothing {
    const counts: Partial<Record<SnapshotPage, number>> = {
      ...block.counts,
      ...(differing !== undefined && {
        [SnapshotPage.Equal]: block.pageCount - differing,
        [SnapshotPage.Differing]: differing,
      }),
    };
    const count = counts[state] ?? 0;
    const isRare = state === SnapshotPage.Compressed || state === SnapshotPage.Xbzrle;
    if (isRare && count === 0) return nothing;
    const entry = { state, name: this.#nameOf(state), colour: this.#colours()[state]!, count };
    const whole = { name: 'the block', count: block.pageCount };
    return legendEntry(entry, whole, this.#sought, (sought) => this.#seek(sought));
  }

  #seek(sought: ReadonlySet<number>): void {
    this.#sought = sought;
    this.#grid.seek(sought.size > 0 ? { states: sought } : {});
    this.requestUpdate();
  }
}

customElements.define('snapshot-map', SnapshotMap);
