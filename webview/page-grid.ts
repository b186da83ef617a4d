/** Pages as a grid of coloured cells, to be zoomed, pointed at and walked over by keys. Whoever owns it holds the states. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { Cells } from './cells';
import { cornerOf, type Layout, pageAt, zoomedLayout, zoomSteps } from './layout';
import { PageCanvas, type View } from './page-canvas';
import { paletteOf } from './palette';
import { swatchStyles } from './swatch';

const labelHeightCssPx = 11;

/** What there is to show: it stays the owner's. */
export interface GridContents {
  /** One byte a page. */
  readonly states: Uint8Array;
  /** CSS variables of the states' colours. */
  readonly colours: readonly string[];
  /** Where a cell stands for several pages, it shows the state of the highest. */
  readonly ranks: Uint8Array;
  /** For a screen reader. */
  readonly name: string;
  /** At the left edge of rows. */
  readonly labelOf: (page: number) => string;
  /** At a page that is pointed at; `last` is that of its cell. */
  readonly tooltipOf: (page: number, last: number) => TemplateResult;
}

/** A page by pointer or keys: `page-hover` (undefined: none any more), `page-select` and `page-open` carry it. */
export type PageEventDetail = number | undefined;

export class PageGrid extends LitElement {
  static override styles = [
    swatchStyles,
    css`
    :host { display: block; position: relative; min-height: 80px; overflow: hidden; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
    canvas { position: absolute; top: 0; left: 0; }
    .scroller { position: absolute; inset: 0; overflow: hidden; cursor: pointer; }
    .scroller.zoomed { overflow-y: scroll; }
    .spacer { width: 1px; }
    .cursor { position: absolute; pointer-events: none; outline: 1px solid var(--vscode-foreground);
      box-shadow: 0 0 0 2px var(--vscode-editor-background); }
    .cursor[hidden] { display: none; }
    .tooltip { position: absolute; pointer-events: none; padding: 5px 9px; border-radius: 3px; white-space: nowrap;
      line-height: 1.45; color: var(--vscode-editorHoverWidget-foreground); background: var(--vscode-editorHoverWidget-background);
      border: 1px solid var(--vscode-editorHoverWidget-border); box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent); }
    .tooltip .title { font-weight: 600; }
    .tooltip .swatch { margin-right: 6px; vertical-align: -1px; }
    .tooltip .hint { color: var(--vscode-descriptionForeground); }
    .probe { display: none; }
  `,
  ];

  #contents: GridContents | undefined;
  #highlighted: number | undefined;
  #zoom = 0;
  /** The page that is pointed at, and where: CSS pixels from the corner. */
  #hover: { readonly page: number; readonly x: number; readonly y: number } | undefined;

  #canvas: PageCanvas | undefined;
  #cells: Cells | undefined;
  #view: View | undefined;
  #frame: number | undefined;
  #drawAll = false;
  readonly #resized = new ResizeObserver(() => this.relayout());

