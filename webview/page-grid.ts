/** Pages as a grid of coloured cells, to be zoomed, pointed at and walked over by keys. Whoever owns it holds the states. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { Cells, faded, type Sought } from './cells';
import { pageBeside } from './grid-keys';
import { boxOf, fitLayout, type Layout, pageAt, rowsInView, zoomLayouts } from './layout';
import { drawMarks, type Mark, type MarksInView, marksInView } from './marks';
import { PageCanvas, type View } from './page-canvas';
import { pageGridStyles } from './page-grid-styles';
import { paletteOf } from './palette';

const labelHeightCssPx = 11;
const markSpacingCssPx = 9;

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
  /** At a page that is pointed at. Where its cell stands for others too, it is the one whose state shows. */
  readonly tooltipOf: (page: number, cell: PagesOfCell) => TemplateResult;
  /** The same for who listens; empty while there is nothing to be said yet. */
  readonly spokenOf: (page: number, cell: PagesOfCell) => string;
  /** The next page worth a look from there on, round the end; forwards or backwards. */
  readonly nextOf: (page: number, step: 1 | -1) => number | undefined;
}

export interface Painted {
  readonly cells: Cells;
  readonly palette: Uint32Array;
  /** As CSS has them: of the states, of text and of what is behind it. */
  readonly colours: readonly string[];
  readonly foreground: string;
  readonly background: string;
}

export interface PagesOfCell {
  readonly first: number;
  readonly last: number;
}

/** A page by pointer or keys: `page-hover` (undefined: none any more), `page-select` and `page-open` carry it. */
export type PageEventDetail = number | undefined;

interface Pointed {
  readonly page: number;
  /** CSS pixels from the corner. */
  readonly x: number;
  readonly y: number;
  /** Who walks by keys hears what is there. */
  readonly isByKeys: boolean;
}

export class PageGrid extends LitElement {
  static override styles = pageGridStyles;

  #contents: GridContents | undefined;
  #sought: Sought = {};
  #marks: readonly Mark[] = [];
  #marksInView: MarksInView = { placed: [], above: [], below: [] };
  #zoom = 0;
  #pointed: Pointed | undefined;
  /** Where the keys go on when they are used again. */
  #lastPage = 0;

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
    this.addEventListener('focus', () => {
      if (this.matches(':focus-visible') && !this.#pointed) this.reveal(this.#lastPage);
    });
    this.addEventListener('blur', () => {
      // When the whole window loses the focus, as to a context menu or to the editor at a stop, the user is still at this
      // page. The document knows of that a moment later.
      setTimeout(() => {
        if (document.hasFocus() && !this.matches(':focus')) this.#point(undefined);
      });
    });
  }

  /** Other contents than before. */
  show(contents: GridContents): void {
    if (this.#contents?.states.length !== contents.states.length) {
      this.#zoom = 0;
      this.#lastPage = 0;
      this.#marks = [];
    }
    this.#contents = contents;
    this.setAttribute('role', 'application');
    this.setAttribute('aria-label', contents.name);
    void this.updateComplete.then(() => this.relayout());
    this.requestUpdate();
  }

  /** Nobody points at a page any more. */
  leavePage(): void {
    this.#point(undefined);
  }

  /** The states of pages from `first` to before `end` have changed. */
  changed(first: number, end: number): void {
    this.#cells?.update(first, end);
    this.#requestDraw();
  }

