/** Two elements one above the other, with a splitter between them; the lower one folds. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import type { TimelineLayout } from '../../debug-adapter/protocol/timeline-messages';

const shareMin = 0.12;
const shareMax = 0.85;
const keyStep = 0.04;

/** Slots `upper` and `lower`. `layout-change` tells of what the user has changed. */
export class StackedPanes extends LitElement {
  static override styles = css`
    :host { display: flex; flex-direction: column; height: 100vh; }
    .upper { flex: 1; min-height: 0; }
    .lower { flex: none; min-height: 0; position: relative;
      border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, #80808059)); }
    ::slotted([slot='upper']) { height: 100% !important; overflow: hidden auto; }
    ::slotted([slot='lower']) { height: 100%; }
    .splitter { position: absolute; z-index: 1; inset: -4px 0 auto; height: 8px; cursor: ns-resize; touch-action: none; }
    .splitter:hover, .splitter:focus-visible { background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder)); outline: none; }
  `;

  #layout: TimelineLayout = { share: 0.46, isFolded: false };

  restore(layout: TimelineLayout): void {
    this.#layout = layout;
    this.requestUpdate();
  }

  get isFolded(): boolean {
    return this.#layout.isFolded;
  }

  fold(isFolded: boolean): void {
    this.#change({ isFolded });
  }

  #change(change: Partial<TimelineLayout>): void {
    const { share, isFolded } = { ...this.#layout, ...change };
    this.#layout = { share: Math.max(shareMin, Math.min(shareMax, share)), isFolded };
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent<TimelineLayout>('layout-change', { detail: this.#layout }));
  }

  #dragged(event: PointerEvent): void {
    const splitter = event.currentTarget as HTMLElement;
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    const { top, height } = this.getBoundingClientRect();
    this.#change({ share: 1 - (event.clientY - top) / height });
  }

  #key(event: KeyboardEvent): void {
    const { share } = this.#layout;
    const to: Readonly<Record<string, number>> = {
      ArrowUp: share + keyStep,
      ArrowDown: share - keyStep,
      Home: shareMax,
      End: shareMin,
    };
    const wanted = to[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    this.#change({ share: wanted });
  }

  override render(): TemplateResult {
    const { share, isFolded } = this.#layout;
    return html`
      <div class="upper"><slot name="upper"></slot></div>
      <section class="lower" aria-label="Timeline" .style=${isFolded ? '' : `height: ${(share * 100).toFixed(1)}%`}>
        <div class="splitter" ?hidden=${isFolded} role="separator" tabindex="0" aria-orientation="horizontal"
          aria-label="Height of the timeline" aria-valuemin=${shareMin * 100} aria-valuemax=${shareMax * 100}
          aria-valuenow=${Math.round(share * 100)} @keydown=${this.#key} @pointermove=${this.#dragged}
          @pointerdown=${(event: PointerEvent) => (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)}></div>
        <slot name="lower"></slot>
      </section>
    `;
  }
}

customElements.define('stacked-panes', StackedPanes);
