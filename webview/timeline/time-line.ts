/** The timeline element: lanes, charts, and what a pointer or keys select on them. */
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type uPlot from 'uplot';
import type { BlockInfo, PageOfBlock } from '../../debug-adapter/protocol/messages';
import {
  Activity,
  activityNames,
  type TimelineEvent,
  type WriteFaultSpan,
} from '../../debug-adapter/protocol/timeline';
import { formatTime } from '../format';
import {
  latencyChart,
  latencyText,
  showLatencies,
  showTraffic,
  type TrafficData,
  trafficChart,
  trafficData,
  trafficText,
} from './charts';
import { ThemeColours } from './colours';
import { KnownRun } from './known-run';
import { drawTimeline } from './lane-canvas';
import { type LaneLayout, layLanes, type Row, rowAt, timeAt, xOf } from './lane-layout';
import { type Place, type Readout, readoutOf, type Surroundings } from './readout';
import { styles } from './time-line-styles';
import { around, clampView, durationText, panned, showing, type TimeView, zoomed } from './time-view';
import { waitGraph } from './wait-graph';

/** What is shown as time goes on; `fixed`: what the user has zoomed to. */
type Follow = 'snapshot' | 'run' | 'fixed';

const zoomStep = 0.6;
/** As near to the cursor takes hold of it. */
const holdPx = 6;
/** The plot has a width of its own while there is none yet. */
const widthPxMin = 120;

/** What the pointer holds: the view, or the cursor. */
type Drag =
  | { readonly held: 'view'; readonly x: number; readonly view: TimeView; moved: boolean }
  | { readonly held: 'cursor'; readonly x: number; toNs: number; moved: boolean };

/** `thread-select` (a name), `fault-page` (a page): somebody wants to see it; `time-go-to` (virtual ns): to go there. */
export class TimeLine extends LitElement {
  static override styles = styles;

  /** Whose pages are written to. */
  block: BlockInfo | undefined;

  #isFolded = false;
  readonly #run = new KnownRun();
  #follow: Follow = 'snapshot';
  #view: TimeView = { startNs: 0, endNs: 1 };
  #layout: LaneLayout = layLanes([], widthPxMin);
  #place: Place | undefined;
  /** It was keys that led there: it is read aloud. */
  #isByKeys = false;
  #dragged: Drag | undefined;
  #colours: ThemeColours | undefined;
  #traffic: uPlot | undefined;
  #latency: uPlot | undefined;
  #frame: number | undefined;
  readonly #resized = new ResizeObserver(() => this.relayout());

  /** @param isOther of another session: what the user has zoomed to was of the one before */
  show(event: TimelineEvent, isOther: boolean): void {
    const hadStop = this.#run.present.stop;
    if (!this.#run.apply(event, isOther)) return;
    if (isOther) this.#follow = 'snapshot';
    this.#followTime();
    const { stop } = this.#run.present;
    if (stop && stop.timeNs !== hadStop?.timeNs) this.#view = showing(this.#view, stop.timeNs, this.#limits);
    this.requestUpdate();
  }

  /** Only its header is to be seen. */
  set isFolded(isFolded: boolean) {
    this.#isFolded = isFolded;
    this.toggleAttribute('folded', isFolded);
    this.requestUpdate();
  }

  /** Size or theme have changed. */
  relayout(): void {
    this.requestUpdate();
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.plot')?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  /** A little beyond what is known: what happens there is not to be at the very edge. */
  get #limits(): TimeView {
    const { snapshot } = this.#run.whole;
    const { endNs } = this.#run;
    return { startNs: 0, endNs: Math.max(1000, endNs + (endNs - (snapshot?.startNs ?? 0)) * 0.03) };
  }

  #followTime(): void {
    const { snapshot } = this.#run.whole;
    if (this.#follow === 'fixed') this.#view = clampView(this.#view, this.#limits);
    else if (this.#follow === 'snapshot' && snapshot) this.#view = around(snapshot, this.#limits);
    else this.#view = this.#limits;
  }

  #showPart(follow: Follow): void {
    this.#follow = follow;
    this.#followTime();
    this.requestUpdate();
  }

  #changeView(view: TimeView): void {
    this.#follow = 'fixed';
    this.#view = view;
    this.requestUpdate();
  }

