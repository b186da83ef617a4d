/** The page map element: header, legend and map. Holds the states; everything drawn follows from them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PageInfo, PageOfBlock, PagesEvent } from '../debug-adapter/protocol/messages';
import type { PictureFormat } from '../debug-adapter/protocol/page-map-messages';
import { PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { BlockStates, type ShownPages } from './block-states';
import { pageStateRanks } from './cells';
import { type Filter, FindBar } from './find-bar';
import { formatCount, formatSize, formatTime, pageAddress, pageNumber } from './format';
import type { HostLink } from './host-link';
import { legendEntry } from './legend';
import type { Mark } from './marks';
import { nextPage, pagesOf } from './next-page';
import { type PageDetails, pageSpoken, pageTooltip } from './page-details';
import { PageFilter } from './page-filter';
import { type PageEventDetail, PageGrid, type PagesOfCell } from './page-grid';
import { styles } from './page-map-styles';
import { pageColourVariables } from './palette';
import { pictureSize, svgOf } from './picture';
import { pngOf } from './picture-png';
import { type Fold, reportView } from './report';

/** The pointer rests this long on a page before the session is asked about it. */
const hoverDelayMs = 60;
/** Beside an editor there is room for the legend's names; in a side bar there is not. */
const foldedBelowPx = 444;
/** Below a map that is low there is no room for states that no page has. */
const foldedBelowHeightPx = 396;
/** … nor for the names of the others. */
const namelessBelowHeightPx = 280;
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
  /** States that the user looks for; all when it is empty. */
  #sought: ReadonlySet<number> = new Set();
  /** One byte a page shown, 1 for those that meet the filter. */
  #matches: Uint8Array | undefined;
  #marks: readonly Mark[] = [];
  #lastStopNs: number | undefined;
  /** As the user wants them, or as there is room. */
  #isLegendFolded: boolean | undefined;
  #isReportFolded: boolean | undefined;
  #isNarrow = false;
  #isLow = false;
  #isVeryLow = false;
  readonly #grid = new PageGrid();
  readonly #findBar = new FindBar();
  readonly #filter = new PageFilter({
    ask: (wanted) => (this.link ? this.link.filterPages(wanted) : Promise.reject(new Error('There is no session.'))),
    onResult: (pages) => {
      this.#findBar.tell(pages ? `${formatCount(pages.count)} ${pages.count === 1 ? 'page' : 'pages'}` : '');
      this.#seek();
    },
    onThreads: (threads) => (this.#findBar.threads = threads),
    onFailure: (message) => this.#findBar.tell(message, true),
  });

  constructor() {
    super();
    this.setAttribute('role', 'main');
    this.#grid.classList.add('map');
    this.#grid.addEventListener('page-hover', () => this.#hovered());
    this.#grid.addEventListener('page-scale', () => this.requestUpdate());
    for (const kind of ['page-select', 'page-open']) {
      this.#grid.addEventListener(kind, (event) => this.#open((event as CustomEvent<PageEventDetail>).detail));
    }
    this.#findBar.addEventListener('find', (event) => void this.#find((event as CustomEvent<string>).detail));
    this.#findBar.addEventListener('filter', (event) => {
      void this.#filter.set((event as CustomEvent<Filter>).detail);
    });
    // What VS Code shows in its context menu depends on what is under the pointer, or under the keys.
    this.addEventListener('contextmenu', () => this.#setContext(), { capture: true });
    this.#grid.addEventListener('keydown', (event) => {
      if (event.key !== 'g') return;
      event.preventDefault();
      this.#findBar.focus();
    });
    new ResizeObserver(([entry]) => {
      // With borders: what is within depends on what is folded.
      const { inlineSize, blockSize } = entry!.borderBoxSize[0]!;
      this.#isNarrow = inlineSize < foldedBelowPx;
      this.#isLow = blockSize < foldedBelowHeightPx;
      this.#isVeryLow = blockSize < namelessBelowHeightPx;
      this.toggleAttribute('low', this.#isVeryLow);
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
    if (this.#ended) this.#grid.leavePage();
    this.#ended = false;
    if (this.#blocks.shown !== before) {
      this.#filter.forget();
      this.#showBlock(this.#blocks.shown!);
    }
    this.#mark();
    if (hasStopped) this.#showStop();
    if (!this.#ended) this.#filter.refresh();
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
      nextOf: (index, step) => this.#nextOf(shown, index, step),
    });
    this.#seek();
  }

  /** Of the pages that the user looks for; else of those marked. */
  #nextOf({ states }: ShownPages, index: number, step: 1 | -1): number | undefined {
    const matches = this.#matches;
    const sought = this.#sought;
    if (!matches) return nextPage(states, sought.size > 0 ? sought : markedStates, index, step);
    if (sought.size === 0) return nextPage(matches, [1], index, step);
    const both = matches.map((match, page) => (match === 1 && sought.has(states[page]!) ? 1 : 0));
    return nextPage(both, [1], index, step);
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
    this.#marks = [...marks.values()].sort((a, b) => a.page - b.page);
    this.#grid.mark(this.#marks);
  }

  /** Brings the page of the stop into view, if it is of what is shown. */
  #showStop(): void {
    const { stopPage, timeNs } = this.#pages!;
    this.#findBar.stoppedAfter(this.#lastStopNs);
    this.#lastStopNs = timeNs;
    const index = stopPage && this.#blocks.shown!.indexOf(stopPage);
    if (index !== undefined) void this.#grid.updateComplete.then(() => this.#grid.bringIntoView(index));
  }

  /** Points at the page of the stop, in whichever block it is. */
  #goToStop(): void {
    if (this.#pages?.stopPage) this.goTo(this.#pages.stopPage);
  }

  /** Points at a page, in whichever block it is. */
  goTo(of: PageOfBlock): void {
    if (!this.#blocks.shown) return;
    if (this.#blocks.shown.indexOf(of) === undefined) this.#select(of.block);
    const index = this.#blocks.shown.indexOf(of);
    if (index === undefined) return;
    this.#grid.focus();
    void this.#grid.updateComplete.then(() => this.#grid.reveal(index));
  }

  async #find(text: string): Promise<void> {
    if (text.trim() === '' || !this.link) return;
    const { blocks } = this.#blocks.shown!;
    try {
      this.goTo(await this.link.findPage({ text, ...(blocks.length === 1 && { block: blocks[0]!.name }) }));
      this.#findBar.tell('');
    } catch (error) {
      this.#findBar.tell(error instanceof Error ? error.message : String(error), true);
    }
  }

  #setContext(): void {
    const index = this.#grid.hoveredPage;
    const of = index === undefined ? undefined : this.#placeOf(index);
    const isRam = of?.block === this.#blocks.blocks[0]?.name;
    this.dataset.vscodeContext = JSON.stringify({
      preventDefaultContextMenuItems: true,
      webviewSection: of ? 'page' : 'map',
      ...(of && { pageBlock: of.block, pageNumber: of.page, isPageOfRam: isRam }),
    });
  }

  async savePicture(format: PictureFormat): Promise<void> {
    const { shown, counts } = this.#blocks;
    const painted = this.#grid.painted;
    if (!shown || !painted || !this.#pages) return;
    const { foreground, background, colours } = painted;
    const legend = pageStateNames.map((name, state) => {
      return { state, name, colour: colours[state]!, count: counts[state] ?? 0 };
    });
    const svg = svgOf({
      ...painted,
      marks: this.#marks,
      title: `Page map of ${shown.name}, ${formatSize(shown.states.length)}`,
      subtitle: `${this.#phaseLabel}, ${formatTime(this.#pages.timeNs)}`,
      legend,
      labelOf: (index) => {
        const { block, page } = shown.placeOf(index);
        return pageAddress(block.address, page);
      },
      foreground,
      background,
    });
    const size = pictureSize({ cells: painted.cells, legend });
    this.link?.savePicture(format, format === 'svg' ? svg : await pngOf(svg, size));
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

  #seek(sought = this.#sought): void {
    this.#sought = sought;
    this.#matches = this.#filter.runs && this.#blocks.shownPart(this.#filter.runs);
    this.#grid.seek({
      ...(sought.size > 0 && { states: sought }),
      ...(this.#matches && { pages: this.#matches }),
    });
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
      return html`<h1>Page Map</h1><p class="empty">Start debugging (F5): the pages of the guest's RAM appear here.</p>`;
    const run = this.#ended ? 'ended' : pages.stopped ? 'stopped' : 'running';
    return html`
      <h1>Page Map</h1>
      <div class="head">
        <span class="phase" title="Phase of the snapshot: ${pages.phase}">${this.#phaseLabel}</span>
        <span class="time" title="Virtual time of the guest">${formatTime(pages.timeNs)}</span>
        <span class="run ${run}">${run}</span>
        ${this.#stopButton(pages)}
        ${this.#blockSelector(shown)}
        <span class="scale">${this.#scaleText(shown)}</span>
      </div>
      ${this.#report ? reportView(this.#report, this.link, this.#reportFold) : nothing}
      ${this.#legend(shown)}
      <div class="bar">
        ${this.#findBar}
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
      </div>
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
      <div class="legend ${this.#isFolded ? 'folded' : ''} ${this.#isNarrow || this.#isVeryLow ? '' : 'named'}" role="group" aria-label="States of pages">${entries}</div>
    `;
  }

  get #isFolded(): boolean {
    return this.#isLegendFolded ?? (this.#isNarrow || this.#isLow);
  }

  get #reportFold(): Fold {
    const isFolded = this.#isReportFolded ?? this.#isLow;
    return {
      isFolded,
      toggle: () => {
        this.#isReportFolded = !isFolded;
        this.requestUpdate();
      },
    };
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
