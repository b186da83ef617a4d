/** The page map element: header, legend, map and tooltip. Holds the states; everything drawn follows from them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { PageInfo, PagesEvent } from '../debug-adapter/protocol/messages';
import { applyRuns } from '../debug-adapter/protocol/page-runs';
import { type PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { Cells } from './cells';
import { formatCount, formatShare, formatSize, formatTime, pageAddress, pageNumber } from './format';
import type { HostLink } from './host-link';
import { cornerOf, pageAt, zoomedLayout, zoomSteps } from './layout';
import { PageCanvas, type View } from './page-canvas';
import { styles } from './page-map-styles';
import { pageColourVariables, paletteOf } from './palette';
import { reportView } from './report';

/** The pointer rests this long on a page before the session is asked about it. */
const hoverDelayMs = 60;
const labelHeightCssPx = 11;

interface Hover {
  readonly page: number;
  /** Pointer, CSS pixels from the map's corner. */
  readonly x: number;
  readonly y: number;
  info?: PageInfo;
}

export class PageMap extends LitElement {
  static override styles = styles;

  link: HostLink | undefined;

  #pages: PagesEvent | undefined;
  #states = new Uint8Array(0);
  #phaseLabel = '';
  #report: SnapshotReport | undefined;
  #ended = false;
  #highlighted: PageState | undefined;
  #zoom = 0;
  #hover: Hover | undefined;
  #hoverTimer: ReturnType<typeof setTimeout> | undefined;

  #canvas: PageCanvas | undefined;
  #cells: Cells | undefined;
  #view: View | undefined;
  #frame: number | undefined;
  #drawAll = false;
  readonly #resized = new ResizeObserver(() => this.relayout());

