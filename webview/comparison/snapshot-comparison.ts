/** The comparison element: a table of figures with bars, and the latencies of write faults side by side. */
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import type { ComparisonMessage } from '../../debug-adapter/protocol/comparison-messages';
import { latencyBars, latencyBarsStyles } from '../timeline/latency-bars';
import { figureRows } from './figures';

export class SnapshotComparison extends LitElement {
  static override styles = [
    latencyBarsStyles,
    css`
    :host { display: block; box-sizing: border-box; height: 100vh; overflow: auto; padding: 12px 20px 24px; color: var(--vscode-foreground);
      font: var(--vscode-font-size, 13px) var(--vscode-font-family, sans-serif); }
    h1 { margin: 0 0 12px; font-size: 1.2em; font-weight: 600; }
    table { border-collapse: collapse; width: 100%; max-width: 980px; table-layout: fixed; }
    th { text-align: left; font-weight: 600; padding: 4px 14px 4px 0; vertical-align: top; overflow-wrap: anywhere; }
    tbody th { font-weight: 400; width: 11em; color: var(--vscode-descriptionForeground); }
    td { padding: 4px 14px 4px 0; vertical-align: top; font-variant-numeric: tabular-nums; }
    tr + tr > * { border-top: 1px solid color-mix(in srgb, var(--vscode-foreground) 12%, transparent); }
    .bar { display: block; height: 6px; margin-top: 3px; border-radius: 1px; background: var(--vscode-charts-blue, #3b82d0); min-width: 0; }
    .bar.some { min-width: 2px; }
    .note { display: block; font-weight: 400; color: var(--vscode-descriptionForeground); }
    .empty { color: var(--vscode-descriptionForeground); }
  `,
  ];

  #message: ComparisonMessage | undefined;

  constructor() {
    super();
    this.setAttribute('role', 'main');
    // Where it is longer than its window, keys scroll it.
    this.tabIndex = 0;
  }

  show(message: ComparisonMessage): void {
    this.#message = message;
    this.requestUpdate();
  }

  override render(): TemplateResult {
    if (!this.#message) return html`<h1>Snapshots Compared</h1><p class="empty">Nothing to compare yet.</p>`;
    const { title, snapshots } = this.#message;
    return html`
      <h1>${title}</h1>
      <table>
        <thead><tr>
          <th scope="col">Snapshot by</th>
          ${snapshots.map(
            ({ name, isComplete }) =>
              html`<th scope="col">${name}${isComplete ? nothing : html`<span class="note">given up: it did not converge</span>`}</th>`,
          )}
        </tr></thead>
        <tbody>
          ${figureRows(snapshots).map(
            ({ name, meaning, cells }) =>
              html`<tr><th scope="row" title=${meaning}>${name}</th>${cells.map(
                ({ text, share }) =>
                  html`<td>${text}<span class="bar ${share > 0 ? 'some' : ''}" .style=${`width: ${share * 100}%`}></span></td>`,
              )}</tr>`,
          )}
          <tr><th scope="row" title="How many write faults took how long, by powers of two">Latencies</th>
            ${snapshots.map(({ latencies }) => html`<td>${latencies.count > 0 ? latencyBars(latencies) : '–'}</td>`)}</tr>
        </tbody>
      </table>
    `;
  }
}

customElements.define('snapshot-comparison', SnapshotComparison);
