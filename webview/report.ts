/** What there is to know of a snapshot that has ended, above the map. */
import { html, nothing, type TemplateResult } from 'lit';
import type { SnapshotReport } from '../debug-adapter/protocol/snapshot-report';
import { latencyBars } from './timeline/latency-bars';

export interface ReportActions {
  openSnapshot(): void;
  copyQemuCommand(): void;
}

/** Its title alone is shown, with what can be done as icons. */
export interface Fold {
  readonly isFolded: boolean;
  toggle(): void;
}

const verdictSigns: Readonly<Record<SnapshotReport['outcome'], string>> = {
  written: '✓',
  wrong: '✗',
  failed: '✗',
  cancelled: '–',
};

export function reportView(report: SnapshotReport, actions: ReportActions | undefined, fold: Fold): TemplateResult {
  const { outcome, title } = report;
  return html`
    <section class="report ${outcome} ${fold.isFolded ? 'folded' : ''}" role="status">
      <div class="line">
        <button class="title" aria-expanded=${!fold.isFolded} title=${title} @click=${() => fold.toggle()}
          ><span class="chevron"></span><span class="verdict" aria-hidden="true">${verdictSigns[outcome]}</span>${title}</button>
        ${fold.isFolded ? asIcons(report, actions) : nothing}
      </div>
      ${fold.isFolded ? nothing : body(report, actions)}
    </section>
  `;
}

function asIcons({ path, qemuCommand }: SnapshotReport, actions: ReportActions | undefined): TemplateResult {
  const icon = (name: string, label: string, act: () => void) =>
    html`<vscode-toolbar-button icon=${name} label=${label} title=${label} @click=${act}></vscode-toolbar-button>`;
  return html`
    ${path === undefined ? nothing : icon('go-to-file', 'Open Snapshot', () => actions?.openSnapshot())}
    ${qemuCommand === undefined ? nothing : icon('copy', 'Copy QEMU Command', () => actions?.copyQemuCommand())}
  `;
}

function body({ facts, figures, path, qemuCommand }: SnapshotReport, actions: ReportActions | undefined) {
  return html`
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
  `;
}
