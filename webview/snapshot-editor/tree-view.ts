/** The tree of a stream: only the rows in sight are there, and only those are asked for. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import {
  parsePath,
  pathText,
  type RowsOfParent,
  type TreeRow,
} from '../../debug-adapter/protocol/snapshot-editor-messages';
import { TreeLayout } from './tree-layout';

const rowCssPx = 22;
/** Rows are asked for by so many, beginning at a multiple of that. */
const windowRowCount = 64;
/** Rows that are kept though nobody sees them. */
const keptRowCountMax = 20_000;

/** Asks for rows; `rows-wanted`. */
export interface RowsWanted {
  readonly parent: string;
  readonly from: number;
  readonly count: number;
}

/** `row-select`, and `row-open` for Enter and double click. */
export interface RowChosen {
  readonly path: string;
  readonly row: TreeRow;
}

export class TreeView extends LitElement {
  static override styles = css`
    :host { display: block; overflow: auto; position: relative; }
    :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
    .all { position: relative; }
    .row { position: absolute; left: 0; right: 0; height: ${rowCssPx}px; line-height: ${rowCssPx}px; display: flex; gap: 8px;
      white-space: nowrap; padding-right: 8px; cursor: pointer; box-sizing: border-box; }
    .row:hover { background: var(--vscode-list-hoverBackground); }
    .row.selected { background: var(--vscode-list-inactiveSelectionBackground); }
    :host(:focus) .row.selected { background: var(--vscode-list-activeSelectionBackground);
      color: var(--vscode-list-activeSelectionForeground); outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
      outline-offset: -1px; }
    .twistie { flex: none; width: 16px; text-align: center; font: normal 16px/22px codicon; }
    .indent { flex: none; }
    .label { flex: none; max-width: 60%; overflow: hidden; text-overflow: ellipsis; }
    .value { flex: 1; overflow: hidden; text-overflow: ellipsis; font-family: var(--vscode-editor-font-family);
      color: var(--vscode-debugTokenExpression-number, var(--vscode-foreground)); }
    .type, .place { flex: none; color: var(--vscode-descriptionForeground); font-size: 0.9em; }
    .place { font-variant-numeric: tabular-nums; }
    :host(:focus) .row.selected .value, :host(:focus) .row.selected .type, :host(:focus) .row.selected .place { color: inherit; }
  `;

  readonly #layout = new TreeLayout();
  readonly #rows = new Map<string, TreeRow>();
  readonly #asked = new Set<string>();
  /** To be unfolded when their rows come. */
  readonly #unfolding = new Set<string>();
  #selected: string | undefined;
  /** To be selected as soon as the nodes above it are unfolded. */
  #target: string | undefined;
  #isQuiet = false;

