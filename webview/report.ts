/** What there is to know of a snapshot that has ended, above the map. */
import { html, nothing, type TemplateResult } from 'lit';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { latencyBars } from './timeline/latency-bars';

export interface ReportActions {
  openSnapshot(): void;
  copyQemuCommand(): void;
}

const verdictSigns: Readonly<Record<SnapshotReport['outcome'], string>> = {
  written: '✓',
  wrong: '✗',
  failed: '✗',
  cancelled: '–',
};

export function reportView(report: SnapshotReport, actions: ReportActions | undefined): TemplateResult {
  const { outcome, title, facts, figures, path, qemuCommand } = report;
  return html`
    <section class="report ${outcome}" role="status">
      <div class="title"><span class="verdict" aria-hidden="true">${verdictSigns[outcome]}</span>${title}</div>
      <div class="body">
        <dl tabindex=${facts.length > 5 ? 0 : nothing}>${facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
        ${figures ? latencyBars(figures.latencies) : nothing}
      </div>
      ${
        path === undefined
          ? nothing
          : html`<vscode-button @click=${() => actions?.openSnapshot()}>Open Snapshot</vscode-button>`
      }
      ${
        qemuCommand === undefined
          ? nothing
          : html`<vscode-button secondary title=${qemuCommand} @click=${() => actions?.copyQemuCommand()}
              >Copy QEMU Command</vscode-button>`
      }
    </section>
  `;
}
