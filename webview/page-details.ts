/** What is said of one page: in the tooltip beside it, and to who listens. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BlockInfo, PageInfo } from '../debug-adapter/protocol/messages';
import { type PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import { formatCount, formatTime, pageAddress, pageNumber } from './format';
import { pageColourVariables } from './palette';
import { swatch } from './swatch';

/** In a tooltip; the rest are counted. */
const symbolCountMax = 3;

export interface PageDetails {
  readonly block: BlockInfo;
  readonly page: number;
  readonly state: PageState;
  /** How many pages its cell stands for. */
  readonly inCell: number;
  /** What the session has answered about it so far. */
  readonly info: PageInfo | undefined;
}

export function pageTooltip({ block, page, state, inCell, info }: PageDetails): TemplateResult {
  return html`
    <div class="title">page ${pageNumber(block.address, page)}</div>
    <div>address ${pageAddress(block.address, page)}</div>
    <div>block ${block.name}, page ${formatCount(page)}</div>
    <div>${swatch(pageColourVariables[state]!)}${pageStateNames[state]}${sinceWhen(info)}</div>
    ${whatIsThere(info).map((what) => html`<div class="what">${what}</div>`)}
    ${inCell > 1 ? html`<div>one of ${formatCount(inCell)} pages in this cell</div>` : nothing}
    <div class="hint">click to open its memory, right-click for more</div>
  `;
}

export function pageSpoken({ block, page, state, inCell, info }: PageDetails): string {
  const others = inCell > 1 ? `, one of ${inCell} in this cell` : '';
  return `page ${pageNumber(block.address, page)}, ${pageStateNames[state]}${sinceWhen(info)}${others}${whatIsThere(
    info,
  )
    .map((what) => `, ${what}`)
    .join('')}`;
}

function whatIsThere(info: PageInfo | undefined): string[] {
  const names = info?.symbols?.map(({ name }) => name) ?? [];
  const more = names.length > symbolCountMax ? [`${names.length - symbolCountMax} more`] : [];
  const named = [...names.slice(0, symbolCountMax), ...more];
  return [...(info?.what ?? []), ...(named.length > 0 ? [named.join(', ')] : [])];
}

function sinceWhen(info: PageInfo | undefined): string {
  if (info?.timeNs === undefined) return '';
  return `, since ${formatTime(info.timeNs)}${info.thread ? `, by ${info.thread}` : ''}${info.why ? `: ${info.why}` : ''}`;
}