  constructor() {
    super();
    this.tabIndex = 0;
    this.setAttribute('role', 'tree');
    this.setAttribute('aria-label', 'Contents of the snapshot');
    this.addEventListener('scroll', () => this.requestUpdate());
    this.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.requestUpdate()).observe(this);
  }

  /** Another tree. @param unfolded paths to be unfolded as soon as they are there */
  clear(unfolded: readonly string[]): void {
    this.#layout.clear();
    this.#rows.clear();
    this.#unfolding.clear();
    this.#selected = undefined;
    this.#target = undefined;
    this.#wanted = new Set(unfolded);
    this.changed();
  }

  #wanted = new Set<string>();

  /** The same tree, grown: what is shown has to be asked for again. */
  changed(): void {
    this.#asked.clear();
    for (const path of this.#layout.unfoldedPaths()) this.#ask(pathText(path), 0);
    this.requestUpdate();
  }

  take({ parent, childCount, from, rows }: RowsOfParent): void {
    const path = parsePath(parent);
    if (path.length > 0 && !this.#layout.isUnfolded(path.slice(0, -1))) return;
    // One that has been folded since it was asked for stays so.
    if (!this.#unfolding.delete(parent) && !this.#layout.isUnfolded(path)) return;
    this.#layout.unfold(path, childCount);
    if (this.#rows.size > keptRowCountMax) this.#rows.clear();
    for (const [index, row] of rows.entries()) this.#rows.set(pathText([...path, from + index]), row);
    for (const each of this.#wanted) {
      const row = this.#rows.get(each);
      if (!row || row.childCount === 0) continue;
      this.#wanted.delete(each);
      this.#unfold(each, 0);
    }
    this.#approachTarget();
    this.requestUpdate();
  }

  /** Unfolds what is above a node, selects it and scrolls to it. @param isQuiet nobody is told of it */
  reveal(path: string, isQuiet: boolean): void {
    this.#target = path;
    this.#isQuiet = isQuiet;
    this.#approachTarget();
  }

  #approachTarget(): void {
    if (this.#target === undefined) return;
    const path = parsePath(this.#target);
    for (let depth = 0; depth < path.length; depth++) {
      const above = path.slice(0, depth);
      if (this.#layout.isUnfolded(above)) continue;
      // Its answer brings us here again.
      this.#unfold(pathText(above), path[depth]!);
      return;
    }
    const key = this.#target;
    if (!this.#rows.has(key)) {
      this.#ask(pathText(path.slice(0, -1)), path.at(-1)!);
      return;
    }
    this.#target = undefined;
    this.#select(key, this.#isQuiet);
  }

  #ask(parent: string, index: number): void {
    const from = index - (index % windowRowCount);
    const key = askedKey(parent, index);
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    const detail: RowsWanted = { parent, from, count: windowRowCount };
    this.dispatchEvent(new CustomEvent('rows-wanted', { detail }));
  }

  #select(path: string, isQuiet = false): void {
    this.#selected = path;
    this.requestUpdate();
    const row = this.#layout.rowOf(parsePath(path));
    if (row !== undefined) this.#scrollTo(row);
    if (!isQuiet) this.#tell('row-select', path);
  }

  #tell(kind: 'row-select' | 'row-open', path: string): void {
    const row = this.#rows.get(path);
    if (row) this.dispatchEvent(new CustomEvent<RowChosen>(kind, { detail: { path, row } }));
  }

  #scrollTo(row: number): void {
    const top = row * rowCssPx;
    // The list has its new height only after it has been rendered.
    void this.updateComplete.then(() => {
      if (top < this.scrollTop) this.scrollTop = top;
      else if (top + rowCssPx > this.scrollTop + this.clientHeight) this.scrollTop = top + rowCssPx - this.clientHeight;
    });
  }

  #toggle(path: string): void {
    if (this.#layout.isUnfolded(parsePath(path))) {
      this.#layout.fold(parsePath(path));
      this.requestUpdate();
    } else if ((this.#rows.get(path)?.childCount ?? 0) > 0) {
      this.#unfold(path, 0);
    }
  }

  #unfold(path: string, index: number): void {
    this.#unfolding.add(path);
    this.#asked.delete(askedKey(path, index));
    this.#ask(path, index);
  }

  #key(event: KeyboardEvent): void {
    const { rowCount } = this.#layout;
    if (rowCount === 0) return;
    const path = this.#selected === undefined ? undefined : parsePath(this.#selected);
    const at = path && this.#layout.rowOf(path);
    const page = Math.max(1, Math.floor(this.clientHeight / rowCssPx) - 1);
    const move = (row: number) => this.#select(pathText(this.#layout.pathAt(Math.max(0, Math.min(rowCount - 1, row)))));
    switch (event.key) {
      case 'ArrowDown':
        move((at ?? -1) + 1);
        break;
      case 'ArrowUp':
        move((at ?? 1) - 1);
        break;
      case 'PageDown':
        move((at ?? 0) + page);
        break;
      case 'PageUp':
        move((at ?? 0) - page);
        break;
      case 'Home':
        move(0);
        break;
      case 'End':
        move(rowCount - 1);
        break;
      case 'ArrowRight':
        if (path && this.#layout.isUnfolded(path)) move(at! + 1);
        else if (path) this.#toggle(this.#selected!);
        break;
      case 'ArrowLeft':
        if (path && this.#layout.isUnfolded(path)) this.#toggle(this.#selected!);
        else if (path && path.length > 1) this.#select(pathText(path.slice(0, -1)));
        break;
      case 'Enter':
        if (path) this.#tell('row-open', this.#selected!);
        break;
      case ' ':
        if (path) this.#toggle(this.#selected!);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  override render(): TemplateResult {
    const first = Math.max(0, Math.floor(this.scrollTop / rowCssPx) - 4);
    const end = Math.min(this.#layout.rowCount, Math.ceil((this.scrollTop + this.clientHeight) / rowCssPx) + 4);
    const rows: TemplateResult[] = [];
    for (let row = first; row < end; row++) rows.push(this.#row(row));
    return html`<div class="all" role="presentation">${rows}</div>`;
  }

  /** Places are given by the object model: the page's policy allows no style in its text. */
  override updated(): void {
    const all = this.renderRoot.querySelector<HTMLElement>('.all')!;
    all.style.height = `${this.#layout.rowCount * rowCssPx}px`;
    for (const element of all.querySelectorAll<HTMLElement>('.row')) {
      element.style.top = `${Number(element.dataset.row) * rowCssPx}px`;
      element.querySelector<HTMLElement>('.indent')!.style.width = `${(Number(element.ariaLevel) - 1) * 12}px`;
    }
    // Only where there is such an element: the row may be scrolled out of sight, or folded away.
    const selected = all.querySelector('.row.selected');
    if (selected) this.setAttribute('aria-activedescendant', selected.id);
    else this.removeAttribute('aria-activedescendant');
  }

  #row(row: number): TemplateResult {
    const path = this.#layout.pathAt(row);
    const key = pathText(path);
    const parent = path.slice(0, -1);
    const contents = this.#rows.get(key);
    this.#ask(pathText(parent), path.at(-1)!);
    const isUnfolded = this.#layout.isUnfolded(path);
    const canUnfold = (contents?.childCount ?? 0) > 0;
    return html`
      <div class="row ${key === this.#selected ? 'selected' : ''}" id="row-${key}" role="treeitem" data-row=${row}
        aria-level=${path.length} aria-posinset=${path.at(-1)! + 1} aria-setsize=${this.#layout.childCountOf(parent)}
        aria-selected=${key === this.#selected} aria-expanded=${canUnfold ? String(isUnfolded) : nothing}
        @click=${() => this.#clicked(key)} @dblclick=${() => this.#tell('row-open', key)}>
        <span class="indent"></span>
        <span class="twistie" aria-hidden="true" @click=${(event: Event) => this.#twistie(event, key)}>${twistie(canUnfold, isUnfolded)}</span>
        ${contents ? contentsOf(contents) : html`<span class="value">…</span>`}
      </div>
    `;
  }

  #clicked(path: string): void {
    this.focus();
    this.#select(path);
  }

  #twistie(event: Event, path: string): void {
    event.stopPropagation();
    this.focus();
    this.#select(path, true);
    this.#toggle(path);
  }
}

function askedKey(parent: string, index: number): string {
  return `${parent}:${Math.floor(index / windowRowCount)}`;
}

/** Codicons' chevrons. */
function twistie(canUnfold: boolean, isUnfolded: boolean): string {
  if (!canUnfold) return '';
  return isUnfolded ? '\ueab4' : '\ueab6';
}

function contentsOf({ label, value, type, offset, byteCount }: TreeRow): TemplateResult {
  const place = offset === undefined ? '' : `0x${offset.toString(16)}${byteCount ? ` +${byteCount}` : ''}`;
  return html`<span class="label" title=${label}>${label}</span
    ><span class="value" title=${value ?? ''}>${value ?? ''}</span
    >${type === undefined ? nothing : html`<span class="type">${type}</span>`}<span class="place" title="Offset in the file, and bytes">${place}</span>`;
}

customElements.define('tree-view', TreeView);
