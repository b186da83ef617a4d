/** What there is to know of a snapshot that has ended, above the map. */
import { html, nothing, type TemplateResult } from 'lit';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';

export interface ReportActions {
  openSnapshot(): void;
  copyQemuCommand(): void;
}

export function reportView(report: SnapshotReport, actions: ReportActions | undefined): TemplateResult {
  const { outcome, title, facts, path, qemuCommand } = report;
  return html`
    <section class="report ${outcome}" role="status">
      <div class="title">${title}</div>
      <dl>${facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
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
