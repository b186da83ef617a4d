/** The page map element: header, legend, map and tooltip. Holds the states; everything drawn follows from them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PageInfo, PagesEvent } from '../debug-adapter/protocol/messages';
import { applyRuns } from '../debug-adapter/protocol/page-runs';
import { type PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { pageStateRanks } from './cells';
import { formatCount, formatShare, formatSize, formatTime, pageAddress, pageNumber } from './format';
import type { HostLink } from './host-link';
import { type PageEventDetail, PageGrid } from './page-grid';
import { styles } from './page-map-styles';
import { pageColourVariables } from './palette';
import { reportView } from './report';
import { swatch } from './swatch';

/** The pointer rests this long on a page before the session is asked about it. */
const hoverDelayMs = 60;

export class PageMap extends LitElement {
  static override styles = styles;

  link: HostLink | undefined;

  #pages: PagesEvent | undefined;
  #states = new Uint8Array(0);
  #phaseLabel = '';
  #report: SnapshotReport | undefined;
  #ended = false;
  /** What the session has answered about the page that is pointed at. */
  #info: PageInfo | undefined;
  #hoverTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #grid = new PageGrid();

  constructor() {
    super();
    this.#grid.classList.add('map');
    this.#grid.addEventListener('page-hover', () => this.#hovered());
    this.#grid.addEventListener('page-scale', () => this.requestUpdate());
    for (const kind of ['page-select', 'page-open']) {
      this.#grid.addEventListener(kind, (event) => this.#open((event as CustomEvent<PageEventDetail>).detail));
    }
  }

  showPages(pages: PagesEvent, phaseLabel: string): void {
    const sameBlock =
      this.#pages?.block.pageCount === pages.block.pageCount && this.#pages.block.address === pages.block.address;
    if (!sameBlock) {
      // Changes to a map that was never whole say nothing; the host sends the whole one.
      if (pages.kind === 'changes') return;
      this.#states = new Uint8Array(pages.block.pageCount);
    }
    this.#pages = pages;
    this.#phaseLabel = phaseLabel;
    this.#ended = false;
    applyRuns(pages.runs, this.#states, (first, end) => sameBlock && this.#grid.changed(first, end));
    if (!sameBlock) this.#showBlock(pages.block);
    if (this.#grid.hoveredPage !== undefined) this.#askAboutHover();
    this.requestUpdate();
  }

  #showBlock(block: PagesEvent['block']): void {
    this.#grid.show({
      states: this.#states,
      colours: pageColourVariables,
      ranks: pageStateRanks,
      name: `Page map of ${block.name}`,
      labelOf: (page) => pageAddress(block.address, page),
      tooltipOf: (page, last) => this.#tooltip(block, page, last),
    });
  }

  showReport(report: SnapshotReport | undefined): void {
    this.#report = report;
    this.requestUpdate();
  }

  showEnd(): void {
    this.#ended = true;
    this.requestUpdate();
  }

  /** The theme has changed. */
  relayout(): void {
    this.#grid.relayout();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#hoverTimer);
  }

  #highlight(state: PageState): void {
    this.#grid.highlight(this.#grid.highlighted === state ? undefined : state);
    this.requestUpdate();
  }

  #hovered(): void {
    this.#info = undefined;
    if (this.#grid.hoveredPage !== undefined) {
      this.#askAboutHover();
      return;
    }
    clearTimeout(this.#hoverTimer);
    this.#hoverTimer = undefined;
  }

  #open(page: PageEventDetail): void {
    if (page !== undefined) this.link?.openMemory(page);
  }

  /** Soon, once: a map that changes thirty times a second does not put the question off. */
  #askAboutHover(): void {
    if (this.#ended) return;
    this.#hoverTimer ??= setTimeout(() => {
      this.#hoverTimer = undefined;
      const page = this.#grid.hoveredPage;
      if (page === undefined) return;
      this.link?.pageInfo(page).then(
        (info) => {
          if (this.#grid.hoveredPage !== page) return;
          this.#info = info;
          this.#grid.requestUpdate();
        },
        // What the map itself knows stays in the tooltip.
        () => {},
      );
    }, hoverDelayMs);
  }

  override render(): TemplateResult {
    const pages = this.#pages;
    if (!pages) return html`<p class="empty">Start debugging (F5): the pages of the guest's RAM appear here.</p>`;
    const run = this.#ended ? 'ended' : pages.stopped ? 'stopped' : 'running';
    return html`
      <header>
        <span class="phase" title="Phase of the snapshot: ${pages.phase}">${this.#phaseLabel}</span>
        <span class="time" title="Virtual time of the guest">${formatTime(pages.timeNs)}</span>
        <span class="run ${run}">${run}</span>
        <span class="tools">
          <span class="scale">${this.#scaleText(pages)}</span>
          <vscode-toolbar-button icon="zoom-out" label="Zoom out" title="Zoom out (Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(-1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="zoom-in" label="Zoom in" title="Zoom in (Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="screen-full" label="Show all of RAM" title="Show all of RAM"
            @click=${() => this.#grid.zoomOut()}></vscode-toolbar-button>
        </span>
      </header>
      ${this.#report ? reportView(this.#report, this.link) : nothing}
      <div class="legend">${pageStateNames.map((name, state) => this.#legendEntry(pages, name, state))}</div>
      ${this.#grid}
    `;
  }

  #scaleText(pages: PagesEvent): string {
    const { pageCount } = pages.block;
    const { pagesPerCell } = this.#grid;
    const total = `${formatSize(pageCount)}, ${formatCount(pageCount)} pages`;
    return pagesPerCell === 1 ? total : `${total}, ${pagesPerCell} a cell`;
  }

  #legendEntry(pages: PagesEvent, name: string, state: PageState): TemplateResult {
    const count = pages.counts[state] ?? 0;
    const highlighted = this.#grid.highlighted === state;
    return html`
      <button class="entry ${highlighted ? 'highlighted' : ''} ${count === 0 ? 'none' : ''}"
        aria-pressed=${highlighted} title="${formatShare(count, pages.block.pageCount)} of RAM. Click to highlight."
        @click=${() => this.#highlight(state)}>
        ${swatch(pageColourVariables[state]!)}<span class="name">${name}</span
        ><span class="count">${formatCount(count)}</span>
      </button>
    `;
  }

  #tooltip(block: PagesEvent['block'], page: number, last: number): TemplateResult {
    const state = this.#states[page] as PageState;
    const info = this.#info;
    return html`
      <div class="title">page ${pageNumber(block.address, page)}${last > page ? html` – ${pageNumber(block.address, last)}` : nothing}</div>
      <div>address ${pageAddress(block.address, page)}</div>
      <div>block ${block.name}, page ${formatCount(page)}</div>
      <div>${swatch(pageColourVariables[state]!)}${pageStateNames[state]}</div>
      ${info?.timeNs === undefined ? nothing : html`<div>since ${formatTime(info.timeNs)}${info.thread ? html`, by ${info.thread}` : nothing}</div>`}
      <div class="hint">click to open its memory</div>
    `;
  }
}

customElements.define('page-map', PageMap);
