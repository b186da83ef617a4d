/** The page map element: header, legend, map and tooltip. Holds the states; everything drawn follows from them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PageInfo, PagesEvent } from '../debug-adapter/protocol/messages';
import { applyRuns } from '../debug-adapter/protocol/page-runs';
import { PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { pageStateRanks } from './cells';
import { formatCount, formatSize, formatTime, pageAddress, pageNumber } from './format';
import type { HostLink } from './host-link';
import { legendEntry } from './legend';
import type { Mark } from './marks';
import { nextPage, pagesOf } from './next-page';
import { type PageEventDetail, PageGrid, type PagesOfCell } from './page-grid';
import { styles } from './page-map-styles';
import { pageColourVariables } from './palette';
import { reportView } from './report';
import { swatch } from './swatch';

/** The pointer rests this long on a page before the session is asked about it. */
const hoverDelayMs = 60;
/** Beside an editor there is room for the legend's names; in a side bar there is not. */
const foldedBelowPx = 420;
/** What must not be missed; of more than so many each is no rarity. */
const markedStates = [PageState.Faulting, PageState.Leaked] as const;
const marksMax = 300;

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
  #sought: ReadonlySet<number> = new Set();
  /** As the user wants it, or as there is room. */
  #isLegendFolded: boolean | undefined;
  #isNarrow = false;
  readonly #grid = new PageGrid();

  constructor() {
    super();
    this.#grid.classList.add('map');
    this.#grid.addEventListener('page-hover', () => this.#hovered());
    this.#grid.addEventListener('page-scale', () => this.requestUpdate());
    for (const kind of ['page-select', 'page-open']) {
      this.#grid.addEventListener(kind, (event) => this.#open((event as CustomEvent<PageEventDetail>).detail));
    }
    new ResizeObserver(([entry]) => {
      this.#isNarrow = entry!.contentRect.width < foldedBelowPx;
      this.requestUpdate();
    }).observe(this);
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
    this.#mark(pages);
    if (this.#grid.hoveredPage !== undefined) this.#askAboutHover();
    this.requestUpdate();
  }

  #showBlock(block: PagesEvent['block']): void {
    this.#grid.show({
      states: this.#states,
      colours: pageColourVariables,
      ranks: pageStateRanks,
      name: `Page map of ${block.name}: arrow keys move, Enter opens the memory, F goes to the next fault`,
      labelOf: (page) => pageAddress(block.address, page),
      tooltipOf: (page, cell) => this.#tooltip(block, page, cell),
      spokenOf: (page, cell) => this.#spoken(block, page, cell),
      nextOf: (page, step) => nextPage(this.#states, this.#sought.size > 0 ? this.#sought : markedStates, page, step),
    });
  }

  #mark({ counts }: PagesEvent): void {
    const rare = markedStates.filter((state) => (counts[state] ?? 0) > 0);
    const pages = rare.flatMap((state) => pagesOf(this.#states, state, marksMax)).sort((a, b) => a - b);
    this.#grid.mark(pages.map((page): Mark => ({ page, kind: 'fault' })));
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

  #seek(sought: ReadonlySet<number>): void {
    this.#sought = sought;
    this.#grid.seek(sought.size > 0 ? { states: sought } : {});
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
        <span class="scale">${this.#scaleText(pages)}</span>
        <span class="tools">
          <vscode-toolbar-button icon="arrow-up" label="Previous fault" title="Previous page that faults or leaks, or of the highlighted state (Shift+F)"
            @click=${() => this.#grid.goToNext(-1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="arrow-down" label="Next fault" title="Next page that faults or leaks, or of the highlighted state (F)"
            @click=${() => this.#grid.goToNext(1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="zoom-out" label="Zoom out" title="Zoom out (−, Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(-1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="zoom-in" label="Zoom in" title="Zoom in (+, Ctrl+wheel)"
            @click=${() => this.#grid.zoomBy(1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="screen-full" label="Show all of RAM" title="Show all of RAM (Escape)"
            @click=${() => this.#grid.zoomOut()}></vscode-toolbar-button>
          ${this.#foldButton()}
        </span>
      </header>
      ${this.#report ? reportView(this.#report, this.link) : nothing}
      ${this.#legend(pages)}
      ${this.#grid}
    `;
  }

  #scaleText(pages: PagesEvent): string {
    const { pageCount } = pages.block;
    const { pagesPerCell } = this.#grid;
    const total = `${formatSize(pageCount)}, ${formatCount(pageCount)} pages`;
    return pagesPerCell === 1 ? total : `${total}, ${pagesPerCell} a cell`;
  }

  #legend({ counts, block }: PagesEvent): TemplateResult {
    const whole = { name: 'RAM', count: block.pageCount };
    const entries = pageStateNames.map((name, state) => {
      const entry = { state, name, colour: pageColourVariables[state]!, count: counts[state] ?? 0 };
      return legendEntry(entry, whole, this.#sought, (sought) => this.#seek(sought));
    });
    return html`
      <div class="legend ${this.#isFolded ? 'folded' : ''}" role="group" aria-label="States of pages">
        ${entries}
      </div>
    `;
  }

  get #isFolded(): boolean {
    return this.#isLegendFolded ?? this.#isNarrow;
  }

  #foldButton(): TemplateResult {
    const label = this.#isFolded ? 'Unfold the legend' : 'Fold the legend';
    return html`<vscode-toolbar-button icon=${this.#isFolded ? 'chevron-down' : 'chevron-up'} label=${label} title=${label}
      @click=${() => {
        this.#isLegendFolded = !this.#isFolded;
        this.requestUpdate();
      }}></vscode-toolbar-button>`;
  }

  #spoken(block: PagesEvent['block'], page: number, { first, last }: PagesOfCell): string {
    const info = this.#info;
    if (!info && !this.#ended) return '';
    const others = last > first ? `, of ${last - first + 1} in this cell` : '';
    const since =
      info?.timeNs === undefined ? '' : `, since ${formatTime(info.timeNs)}${info.thread ? `, by ${info.thread}` : ''}`;
    return `page ${pageNumber(block.address, page)}, ${pageStateNames[this.#states[page]!]}${since}${others}`;
  }

  #tooltip(block: PagesEvent['block'], page: number, { first, last }: PagesOfCell): TemplateResult {
    const state = this.#states[page] as PageState;
    const info = this.#info;
    return html`
      <div class="title">page ${pageNumber(block.address, page)}</div>
      <div>address ${pageAddress(block.address, page)}</div>
      <div>block ${block.name}, page ${formatCount(page)}</div>
      <div>${swatch(pageColourVariables[state]!)}${pageStateNames[state]}</div>
      ${info?.timeNs === undefined ? nothing : html`<div>since ${formatTime(info.timeNs)}${info.thread ? html`, by ${info.thread}` : nothing}</div>`}
      ${last > first ? html`<div>one of ${formatCount(last - first + 1)} pages in this cell</div>` : nothing}
      <div class="hint">click to open its memory</div>
    `;
  }
}

customElements.define('page-map', PageMap);
