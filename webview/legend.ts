/** The states of pages by colour, name and count. A click makes one stand out; with Ctrl or Shift another besides. */
import { css, html, type TemplateResult } from 'lit';
import { formatCount, formatShare } from './format';
import { swatch } from './swatch';

export interface LegendEntry {
  readonly state: number;
  readonly name: string;
  /** A CSS variable. */
  readonly colour: string;
  readonly count: number;
}

export const legendStyles = css`
  .legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: 1px 6px; align-items: start; }
  .legend.folded { display: flex; flex-wrap: wrap; gap: 1px 2px; }
  .entry { display: flex; align-items: center; gap: 7px; padding: 2px 6px; border: 1px solid transparent; border-radius: 3px;
    background: none; color: inherit; font: inherit; text-align: left; cursor: pointer; min-width: 0; }
  .entry:hover { background: var(--vscode-list-hoverBackground); }
  .entry:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  .entry[aria-pressed='true'] { border-color: var(--vscode-focusBorder); background: var(--vscode-list-hoverBackground); }
  .entry.none .name, .entry.none .count { color: var(--vscode-descriptionForeground); }
  .entry .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .entry .count { font-variant-numeric: tabular-nums; }
  .folded .entry { gap: 4px; padding: 1px 4px; }
  .folded .entry.none { display: none; }
  .folded:not(.named) .entry .name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

/** @param whole what the counts are a part of, in words and as a count */
export function legendEntry(
  { state, name, colour, count }: LegendEntry,
  whole: { readonly name: string; readonly count: number },
  sought: ReadonlySet<number>,
  choose: (sought: ReadonlySet<number>) => void,
): TemplateResult {
  const isSought = sought.has(state);
  return html`
    <button class="entry ${count === 0 ? 'none' : ''}" aria-pressed=${isSought}
      title="${name}: ${formatShare(count, whole.count)} of ${whole.name}. Click to highlight, Ctrl+click to add."
      @click=${(event: MouseEvent) => choose(toggled(sought, state, event.ctrlKey || event.metaKey || event.shiftKey))}>
      ${swatch(colour)}<span class="name">${name}</span><span class="count">${formatCount(count)}</span>
    </button>
  `;
}

function toggled(sought: ReadonlySet<number>, state: number, isAdding: boolean): ReadonlySet<number> {
  if (!isAdding) return sought.size === 1 && sought.has(state) ? new Set() : new Set([state]);
  const next = new Set(sought);
  if (!next.delete(state)) next.add(state);
  return next;
}
