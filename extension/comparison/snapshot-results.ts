/** What sessions have reported of their snapshots: kept with the workspace, to be compared. */
import * as vscode from 'vscode';
import type { ComparedSnapshot } from '../../debug-adapter/protocol/comparison-messages';
import {
  isSnapshotFigures,
  isSnapshotReport,
  type SnapshotFigures,
} from '../../debug-adapter/protocol/snapshot-report';
import { onCustomEvent } from '../debug/custom-requests';
import { showComparison } from './comparison-panel';

const resultsKey = 'snapshotResults';
const resultCountMax = 20;

interface Result {
  readonly name: string;
  /** When it was reported, as a date in the machine's words. */
  readonly at: string;
  readonly verdict: string;
  readonly figures: SnapshotFigures;
}

export class SnapshotResults implements vscode.Disposable {
  readonly #registration = onCustomEvent('freezeframe.snapshot', ({ name }, body) => {
    if (!isSnapshotReport(body) || !body.figures) return;
    const verdict = body.outcome === 'written' ? 'right' : body.outcome;
    this.#add({ name, at: new Date().toLocaleString(), verdict, figures: body.figures });
  });

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly memory: vscode.Memento,
  ) {}

  dispose(): void {
    this.#registration.dispose();
  }

  /** Command `freezeframe.compareResults`. */
  async compare(): Promise<void> {
    const results = this.#results;
    if (results.length < 2) {
      void vscode.window.showInformationMessage(
        'Two snapshots are needed to compare their results: take them in debug sessions.',
      );
      return;
    }
    const items = results.map((result, index) => ({
      label: result.name,
      description: `${result.verdict}, ${result.at}`,
      picked: index < 2,
      result,
    }));
    const placeHolder = 'Snapshots whose results are compared';
    const picked = await vscode.window.showQuickPick(items, { placeHolder, canPickMany: true });
    if (!picked || picked.length < 2) return;
    const snapshots = picked.map(({ result }) => comparedSnapshot(result));
    showComparison(this.extensionUri, { kind: 'comparison', title: 'Results of snapshots', snapshots });
  }

  get #results(): readonly Result[] {
    const kept = this.memory.get<unknown>(resultsKey);
    return Array.isArray(kept) ? kept.filter(isResult) : [];
  }

  #add(result: Result): void {
    void this.memory.update(resultsKey, [result, ...this.#results].slice(0, resultCountMax));
  }
}

function comparedSnapshot({ name, at, verdict, figures }: Result): ComparedSnapshot {
  const { algorithm, ...rest } = figures;
  return { ...rest, name: `${name} (${algorithm}), ${verdict}, ${at}`, isComplete: true };
}

function isResult(value: unknown): value is Result {
  if (typeof value !== 'object' || value === null) return false;
  const { name, at, verdict, figures } = value as Record<string, unknown>;
  return [name, at, verdict].every((text) => typeof text === 'string') && isSnapshotFigures(figures);
}