  #zoom(factor: number, atNs = this.#place?.timeNs ?? this.#middleNs): void {
    this.#changeView(zoomed(this.#view, factor, atNs, this.#limits));
  }

  get #middleNs(): number {
    const { stop } = this.#run.present;
    const { startNs, endNs } = this.#view;
    if (stop && stop.timeNs >= startNs && stop.timeNs <= endNs) return stop.timeNs;
    return (startNs + endNs) / 2;
  }

  get #surroundings(): Surroundings {
    return { model: this.#run.whole, view: this.#view, layout: this.#layout, blockAddress: this.block?.address };
  }

  // Pointer.

  #placeUnder(event: PointerEvent | MouseEvent): Place | undefined {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const row = rowAt(this.#layout, event.clientY - box.top);
    return row && { row, timeNs: timeAt(this.#view, this.#layout.plotPx, event.clientX - box.left) };
  }

  #moved(event: PointerEvent): void {
    const drag = this.#dragged;
    if (drag && Math.abs(event.clientX - drag.x) > 3) drag.moved = true;
    if (drag?.held === 'cursor') drag.toNs = this.#timeUnder(event);
    else if (drag?.moved)
      this.#changeView(panned(drag.view, (drag.x - event.clientX) / this.#layout.plotPx, this.#limits));
    this.#point(this.#placeUnder(event), false);
  }

  #pressed(event: PointerEvent): void {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const from = { x: event.clientX, moved: false };
    this.#dragged = this.#isNearCursor(this.#placeUnder(event))
      ? { ...from, held: 'cursor', toNs: this.#timeUnder(event) }
      : { ...from, held: 'view', view: this.#view };
  }

  #released(event: PointerEvent): void {
    const drag = this.#dragged;
    this.#dragged = undefined;
    if (drag?.moved && drag.held === 'cursor') this.#goToTime(drag.toNs);
    if (drag?.moved !== false) return;
    this.#point(this.#placeUnder(event), false);
    this.#select();
  }

  /** An instant that the run has been at. */
  #timeUnder(event: PointerEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return this.#within(timeAt(this.#view, this.#layout.plotPx, event.clientX - box.left));
  }

  #within(timeNs: number): number {
    return Math.max(0, Math.min(this.#run.endNs, timeNs));
  }

  #isNearCursor(place: Place | undefined): boolean {
    const { stop } = this.#run.present;
    if (!stop || !place) return false;
    const { plotPx } = this.#layout;
    return Math.abs(xOf(this.#view, plotPx, stop.timeNs) - xOf(this.#view, plotPx, place.timeNs)) <= holdPx;
  }

  #wheel(event: WheelEvent): void {
    const at = this.#placeUnder(event)?.timeNs;
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (event.ctrlKey || event.metaKey) this.#zoom(event.deltaY < 0 ? zoomStep : 1 / zoomStep, at);
    else if (isSideways || event.shiftKey) {
      const delta = isSideways ? event.deltaX : event.deltaY;
      this.#changeView(panned(this.#view, delta / this.#layout.plotPx, this.#limits));
    } else return;
    event.preventDefault();
  }

  #point(place: Place | undefined, isByKeys: boolean): void {
    this.#place = place;
    this.#isByKeys = isByKeys;
    this.requestUpdate();
  }

  /** What is pointed at: its thread, and its page if it is a write fault; a phase is zoomed to. */
  #select(): void {
    if (!this.#place) return;
    const { row } = this.#place;
    const { fault, band } = readoutOf(this.#place, this.#surroundings);
    if (band)
      this.#changeView(around({ startNs: band.startNs, endNs: band.endNs ?? this.#run.whole.endNs }, this.#limits));
    const thread = fault ? this.#run.whole.lanes[fault.lane]?.thread : row.lane === undefined ? undefined : row.label;
    if (fault) this.#tellPage(fault.page);
    if (thread !== undefined) this.#selectThread(thread);
  }

  #tellPage(page: number): void {
    if (!this.block) return;
    const detail: PageOfBlock = { block: this.block.name, page };
    this.dispatchEvent(new CustomEvent('fault-page', { detail }));
  }

  #selectThread(thread: string): void {
    this.dispatchEvent(new CustomEvent('thread-select', { detail: thread }));
  }

  #goToTime(timeNs: number): void {
    this.dispatchEvent(new CustomEvent('time-go-to', { detail: Math.round(this.#within(timeNs)) }));
  }

  // Keys.

  #key(event: KeyboardEvent): void {
    const { startNs, endNs } = this.#view;
    const step = (endNs - startNs) / 50;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#moveTo(-step),
      ArrowRight: () => this.#moveTo(step),
      PageUp: () => this.#moveTo(startNs - endNs),
      PageDown: () => this.#moveTo(endNs - startNs),
      Home: () => this.#moveTo(-Infinity),
      End: () => this.#moveTo(Infinity),
      ArrowUp: () => this.#moveRow(-1),
      ArrowDown: () => this.#moveRow(1),
      '+': () => this.#zoom(zoomStep),
      '=': () => this.#zoom(zoomStep),
      '-': () => this.#zoom(1 / zoomStep),
      Escape: () => this.#escape(),
      Enter: () => this.#select(),
      ' ': () => this.#select(),
      f: () => this.#goToFault(1),
      F: () => this.#goToFault(-1),
      s: () => this.#goToStop(),
      g: () => this.#place && this.#goToTime(this.#place.timeNs),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  #escape(): void {
    if (!this.#dragged) this.#showPart('snapshot');
    this.#dragged = undefined;
    this.requestUpdate();
  }

  get #from(): Place {
    return this.#place ?? { row: this.#layout.rows[1]!, timeNs: this.#middleNs };
  }

  #moveTo(byNs: number): void {
    const { startNs, endNs } = this.#limits;
    const { row, timeNs } = this.#from;
    this.#goTo(row, Math.max(startNs, Math.min(endNs, timeNs + byNs)));
  }

  #goTo(row: Row, timeNs: number): void {
    const view = showing(this.#view, timeNs, this.#limits);
    if (view !== this.#view) this.#changeView(view);
    this.#point({ row, timeNs }, true);
  }

  #moveRow(by: number): void {
    const { row, timeNs } = this.#from;
    const { rows } = this.#layout;
    const to = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + by))]!;
    this.#goTo(to, timeNs);
  }

  #goToFault(step: 1 | -1): void {
    const atNs = this.#place?.timeNs ?? (step > 0 ? -1 : Infinity);
    const { faults } = this.#run.whole;
    const beyond = faults.filter(({ startNs }) => (step > 0 ? startNs > atNs : startNs < atNs));
    const next: WriteFaultSpan | undefined = step > 0 ? beyond[0] : beyond.at(-1);
    if (next) this.#goTo(this.#layout.rows.find(({ kind }) => kind === 'faults')!, next.startNs);
  }

  #goToStop(): void {
    const { stop } = this.#run.present;
    if (!stop) return;
    const row = this.#layout.rows.find(({ lane, label }) => lane !== undefined && label === stop.thread);
    this.#goTo(row ?? this.#from.row, stop.timeNs);
  }

  // What is shown.

  override render(): TemplateResult {
    if (this.#isFolded) return html`<header>${this.#foldButton()}</header>`;
    if (this.#run.present.isEmpty) {
      return html`<header>${this.#foldButton()}</header>
        <p class="empty">What each thread does appears here as the guest runs.</p>`;
    }
    const widthPx = Math.max(widthPxMin, this.clientWidth - 24);
    this.#layout = layLanes(
      this.#run.whole.lanes.map(({ thread }) => thread),
      widthPx,
    );
    this.#keepRow();
    const { stop, latencies } = this.#run.present;
    const { rows, gutterPx, heightPx } = this.#layout;
    const traffic = this.#trafficData;
    const sent = traffic ? trafficText(traffic, this.#place?.timeNs) : '';
    const readout = this.#place && this.#readout(this.#place);
    const holdsCursor = this.#dragged ? this.#dragged.held === 'cursor' : this.#isNearCursor(this.#place);
    return html`
      <header>
        ${this.#foldButton()}
        <span class="range">${this.#rangeText()}</span>
        <span class="tools">
          ${this.#tool('debug-stackframe', 'Go to the stop (S)', () => this.#goToStop())}
          ${this.#tool('zoom-out', 'Zoom out (−, Ctrl+wheel)', () => this.#zoom(1 / zoomStep, this.#middleNs))}
          ${this.#tool('zoom-in', 'Zoom in (+, Ctrl+wheel)', () => this.#zoom(zoomStep, this.#middleNs))}
          ${this.#tool('device-camera', 'Show the snapshot (Escape)', () => this.#showPart('snapshot'))}
          ${this.#tool('screen-full', 'Show the whole run', () => this.#showPart('run'))}
        </span>
      </header>
      ${stop?.waits ? waitGraph(stop.waits, (thread) => this.#selectThread(thread)) : nothing}
      <div class="lanes" .style=${`height: ${heightPx}px`}>
        <div class="labels" .style=${`width: ${gutterPx}px`}>${rows.map((row) => this.#label(row))}</div>
        <div class="plot ${holdsCursor ? 'cursor' : ''}" tabindex="0" role="application"
          aria-label="Timeline: left and right move in time, up and down between rows, plus and minus zoom, F goes to the next write fault, S to the stop, Enter selects, G takes the run to this instant"
          @keydown=${this.#key} @wheel=${this.#wheel} @pointermove=${this.#moved} @pointerdown=${this.#pressed}
          @pointerup=${this.#released} @pointercancel=${() => (this.#dragged = undefined)}
          @pointerleave=${() => this.#point(undefined, false)} @blur=${() => this.#point(undefined, false)}>
          <canvas></canvas>
          ${this.#isByKeys ? this.#pointedRow() : nothing}
          ${readout ? this.#tooltip(readout) : nothing}
        </div>
      </div>
      <div class="spoken" aria-live="polite">${this.#isByKeys && readout ? readout.lines.join(', ') : ''}</div>
      <div class="legend">${this.#legend()}</div>
      <div class="charts">
        <figure class="traffic" ?hidden=${!traffic}>
          <figcaption>Sent <span class="note">${sent}</span>
            <span class="note"><span class="key"></span>bytes</span><span class="note"><span class="key pages"></span>pages</span>
          </figcaption>
          <div class="chart" role="img" aria-label="Bytes and pages sent over time: ${sent}"></div>
        </figure>
        <figure class="latency" ?hidden=${!latencies || latencies.count === 0}>
          <figcaption>Write-fault latency <span class="note">${latencies ? latencyText(latencies) : ''}</span></figcaption>
          <div class="chart" role="img" aria-label="Histogram of ${latencies ? latencyText(latencies) : 'nothing'}"></div>
        </figure>
      </div>
    `;
  }

  #readout(place: Place): Pick<Readout, 'lines'> {
    const drag = this.#dragged;
    if (drag?.held === 'cursor' && drag.moved) return { lines: [`Go to ${formatTime(Math.round(drag.toNs))}`] };
    const { lines } = readoutOf(place, this.#surroundings);
    if (!this.#run.canGoBack || this.#isByKeys || !this.#isNearCursor(place)) return { lines };
    return { lines: [...lines, 'Drag to go to another instant of this run'] };
  }

  #foldButton(): TemplateResult {
    const title = this.#isFolded ? 'Unfold the timeline' : 'Fold the timeline';
    return html`<button class="fold" title=${title} aria-expanded=${!this.#isFolded}
      @click=${() => this.dispatchEvent(new CustomEvent('fold'))}><span class="chevron"></span>Timeline</button>`;
  }

  #tool(icon: string, title: string, act: () => void): TemplateResult {
    return html`<vscode-toolbar-button icon=${icon} label=${title} title=${title} @click=${act}></vscode-toolbar-button>`;
  }

  #rangeText(): string {
    const { startNs, endNs } = this.#view;
    return `${durationText(endNs - startNs)} from ${formatTime(Math.round(startNs))}`;
  }

  #label({ kind, lane, label, topPx, heightPx }: Row): TemplateResult {
    const style = `top: ${topPx}px; height: ${heightPx}px; line-height: ${heightPx}px`;
    if (lane === undefined)
      return html`<span class="label plain" .style=${style}>${kind === 'axis' ? '' : label}</span>`;
    const isStopped = this.#run.present.stop?.thread === label;
    return html`<button class="label ${isStopped ? 'stopped' : ''}" .style=${style} title="Select ${label} in the Call Stack"
      @click=${() => this.#selectThread(label)}>${label}</button>`;
  }

  #legend(): TemplateResult[] {
    const seen = this.#run.whole.activities;
    const order = [
      Activity.Running,
      Activity.HoldsBql,
      Activity.InFault,
      Activity.WaitsForBql,
      Activity.Waits,
      Activity.Stopped,
      Activity.Idle,
    ];
    const shown = order.filter((activity) => seen.has(activity));
    return shown.map((activity) => html`<span><i class="activity-${activity}"></i>${activityNames[activity]}</span>`);
  }

  #pointedRow(): TemplateResult {
    const { topPx, heightPx } = this.#from.row;
    return html`<div class="pointed" .style=${`top: ${topPx}px; height: ${heightPx}px`}></div>`;
  }

  #tooltip({ lines }: Pick<Readout, 'lines'>): TemplateResult {
    return html`<div class="tooltip">${lines.map((line) => html`<div>${line}</div>`)}</div>`;
  }

  get #trafficData(): TrafficData | undefined {
    const window = this.#run.present.windows[1];
    return window && trafficData(window, this.#view, this.#layout.plotPx);
  }

  /** Threads come and go: the row that is pointed at is the one of that name. */
  #keepRow(): void {
    if (!this.#place) return;
    const { row, timeNs } = this.#place;
    const now = this.#layout.rows.find(({ kind, label }) => kind === row.kind && label === row.label);
    this.#place = now && { row: now, timeNs };
  }

  override updated(): void {
    this.#placeTooltip();
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  }

  #placeTooltip(): void {
    const tooltip = this.renderRoot.querySelector<HTMLElement>('.tooltip');
    if (!tooltip || !this.#place) return;
    const { plotPx, gutterPx } = this.#layout;
    const x = xOf(this.#view, plotPx, this.#place.timeNs);
    const left = x + 14 + tooltip.offsetWidth > plotPx ? x - 12 - tooltip.offsetWidth : x + 14;
    tooltip.style.left = `${Math.max(-gutterPx, left)}px`;
    tooltip.style.top = `${this.#place.row.topPx + this.#place.row.heightPx + 2}px`;
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('.plot canvas');
    if (!canvas) return;
    this.#colours ??= new ThemeColours(this.shadowRoot!);
    const style = getComputedStyle(this);
    drawTimeline(canvas, {
      model: this.#run.whole,
      presentNs: this.#run.present.endNs,
      layout: this.#layout,
      view: this.#view,
      pointedNs: this.#place?.timeNs,
      cursorNs: this.#dragged?.held === 'cursor' ? this.#dragged.toNs : this.#run.present.stop?.timeNs,
      colours: this.#colours,
      font: `11px ${style.fontFamily}`,
    });
    this.#drawCharts(this.#colours);
  }

  #drawCharts(colours: ThemeColours): void {
    const figures = [...this.renderRoot.querySelectorAll<HTMLElement>('figure:not([hidden]) .chart')];
    const traffic = figures.find((chart) => chart.parentElement!.classList.contains('traffic'));
    const latency = figures.find((chart) => chart.parentElement!.classList.contains('latency'));
    const { latencies } = this.#run.present;
    const data = this.#trafficData;
    if (traffic && data) {
      if (!this.#traffic?.root.isConnected) {
        this.#traffic?.destroy();
        this.#traffic = trafficChart(colours, () => this.#layout.gutterPx, traffic);
      }
      showTraffic(this.#traffic, data, this.#view, traffic.clientWidth);
    }
    if (latency && latencies) {
      if (!this.#latency?.root.isConnected) {
        this.#latency?.destroy();
        this.#latency = latencyChart(colours, () => this.#marks(), latency);
      }
      showLatencies(this.#latency, latencies, latency.clientWidth);
    }
  }

  #marks(): [string, number][] {
    const { latencies } = this.#run.present;
    if (!latencies) return [];
    return [
      ['p50', latencies.p50Ns],
      ['p99', latencies.p99Ns],
      ['max', latencies.maxNs],
    ];
  }
}

customElements.define('time-line', TimeLine);