  showPages(pages: PagesEvent, phaseLabel: string): void {
    const sameBlock =
      this.#pages?.block.pageCount === pages.block.pageCount && this.#pages.block.address === pages.block.address;
    if (!sameBlock) {
      // Changes to a map that was never whole say nothing; the host sends the whole one.
      if (pages.kind === 'changes') return;
      this.#states = new Uint8Array(pages.block.pageCount);
      this.#zoom = 0;
    }
    this.#pages = pages;
    this.#phaseLabel = phaseLabel;
    this.#ended = false;
    applyRuns(pages.runs, this.#states, (first, end) => sameBlock && this.#cells?.update(first, end));
    if (!sameBlock) void this.updateComplete.then(() => this.relayout());
    if (this.#hover) this.#askAboutHover();
    this.requestUpdate();
    this.#requestDraw();
  }

  showReport(report: SnapshotReport | undefined): void {
    this.#report = report;
    this.requestUpdate();
    // It takes room from the map.
    void this.updateComplete.then(() => this.relayout());
  }

  showEnd(): void {
    this.#ended = true;
    this.requestUpdate();
  }

  /** Size, zoom, colours or guest have changed: everything is placed and painted anew. */
  relayout(): void {
    const map = this.renderRoot.querySelector<HTMLElement>('.map');
    const canvas = this.renderRoot.querySelector('canvas');
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller');
    if (!map || !canvas || !scroller || !this.#pages) return;
    if (this.#canvas?.canvas !== canvas) {
      this.#canvas = new PageCanvas(canvas);
      this.#resized.observe(map);
    }
    scroller.classList.toggle('zoomed', this.#zoom > 0);
    const scale = window.devicePixelRatio;
    const { block } = this.#pages;
    const style = getComputedStyle(this);
    const labelFont = `${labelHeightCssPx * scale}px ${style.getPropertyValue('--vscode-editor-font-family') || 'monospace'}`;
    const gutterPx = map.clientWidth < 260 ? 0 : Math.ceil(labelWidth(labelFont, block) + 8 * scale);
    const widthPx = Math.floor(scroller.clientWidth * scale) - gutterPx;
    const heightPx = Math.floor(map.clientHeight * scale);
    if (widthPx <= 0 || heightPx <= 0) return;

    this.#zoom = Math.min(this.#zoom, zoomSteps(widthPx, heightPx, block.pageCount));
    const layout = zoomedLayout(widthPx, heightPx, block.pageCount, this.#zoom);
    canvas.width = gutterPx + widthPx;
    canvas.height = heightPx;
    canvas.style.width = `${canvas.width / scale}px`;
    canvas.style.height = `${canvas.height / scale}px`;
    scroller.querySelector<HTMLElement>('.spacer')!.style.height = `${(layout.rows * layout.cellPx) / scale}px`;

    this.#view = {
      scrollPx: Math.round(scroller.scrollTop * scale),
      gutterPx,
      labelColour: style.getPropertyValue('--vscode-descriptionForeground') || 'gray',
      labelFont,
      labelHeightPx: labelHeightCssPx * scale,
      addressOfRow: (row) => pageAddress(block.address, row * layout.columns * layout.pagesPerCell),
    };
    this.#cells = new Cells(layout, this.#states, this.#palette());
    this.#drawAll = true;
    this.#requestDraw();
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    clearTimeout(this.#hoverTimer);
  }

  #palette(): Uint32Array {
    const probe = this.renderRoot.querySelector<HTMLElement>('.probe')!;
    const colours = pageColourVariables.map((variable) => {
      probe.style.color = `var(${variable})`;
      return getComputedStyle(probe).color;
    });
    probe.style.color = 'var(--vscode-editor-background)';
    return paletteOf(colours, getComputedStyle(probe).color, this.#highlighted);
  }

  #requestDraw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (!this.#canvas || !this.#cells || !this.#view) return;
      const rows = this.#cells.takeDirtyRows();
      if (this.#drawAll) this.#canvas.drawAll(this.#cells, this.#view);
      else if (rows) this.#canvas.drawRows(this.#cells, this.#view, rows);
      this.#drawAll = false;
    });
  }

  #scrolled(): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller');
    if (!this.#view || !scroller) return;
    this.#view = { ...this.#view, scrollPx: Math.round(scroller.scrollTop * window.devicePixelRatio) };
    this.#drawAll = true;
    this.#leave();
    this.#requestDraw();
  }

  #zoomBy(steps: number): void {
    const zoom = Math.max(0, this.#zoom + steps);
    if (zoom === this.#zoom) return;
    this.#zoom = zoom;
    this.#leave();
    this.relayout();
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoomBy(event.deltaY < 0 ? 1 : -1);
  }

  #highlight(state: PageState): void {
    this.#highlighted = this.#highlighted === state ? undefined : state;
    this.relayout();
  }

  #move(event: PointerEvent): void {
    const at = this.#pageUnder(event);
    if (at === undefined) {
      this.#leave();
      return;
    }
    const info = this.#hover?.page === at.page ? this.#hover.info : undefined;
    const moved = this.#hover?.page !== at.page;
    this.#hover = { ...at, ...(info && { info }) };
    if (moved) this.#askAboutHover();
    this.requestUpdate();
  }

  #leave(): void {
    clearTimeout(this.#hoverTimer);
    this.#hoverTimer = undefined;
    this.#hover = undefined;
    this.requestUpdate();
  }

  #open(event: PointerEvent): void {
    const at = this.#pageUnder(event);
    if (at) this.link?.openMemory(at.page);
  }

  #pageUnder(event: PointerEvent): Hover | undefined {
    const map = this.renderRoot.querySelector('.map')?.getBoundingClientRect();
    if (!map || !this.#cells || !this.#view) return undefined;
    const scale = window.devicePixelRatio;
    const x = event.clientX - map.left;
    const y = event.clientY - map.top;
    const page = pageAt(this.#cells.layout, x * scale - this.#view.gutterPx, y * scale + this.#view.scrollPx);
    return page === undefined ? undefined : { page, x, y };
  }

  /** Soon, once: a map that changes thirty times a second does not put the question off. */
  #askAboutHover(): void {
    if (this.#ended) return;
    this.#hoverTimer ??= setTimeout(() => {
      this.#hoverTimer = undefined;
      const page = this.#hover?.page;
      if (page === undefined) return;
      this.link?.pageInfo(page).then(
        (info) => {
          if (this.#hover?.page !== page) return;
          this.#hover.info = info;
          this.requestUpdate();
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
            @click=${() => this.#zoomBy(-1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="zoom-in" label="Zoom in" title="Zoom in (Ctrl+wheel)"
            @click=${() => this.#zoomBy(1)}></vscode-toolbar-button>
          <vscode-toolbar-button icon="screen-full" label="Show all of RAM" title="Show all of RAM"
            @click=${() => this.#zoomBy(-this.#zoom)}></vscode-toolbar-button>
        </span>
      </header>
      ${this.#report ? reportView(this.#report, this.link) : nothing}
      <div class="legend">${pageStateNames.map((name, state) => this.#legendEntry(pages, name, state))}</div>
      <div class="map">
        <canvas role="img" aria-label="Page map of ${pages.block.name}"></canvas>
        <div class="scroller" @scroll=${this.#scrolled} @wheel=${this.#wheel} @pointermove=${this.#move}
          @pointerleave=${this.#leave} @click=${this.#open}><div class="spacer"></div></div>
        <div class="cursor"></div>
        ${this.#tooltip(pages)}
      </div>
      <span class="probe"></span>
    `;
  }

  #scaleText(pages: PagesEvent): string {
    const { pageCount } = pages.block;
    const pagesPerCell = this.#cells?.layout.pagesPerCell ?? 1;
    const total = `${formatSize(pageCount)}, ${formatCount(pageCount)} pages`;
    return pagesPerCell === 1 ? total : `${total}, ${pagesPerCell} a cell`;
  }

  #legendEntry(pages: PagesEvent, name: string, state: PageState): TemplateResult {
    const count = pages.counts[state] ?? 0;
    const highlighted = this.#highlighted === state;
    return html`
      <button class="entry ${highlighted ? 'highlighted' : ''} ${count === 0 ? 'none' : ''}"
        aria-pressed=${highlighted} title="${formatShare(count, pages.block.pageCount)} of RAM. Click to highlight."
        @click=${() => this.#highlight(state)}>
        <span class="swatch state${state}"></span><span class="name">${name}</span
        ><span class="count">${formatCount(count)}</span>
      </button>
    `;
  }

  #tooltip(pages: PagesEvent): TemplateResult | typeof nothing {
    const hover = this.#hover;
    if (!hover) return nothing;
    const { block } = pages;
    const { page, info } = hover;
    const state = this.#states[page] as PageState;
    const last = Math.min(block.pageCount, page + (this.#cells?.layout.pagesPerCell ?? 1)) - 1;
    return html`
      <div class="tooltip">
        <div class="title">page ${pageNumber(block.address, page)}${last > page ? html` – ${pageNumber(block.address, last)}` : nothing}</div>
        <div>address ${pageAddress(block.address, page)}</div>
        <div>block ${block.name}, page ${formatCount(page)}</div>
        <div><span class="swatch state${state}"></span>${pageStateNames[state]}</div>
        ${info?.timeNs === undefined ? nothing : html`<div>since ${formatTime(info.timeNs)}${info.thread ? html`, by ${info.thread}` : nothing}</div>`}
        <div class="hint">click to open its memory</div>
      </div>
    `;
  }

  /** What hovers over the map is placed after it has its size. */
  override updated(): void {
    const cursor = this.renderRoot.querySelector<HTMLElement>('.cursor');
    const map = this.renderRoot.querySelector<HTMLElement>('.map');
    if (!cursor || !map) return;
    if (!this.#canvas) this.relayout();
    const hover = this.#hover;
    cursor.hidden = !hover;
    if (!hover || !this.#cells || !this.#view) return;
    const scale = window.devicePixelRatio;
    const { cellPx } = this.#cells.layout;
    const { xPx, yPx } = cornerOf(this.#cells.layout, hover.page);
    cursor.style.left = `${(xPx + this.#view.gutterPx) / scale - 1}px`;
    cursor.style.top = `${(yPx - this.#view.scrollPx) / scale - 1}px`;
    cursor.style.width = cursor.style.height = `${Math.max(2, cellPx / scale)}px`;

    const tooltip = this.renderRoot.querySelector<HTMLElement>('.tooltip');
    if (!tooltip) return;
    const left =
      hover.x + 14 + tooltip.offsetWidth > map.clientWidth ? hover.x - 10 - tooltip.offsetWidth : hover.x + 14;
    const top = Math.min(hover.y + 14, map.clientHeight - tooltip.offsetHeight);
    tooltip.style.left = `${Math.max(0, left)}px`;
    tooltip.style.top = `${Math.max(0, top)}px`;
  }
}

function labelWidth(font: string, block: PagesEvent['block']): number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 0;
  context.font = font;
  return context.measureText(pageAddress(block.address, block.pageCount)).width;
}

customElements.define('page-map', PageMap);
