/** The page map element: header, legend and map. Holds the states; everything drawn follows from them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PageInfo, PagesEvent } from '../debug-adapter/protocol/messages';
import { PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { BlockStates, type ShownPages } from './block-states';
import { pageStateRanks } from './cells';
import { formatCount, formatSize, formatTime, pageAddress, pageNumber } from './format';
import type { HostLink } from './host-link';
import { legendEntry } from './legend';
import type { Mark } from './marks';
import { nextPage, pagesOf } from './next-page';
import { type PageDetails, pageSpoken, pageTooltip } from './page-details';
import { type PageEventDetail, PageGrid, type PagesOfCell } from './page-grid';
import { styles } from './page-map-styles';
import { pageColourVariables } from './palette';
import { reportView } from './report';

/** The pointer rests this long on a page before the session is asked about it. */
const hoverDelayMs = 60;
/** Beside an editor there is room for the legend's names; in a side bar there is not. */
const foldedBelowPx = 420;
/** What must not be missed; of more than so many each is no rarity. */
const markedStates = [PageState.Faulting, PageState.Leaked] as const;
const marksMax = 300;
/** As the block selector has it: no block has this name. */
const allBlocks = '';

export class PageMap extends LitElement {
  static override styles = styles;

  link: HostLink | undefined;