  /** The other pages fade. */
  seek(sought: Sought): void {
    this.#sought = sought;
    if (!this.#cells || !this.#contents) return;
    this.#cells = new Cells(this.#cells.layout, this.#contents.states, this.#contents.ranks, sought);
    this.#drawAll = true;
    this.#requestDraw();
  }

  /** @param marks in the order of their pages */
  mark(marks: readonly Mark[]): void {
    if (marks.length === 0 && this.#marks.length === 0) return;
    this.#marks = marks;
    this.#drawAll = true;
    this.#requestDraw();
  }

  get layout(): Layout | undefined {
    return this.#cells?.layout;
  }

  /** All of it as if it were painted where it is, without zoom, and in its colours. */
  get painted(): Painted | undefined {
    const contents = this.#contents;
    if (!this.#cells || !this.#view || !contents) return undefined;
    const { layout } = this.#cells;
    const fit = fitLayout(layout.widthPx, Math.floor(this.clientHeight * window.devicePixelRatio), layout.pageCount);
    return {
      cells: new Cells(fit, contents.states, contents.ranks, this.#sought),
      palette: this.#view.palette,
      colours: contents.colours.map((variable) => this.#colour(`var(${variable})`)),
      foreground: this.#colour('var(--vscode-foreground)'),
      background: this.#colour('var(--vscode-editor-background)'),
    };
  }

  /** The place that the user looks at stays where it is. */
  zoomBy(steps: number): void {
    const zoom = Math.max(0, this.#zoom + steps);
    const scroller = this.#scroller;
    if (zoom === this.#zoom || !this.#cells || !this.#view || !scroller) return;
    const scale = window.devicePixelRatio;
    const { layout } = this.#cells;
    const y = this.#pointed?.y ?? this.clientHeight / 2;
    const middle = Math.min(layout.heightPx - 1, y * scale + this.#view.scrollPx);
    const page = this.#pointed?.page ?? pageAt(layout, layout.widthPx / 2, middle) ?? layout.pageCount - 1;
    const wasPointed = this.#pointed?.isByKeys === true;
    this.#zoom = zoom;
    this.#point(undefined);
    this.relayout();
    scroller.scrollTop = this.#boxOf(page).yPx / scale - y;
    this.#scrolled();
    if (wasPointed) this.reveal(page);
  }

  zoomOut(): void {
    this.zoomBy(-this.#zoom);
  }

  get pagesPerCell(): number {
    return this.#cells?.layout.pagesPerCell ?? 1;
  }

  get hoveredPage(): number | undefined {
    return this.#pointed?.page;
  }

  /** Points at a page as the keys would, and scrolls to it. */
  reveal(page: number): void {
    this.bringIntoView(page);
    if (!this.#view || !this.#cells) return;
    const scale = window.devicePixelRatio;
    const { xPx, yPx, heightPx } = this.#boxOf(page);
    const x = (xPx + this.#view.gutterPx) / scale;
    this.#point({ page, x, y: (yPx + heightPx - this.#view.scrollPx) / scale, isByKeys: true });
  }

  /** Scrolls to a page, if that is not in view. */
  bringIntoView(page: number): void {
    const scroller = this.#scroller;
    if (!this.#cells || !scroller) return;
    const scale = window.devicePixelRatio;
    const { yPx, heightPx } = this.#boxOf(page);
    const [top, bottom] = [yPx / scale, (yPx + heightPx) / scale];
    if (top >= scroller.scrollTop && bottom <= scroller.scrollTop + scroller.clientHeight) return;
    scroller.scrollTop = Math.max(0, top - scroller.clientHeight / 2);
    this.#scrolled();
  }

  /** The next page worth a look. */
  goToNext(step: 1 | -1): void {
    const page = this.#contents?.nextOf(this.#pointed?.page ?? this.#lastPage, step);
    if (page !== undefined) this.reveal(page);
  }

  /** Size, zoom, colours or contents have changed: everything is placed and painted anew. */
  relayout(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.cells');
    const scroller = this.#scroller;
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
    const labelPx = labelWidth(labelFont, contents.labelOf(pageCount - 1));
    const gutterPx = this.clientWidth < 260 ? 0 : Math.ceil(labelPx + 8 * scale);
    const widthPx = Math.floor(scroller.clientWidth * scale) - gutterPx;
    const heightPx = Math.floor(this.clientHeight * scale);
    if (widthPx <= 0 || heightPx <= 0 || pageCount === 0) return;

    const layouts = zoomLayouts(widthPx, heightPx, pageCount);
    this.#zoom = Math.min(this.#zoom, layouts.length - 1);
    const layout = layouts[this.#zoom]!;
    for (const each of this.renderRoot.querySelectorAll('canvas')) {
      each.width = gutterPx + widthPx;
      each.height = heightPx;
      each.style.width = `${each.width / scale}px`;
      each.style.height = `${each.height / scale}px`;
    }
    scroller.querySelector<HTMLElement>('.spacer')!.style.height = `${layout.heightPx / scale}px`;

    this.#view = {
      scrollPx: Math.round(scroller.scrollTop * scale),
      gutterPx,
      labelColour: style.getPropertyValue('--vscode-descriptionForeground') || 'gray',
      labelFont,
      labelHeightPx: labelHeightCssPx * scale,
      addressOfRow: (row) => contents.labelOf(row * layout.columns * layout.pagesPerCell),
      palette: this.#palette(contents),
    };
    this.#cells = new Cells(layout, contents.states, contents.ranks, this.#sought);
    this.#drawAll = true;
    this.#requestDraw();
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent('page-scale'));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  get #scroller(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.scroller');
  }

  #boxOf(page: number): ReturnType<typeof boxOf> {
    return boxOf(this.#cells!.layout, page);
  }

  #palette({ colours }: GridContents): Uint32Array {
    return paletteOf(
      colours.map((variable) => this.#colour(`var(${variable})`)),
      this.#colour('var(--vscode-editor-background)'),
    );
  }

  /** As the browser computes it. */
  #colour(css: string): string {
    const probe = this.renderRoot.querySelector<HTMLElement>('.probe')!;
    probe.style.color = css;
    return getComputedStyle(probe).color;
  }

  #requestDraw(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (!this.#canvas || !this.#cells || !this.#view) return;
      if (this.#drawAll) {
        this.#canvas.drawAll(this.#cells, this.#view);
        this.#drawMarks();
      } else this.#canvas.drawChanges(this.#cells, this.#view);
      this.#drawAll = false;
      this.dispatchEvent(new CustomEvent('page-drawn'));
    });
  }

  #drawMarks(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.marks')!;
    const context = canvas.getContext('2d')!;
    const scale = window.devicePixelRatio;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const { scrollPx, gutterPx } = this.#view!;
    const before = this.#marksInView;
    this.#marksInView = marksInView(this.layout!, this.#marks, scrollPx, canvas.height, markSpacingCssPx * scale);
    const { placed, above, below } = this.#marksInView;
    if (placed.length > 0) {
      const colours = {
        line: this.#colour('var(--vscode-foreground)'),
        halo: this.#colour('var(--vscode-editor-background)'),
        stop: this.#colour('var(--vscode-debugIcon-breakpointCurrentStackframeForeground, var(--vscode-foreground))'),
      };
      context.save();
      context.translate(gutterPx, 0);
      drawMarks(context, placed, scale, colours);
      context.restore();
    }
    if (above.length !== before.above.length || below.length !== before.below.length) this.requestUpdate();
  }

  #scrolled(): void {
    const scroller = this.#scroller;
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

  #point(pointed: Pointed | undefined): void {
    const isOther = this.#pointed?.page !== pointed?.page;
    this.#pointed = pointed;
    if (pointed) this.#lastPage = pointed.page;
    if (isOther) this.#tell('page-hover', pointed?.page);
    this.requestUpdate();
  }

  #tell(kind: 'page-hover' | 'page-select' | 'page-open', page: PageEventDetail): void {
    this.dispatchEvent(new CustomEvent<PageEventDetail>(kind, { detail: page }));
  }

  #key(event: KeyboardEvent): void {
    if (!this.layout || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#pointed?.page;
    if (event.key === 'Enter' && at !== undefined) this.#tell('page-open', at);
    else if (event.key === ' ' && at !== undefined) this.#tell('page-select', at);
    else if (event.key === '+' || event.key === '=' || event.key === '-') this.zoomBy(event.key === '-' ? -1 : 1);
    else if (event.key === 'f' || event.key === 'F') this.goToNext(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && this.#zoom > 0) this.zoomOut();
    else {
      const to = pageBeside(this.layout, this.#rowsOfPageKey, at, this.#lastPage, event.key);
      if (to === undefined) return;
      this.reveal(this.#shownIn(to));
    }
    event.preventDefault();
  }

  /** Of the pages in the cell of this one the first whose state shows. */
  #shownIn(page: number): number {
    const { states, shown } = this.#cells!;
    const { first, last } = this.#cellOf(page);
    const state = shown[first / this.pagesPerCell]! & ~faded;
    for (let each = first; each <= last; each++) if (states[each] === state) return each;
    return page;
  }

  #cellOf(page: number): PagesOfCell {
    const first = page - (page % this.pagesPerCell);
    return { first, last: Math.min(this.#contents!.states.length, first + this.pagesPerCell) - 1 };
  }

  /** A screenful; where all is in view, an eighth of it. */
  get #rowsOfPageKey(): number {
    const { first, end } = rowsInView(this.layout!, this.#view!.scrollPx, this.clientHeight * window.devicePixelRatio);
    return Math.max(1, this.#zoom > 0 ? end - first - 3 : Math.floor((end - first) / 8));
  }

  #pageUnder(event: MouseEvent): Pointed | undefined {
    if (!this.#cells || !this.#view) return undefined;
    const box = this.getBoundingClientRect();
    const scale = window.devicePixelRatio;
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const page = pageAt(this.#cells.layout, x * scale - this.#view.gutterPx, y * scale + this.#view.scrollPx);
    return page === undefined ? undefined : { page: this.#shownIn(page), x, y, isByKeys: false };
  }

  #clicked(kind: 'page-select' | 'page-open', event: MouseEvent): void {
    const at = this.#pageUnder(event);
    if (at) this.#tell(kind, at.page);
  }

  override render(): TemplateResult {
    const contents = this.#contents;
    const { above, below } = this.#marksInView;
    return html`
      <canvas class="cells" aria-hidden="true"></canvas>
      <canvas class="marks" aria-hidden="true"></canvas>
      <div class="scroller" @scroll=${this.#scrolled} @wheel=${this.#wheel}
        @pointermove=${(event: PointerEvent) => this.#point(this.#pageUnder(event))}
        @pointerleave=${() => this.#point(undefined)}
        @click=${(event: MouseEvent) => this.#clicked('page-select', event)}
        @dblclick=${(event: MouseEvent) => this.#clicked('page-open', event)}><div class="spacer"></div></div>
      ${this.#marksBeyond('above', above)}${this.#marksBeyond('below', below)}
      <div class="cursor" hidden></div>
      ${
        this.#pointed && contents
          ? html`<div class="tooltip" aria-hidden="true">${contents.tooltipOf(this.#pointed.page, this.#cellOf(this.#pointed.page))}</div>`
          : nothing
      }
      <div class="spoken" aria-live="polite">${
        this.#pointed?.isByKeys && contents
          ? contents.spokenOf(this.#pointed.page, this.#cellOf(this.#pointed.page))
          : ''
      }</div>
      <span class="probe" aria-hidden="true"></span>
    `;
  }

  /** Marks that are out of view, and the way there. */
  #marksBeyond(where: 'above' | 'below', marks: readonly Mark[]): TemplateResult | typeof nothing {
    const [nearest] = marks;
    if (!nearest) return nothing;
    const arrow = where === 'above' ? '↑' : '↓';
    return html`<button class="beyond ${where}" tabindex="-1" title="Go to the nearest page marked ${where}"
      @click=${() => this.reveal(nearest.page)}>${arrow} ${marks.length}</button>`;
  }

  /** What hovers over the map is placed after it has its size. */
  override updated(): void {
    const cursor = this.renderRoot.querySelector<HTMLElement>('.cursor')!;
    if (!this.#canvas) this.relayout();
    const pointed = this.#pointed;
    cursor.hidden = !pointed;
    if (!pointed || !this.#cells || !this.#view) return;
    const scale = window.devicePixelRatio;
    const { xPx, yPx, widthPx, heightPx } = this.#boxOf(pointed.page);
    cursor.style.left = `${(xPx + this.#view.gutterPx) / scale - 1}px`;
    cursor.style.top = `${(yPx - this.#view.scrollPx) / scale - 1}px`;
    cursor.style.width = `${Math.max(3, widthPx / scale + 2)}px`;
    cursor.style.height = `${Math.max(3, heightPx / scale + 2)}px`;

    const tooltip = this.renderRoot.querySelector<HTMLElement>('.tooltip');
    if (!tooltip) return;
    const isRight = pointed.x + 14 + tooltip.offsetWidth > this.clientWidth;
    const left = isRight ? pointed.x - 10 - tooltip.offsetWidth : pointed.x + 14;
    const isLow = pointed.y + 14 + tooltip.offsetHeight > this.clientHeight;
    const top = isLow ? pointed.y - 10 - tooltip.offsetHeight : pointed.y + 14;
    tooltip.style.left = `${Math.max(0, left)}px`;
    tooltip.style.top = `${Math.max(0, top)}px`;
  }
}

function labelWidth(font: string, widest: string): number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 0;
  context.font = font;
  return context.measureText(widest).width;
}

customElements.define('page-grid', PageGrid);