  constructor() {
    super();
    this.tabIndex = 0;
    this.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('blur', () => this.#point(undefined));
  }

  /** Other contents than before. */
  show(contents: GridContents): void {
    if (this.#contents?.states.length !== contents.states.length) this.#zoom = 0;
    this.#contents = contents;
    this.setAttribute('role', 'application');
    this.setAttribute('aria-label', contents.name);
    void this.updateComplete.then(() => this.relayout());
    this.requestUpdate();
  }

  /** The states of pages from `first` to before `end` have changed. */
  changed(first: number, end: number): void {
    this.#cells?.update(first, end);
    this.#requestDraw();
  }

  get highlighted(): number | undefined {
    return this.#highlighted;
  }

  /** That state stands out; undefined: none. */
  highlight(state: number | undefined): void {
    this.#highlighted = state;
    this.relayout();
  }

  zoomBy(steps: number): void {
    const zoom = Math.max(0, this.#zoom + steps);
    if (zoom === this.#zoom) return;
    this.#zoom = zoom;
    this.#point(undefined);
    this.relayout();
  }

  zoomOut(): void {
    this.zoomBy(-this.#zoom);
  }

  get pagesPerCell(): number {
    return this.#cells?.layout.pagesPerCell ?? 1;
  }

  get hoveredPage(): number | undefined {
    return this.#hover?.page;
  }

  /** Points at a page as the pointer would, and scrolls to it. */
  reveal(page: number): void {
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller');
    if (!this.#cells || !this.#view || !scroller) return;
    const { layout } = this.#cells;
    const scale = window.devicePixelRatio;
    const { xPx, yPx } = cornerOf(layout, page);
    const top = yPx / scale;
    if (top < scroller.scrollTop || top + layout.cellPx > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = Math.max(0, top - scroller.clientHeight / 2);
      this.#view = { ...this.#view, scrollPx: Math.round(scroller.scrollTop * scale) };
      this.#drawAll = true;
      this.#requestDraw();
    }
    const x = (xPx + this.#view.gutterPx) / scale;
    this.#point({ page, x, y: (yPx - this.#view.scrollPx) / scale });
  }

  /** Size, zoom, colours or contents have changed: everything is placed and painted anew. */
  relayout(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const scroller = this.renderRoot.querySelector<HTMLElement>('.scroller');
    const contents = this.#contents;
    if (!canvas || !scroller || !contents) return;
    if (!this.#canvas) {
      this.#canvas = new PageCanvas(canvas);
      this.#resized.observe(this);
    }
    scroller.classList.toggle('zoomed', this.#zoom > 0);
    const scale = window.devicePixelRatio;
    const pageCount = contents.states.length;
    const style = getComputedStyle(this);
    const labelFont = `${labelHeightCssPx * scale}px ${style.getPropertyValue('--vscode-editor-font-family') || 'monospace'}`;
    const labelPx = labelWidth(labelFont, contents.labelOf(pageCount));
    const gutterPx = this.clientWidth < 260 ? 0 : Math.ceil(labelPx + 8 * scale);
    const widthPx = Math.floor(scroller.clientWidth * scale) - gutterPx;
    const heightPx = Math.floor(this.clientHeight * scale);
    if (widthPx <= 0 || heightPx <= 0) return;

    this.#zoom = Math.min(this.#zoom, zoomSteps(widthPx, heightPx, pageCount));
    const layout = zoomedLayout(widthPx, heightPx, pageCount, this.#zoom);
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
      addressOfRow: (row) => contents.labelOf(row * layout.columns * layout.pagesPerCell),
    };
    this.#cells = new Cells(layout, contents.states, this.#palette(contents), contents.ranks);
    this.#drawAll = true;
    this.#requestDraw();
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent('page-scale'));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  #palette({ colours }: GridContents): Uint32Array {
    const probe = this.renderRoot.querySelector<HTMLElement>('.probe')!;
    const computed = colours.map((variable) => {
      probe.style.color = `var(${variable})`;
      return getComputedStyle(probe).color;
    });
    probe.style.color = 'var(--vscode-editor-background)';
    return paletteOf(computed, getComputedStyle(probe).color, this.#highlighted);
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
    const scrollPx = Math.round(scroller.scrollTop * window.devicePixelRatio);
    if (scrollPx === this.#view.scrollPx) return;
    this.#view = { ...this.#view, scrollPx };
    this.#drawAll = true;
    this.#point(undefined);
    this.#requestDraw();
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoomBy(event.deltaY < 0 ? 1 : -1);
  }

  #point(hover: { readonly page: number; readonly x: number; readonly y: number } | undefined): void {
    const isOther = this.#hover?.page !== hover?.page;
    this.#hover = hover;
    if (isOther) this.#tell('page-hover', hover?.page);
    this.requestUpdate();
  }

  #tell(kind: 'page-hover' | 'page-select' | 'page-open', page: PageEventDetail): void {
    this.dispatchEvent(new CustomEvent<PageEventDetail>(kind, { detail: page }));
  }

  #key(event: KeyboardEvent): void {
    const { layout } = this.#cells ?? {};
    if (!layout) return;
    const at = this.#hover?.page;
    if (event.key === 'Enter' && at !== undefined) this.#tell('page-open', at);
    else if (event.key === ' ' && at !== undefined) this.#tell('page-select', at);
    else if (event.key === '+' || event.key === '-') this.zoomBy(event.key === '+' ? 1 : -1);
    else {
      const to = pageBeside(layout, at, event.key);
      if (to === undefined) return;
      this.reveal(to);
    }
    event.preventDefault();
  }

  #pageUnder(event: MouseEvent): { page: number; x: number; y: number } | undefined {
    if (!this.#cells || !this.#view) return undefined;
    const box = this.getBoundingClientRect();
    const scale = window.devicePixelRatio;
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const page = pageAt(this.#cells.layout, x * scale - this.#view.gutterPx, y * scale + this.#view.scrollPx);
    return page === undefined ? undefined : { page, x, y };
  }

  #clicked(kind: 'page-select' | 'page-open', event: MouseEvent): void {
    const at = this.#pageUnder(event);
    if (at) this.#tell(kind, at.page);
  }

  override render(): TemplateResult {
    return html`
      <canvas role="img" aria-label=${this.#contents?.name ?? ''}></canvas>
      <div class="scroller" @scroll=${this.#scrolled} @wheel=${this.#wheel}
        @pointermove=${(event: PointerEvent) => this.#point(this.#pageUnder(event))}
        @pointerleave=${() => this.#point(undefined)}
        @click=${(event: MouseEvent) => this.#clicked('page-select', event)}
        @dblclick=${(event: MouseEvent) => this.#clicked('page-open', event)}><div class="spacer"></div></div>
      <div class="cursor"></div>
      ${this.#tooltip()}
      <span class="probe"></span>
    `;
  }

  #tooltip(): TemplateResult | typeof nothing {
    const contents = this.#contents;
    if (!this.#hover || !contents) return nothing;
    const { page } = this.#hover;
    const last = Math.min(contents.states.length, page + this.pagesPerCell) - 1;
    return html`<div class="tooltip" role="status">${contents.tooltipOf(page, last)}</div>`;
  }

  /** What hovers over the map is placed after it has its size. */
  override updated(): void {
    const cursor = this.renderRoot.querySelector<HTMLElement>('.cursor')!;
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
    const isRight = hover.x + 14 + tooltip.offsetWidth > this.clientWidth;
    const left = isRight ? hover.x - 10 - tooltip.offsetWidth : hover.x + 14;
    const top = Math.min(hover.y + 14, this.clientHeight - tooltip.offsetHeight);
    tooltip.style.left = `${Math.max(0, left)}px`;
    tooltip.style.top = `${Math.max(0, top)}px`;
  }
}

/** Where a key leads from a page; undefined for other keys. */
function pageBeside(
  { pageCount, pagesPerCell, columns }: Layout,
  page: number | undefined,
  key: string,
): number | undefined {
  const row = columns * pagesPerCell;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -pagesPerCell,
    ArrowRight: pagesPerCell,
    ArrowUp: -row,
    ArrowDown: row,
    PageUp: -16 * row,
    PageDown: 16 * row,
    Home: -pageCount,
    End: pageCount,
  };
  const step = steps[key];
  if (step === undefined) return undefined;
  if (page === undefined) return 0;
  const to = Math.max(0, Math.min(pageCount - 1, page + step));
  return to - (to % pagesPerCell);
}

function labelWidth(font: string, widest: string): number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 0;
  context.font = font;
  return context.measureText(widest).width;
}

customElements.define('page-grid', PageGrid);
