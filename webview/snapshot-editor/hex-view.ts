/** Bytes of a file of any size, from a line on: as many lines as there is room for. */
import { css, html, LitElement, type TemplateResult } from 'lit';
import { bytesPerLine, hexLine, type Selection } from './hex-lines';

const lineCssPx = 18;
/** Bytes are asked for by so many, beginning at a multiple of that. */
const blockByteCount = 4096;
const keptBlockCountMax = 256;

/** `bytes-wanted` */
export interface BytesWanted {
  readonly offset: number;
  readonly length: number;
}

export class HexView extends LitElement {
  static override styles = css`
    :host { display: block; overflow: hidden; font-family: var(--vscode-editor-font-family, monospace);
      font-size: var(--vscode-editor-font-size, 12px); line-height: ${lineCssPx}px; white-space: pre; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
    .line { display: flex; gap: 16px; height: ${lineCssPx}px; }
    .offset { color: var(--vscode-descriptionForeground); }
    .hex { width: 49ch; }
    mark { color: var(--vscode-editor-selectionForeground, inherit); background: var(--vscode-editor-selectionBackground);
      outline: 1px solid var(--vscode-contrastActiveBorder, transparent); outline-offset: -1px; }
  `;

  #byteCount = 0;
  #top = 0;
  #selection: Selection = { offset: 0, byteCount: 0 };
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #asked = new Set<number>();

  constructor() {
    super();
    this.tabIndex = 0;
    this.setAttribute('role', 'region');
    this.setAttribute('aria-label', 'Bytes of the file');
    this.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('wheel', (event) => this.#moveBy(Math.sign(event.deltaY) * 3), { passive: true });
    new ResizeObserver(() => this.requestUpdate()).observe(this);
  }

  /** Where the selection begins. */
  get position(): number {
    return this.#selection.offset;
  }

  /** Another file, or the same anew. */
  open(byteCount: number): void {
    this.#byteCount = byteCount;
    this.#top = 0;
    this.#selection = { offset: 0, byteCount: 0 };
    this.#blocks.clear();
    this.#asked.clear();
    this.requestUpdate();
  }

  take(offset: number, bytes: Uint8Array): void {
    if (this.#blocks.size >= keptBlockCountMax) {
      this.#blocks.clear();
      this.#asked.clear();
    }
    this.#blocks.set(offset, bytes);
    this.requestUpdate();
  }

  select(selection: Selection): void {
    this.#selection = selection;
    const line = Math.floor(selection.offset / bytesPerLine);
    const isInSight = line >= this.#top && line < this.#top + this.#lineCount - 1;
    if (!isInSight) this.#moveTo(line - 1);
    this.requestUpdate();
  }

  get #lineCount(): number {
    return Math.max(1, Math.floor(this.clientHeight / lineCssPx));
  }

  #moveBy(lines: number): void {
    this.#moveTo(this.#top + lines);
  }

  #moveTo(line: number): void {
    const last = Math.max(0, Math.ceil(this.#byteCount / bytesPerLine) - this.#lineCount);
    this.#top = Math.max(0, Math.min(last, line));
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    const page = this.#lineCount - 1;
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#moveBy(step);
  }

  override render(): TemplateResult {
    const digits = Math.max(8, Math.max(0, this.#byteCount - 1).toString(16).length);
    const lines: TemplateResult[] = [];
    const end = Math.min(this.#top + this.#lineCount, Math.ceil(this.#byteCount / bytesPerLine));
    for (let line = this.#top; line < end; line++) {
      const offset = line * bytesPerLine;
      const { hex, text } = hexLine(offset, this.#bytesAt(offset), this.#selection);
      lines.push(html`<div class="line"><span class="offset">${offset.toString(16).padStart(digits, '0')}</span
        ><span class="hex">${hex[0]}<mark>${hex[1]}</mark>${hex[2]}</span
        ><span>${text[0]}<mark>${text[1]}</mark>${text[2]}</span></div>`);
    }
    return html`${lines}`;
  }

  #bytesAt(offset: number): Uint8Array | undefined {
    const start = offset - (offset % blockByteCount);
    const block = this.#blocks.get(start);
    if (block) return block.subarray(offset - start, offset - start + bytesPerLine);
    if (!this.#asked.has(start)) {
      this.#asked.add(start);
      const detail: BytesWanted = { offset: start, length: blockByteCount };
      this.dispatchEvent(new CustomEvent('bytes-wanted', { detail }));
    }
    return undefined;
  }
}

customElements.define('hex-view', HexView);