  readonly #blocks = new BlockStates();
  #pages: PagesEvent | undefined;
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
    const before = this.#blocks.shown;
    // Changes to a map that was never whole say nothing; the host sends the whole one.
    if (!this.#blocks.apply(pages, (first, end) => this.#grid.changed(first, end))) return;
    const hasStopped = pages.stopped && !(this.#pages?.stopped && before === this.#blocks.shown);
    this.#pages = pages;
    this.#phaseLabel = phaseLabel;
    this.#ended = false;
    if (this.#blocks.shown !== before) this.#showBlock(this.#blocks.shown!);
    this.#mark();
    if (hasStopped) this.#showStop();
    if (this.#grid.hoveredPage !== undefined) this.#askAboutHover();
    this.requestUpdate();
  }

  #showBlock(shown: ShownPages): void {
    const label = (index: number) => {
      const { block, page } = shown.placeOf(index);
      return pageAddress(block.address, page);
    };
    this.#grid.show({
      states: shown.states,
      colours: pageColourVariables,
      ranks: pageStateRanks,
      name: `Page map of ${shown.name}: arrow keys move, Enter opens the memory, F goes to the next fault`,
      labelOf: label,
      tooltipOf: (index, cell) => pageTooltip(this.#detailsOf(shown, index, cell)),
      // Not before it is known: a listener hears it once.
      spokenOf: (index, cell) => (this.#info || this.#ended ? pageSpoken(this.#detailsOf(shown, index, cell)) : ''),
      nextOf: (index, step) => nextPage(shown.states, this.#sought.size > 0 ? this.#sought : markedStates, index, step),
    });
  }

  #mark(): void {
    const { counts, shown } = this.#blocks;
    if (!shown) return;
    const stop = this.#pages?.stopPage && shown.indexOf(this.#pages.stopPage);
    const rare = markedStates.filter((state) => (counts[state] ?? 0) > 0);
    const marks = new Map<number, Mark>();
    for (const state of rare) {
      for (const page of pagesOf(shown.states, state, marksMax)) marks.set(page, { page, kind: 'fault' });
    }
    if (stop !== undefined) marks.set(stop, { page: stop, kind: 'stop' });
    this.#grid.mark([...marks.values()].sort((a, b) => a.page - b.page));
  }

  /** Brings the page of the stop into view, if it is of what is shown. */
  #showStop(): void {
    const { stopPage } = this.#pages!;
    const index = stopPage && this.#blocks.shown!.indexOf(stopPage);
    if (index !== undefined) void this.#grid.updateComplete.then(() => this.#grid.bringIntoView(index));
  }

  /** Points at the page of the stop, in whichever block it is. */
  #goToStop(): void {
    const stopPage = this.#pages?.stopPage;
    if (!stopPage) return;
    if (this.#blocks.shown!.indexOf(stopPage) === undefined) this.#select(stopPage.block);
    const index = this.#blocks.shown!.indexOf(stopPage);
    if (index === undefined) return;
    this.#grid.focus();
    void this.#grid.updateComplete.then(() => this.#grid.reveal(index));
  }

  #select(block: string): void {
    this.#blocks.select(block === allBlocks ? undefined : block);
    this.#showBlock(this.#blocks.shown!);
    this.#mark();
    this.requestUpdate();
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
    if (page !== undefined) this.link?.openMemory(this.#placeOf(page));
  }

  /** Soon, once: a map that changes thirty times a second does not put the question off. */
  #askAboutHover(): void {
    if (this.#ended) return;
    this.#hoverTimer ??= setTimeout(() => {
      this.#hoverTimer = undefined;
      const page = this.#grid.hoveredPage;
      if (page === undefined) return;
      this.link?.pageInfo(this.#placeOf(page)).then(
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

  #placeOf(index: number): { readonly block: string; readonly page: number } {
    const { block, page } = this.#blocks.shown!.placeOf(index);
    return { block: block.name, page };
  }

  #detailsOf(shown: ShownPages, index: number, { first, last }: PagesOfCell): PageDetails {
    const state = shown.states[index] as PageState;
    return { ...shown.placeOf(index), state, inCell: last - first + 1, info: this.#info };
  }

  override render(): TemplateResult {
    const pages = this.#pages;
    const shown = this.#blocks.shown;
    if (!pages || !shown)
      return html`<p class="empty">Start debugging (F5): the pages of the guest's RAM appear here.</p>`;
    const run = this.#ended ? 'ended' : pages.stopped ? 'stopped' : 'running';
    return html`
      <header>
        <span class="phase" title="Phase of the snapshot: ${pages.phase}">${this.#phaseLabel}</span>
        <span class="time" title="Virtual time of the guest">${formatTime(pages.timeNs)}</span>
        <span class="run ${run}">${run}</span>
        ${this.#stopButton(pages)}
        ${this.#blockSelector(shown)}
        <span class="scale">${this.#scaleText(shown)}</span>
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
      ${this.#legend(shown)}
      ${this.#grid}
    `;
  }

  #stopButton({ stopped, stopPage, blocks }: PagesEvent): TemplateResult | typeof nothing {
    const block = stopPage && blocks.find(({ name }) => name === stopPage.block);
    if (!stopped || !block || this.#ended) return nothing;
    return html`<button class="link" title="Show the page of the stop" @click=${() => this.#goToStop()}
      >page ${pageNumber(block.address, stopPage.page)}</button>`;
  }

  #blockSelector({ name }: ShownPages): TemplateResult {
    const { blocks } = this.#blocks;
    const option = (value: string, text: string, isSelected: boolean) =>
      html`<option value=${value} .selected=${isSelected}>${text}</option>`;
    return html`
      <select class="block" aria-label="RAM block" title="Blocks of RAM that the snapshot holds"
        @change=${(event: Event) => this.#select((event.target as HTMLSelectElement).value)}>
        ${blocks.map((block) => option(block.name, `${block.name}, ${formatSize(block.pageCount)}`, block.name === name))}
        ${option(allBlocks, `all ${blocks.length} blocks`, !blocks.some((block) => block.name === name))}
      </select>
    `;
  }

  #scaleText({ states }: ShownPages): string {
    const { pagesPerCell } = this.#grid;
    const total = `${formatCount(states.length)} pages`;
    return pagesPerCell === 1 ? total : `${total}, ${formatCount(pagesPerCell)} a cell`;
  }

  #legend({ states, name }: ShownPages): TemplateResult {
    const { counts } = this.#blocks;
    const entries = pageStateNames.map((stateName, state) => {
      const entry = { state, name: stateName, colour: pageColourVariables[state]!, count: counts[state] ?? 0 };
      return legendEntry(entry, { name, count: states.length }, this.#sought, (sought) => this.#seek(sought));
    });
    return html`
      <div class="legend ${this.#isFolded ? 'folded' : ''}" role="group" aria-label="States of pages">${entries}</div>
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
}

customElements.define('page-map', PageMap);
