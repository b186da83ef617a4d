/** The snapshot of the session in front, in the status bar: its phase and the pages left, then the verdict. */
import * as vscode from 'vscode';
import { isEnding, phases } from '../../debug-adapter/debuggee/phase';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { isPagesEvent } from '../../debug-adapter/protocol/page-map-messages';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { isSnapshotReport, type SnapshotReport } from '../../debug-adapter/protocol/snapshot-report';
import { customRequest, onCustomEvent } from './custom-requests';
import { debugType } from './debug-type';
import { activeSession } from './session-watch';

const verdicts: Readonly<Record<SnapshotReport['outcome'], string>> = {
  written: '$(pass) Snapshot written',
  wrong: '$(error) Snapshot wrong',
  failed: '$(error) Snapshot failed',
  cancelled: '$(circle-slash) Snapshot cancelled',
};

/** What is known of a session. */
interface Known {
  pages?: PagesEvent;
  /** Of its last snapshot, until the next one begins. */
  report?: SnapshotReport;
}

export class SnapshotStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('freezeframe.snapshot', vscode.StatusBarAlignment.Left);
  readonly #known = new Map<string, Known>();
  readonly #registrations = vscode.Disposable.from(
    this.#item,
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === debugType) void this.#follow(session);
    }),
    vscode.debug.onDidTerminateDebugSession(({ id }) => {
      this.#known.delete(id);
      this.#show();
    }),
    vscode.debug.onDidChangeActiveDebugSession(() => this.#show()),
    onCustomEvent('freezeframe.pages', (session, pages) => {
      if (isPagesEvent(pages)) this.#learn(session, { pages });
    }),
    onCustomEvent('freezeframe.snapshot', (session, report) => {
      if (isSnapshotReport(report)) this.#learn(session, { report });
    }),
    onCustomEvent('freezeframe.phase', (session, body) => {
      if ((body as { phase?: unknown } | undefined)?.phase === 'setup') this.#learn(session, { report: undefined });
    }),
  );

  constructor() {
    this.#item.name = 'VM Snapshot';
    this.#item.command = 'freezeframe.showPageMap';
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  async #follow(session: vscode.DebugSession): Promise<void> {
    try {
      const pages = await customRequest(session, 'freezeframe.pageMap', { follow: true });
      // Events may overtake the answer.
      if (isPagesEvent(pages) && !this.#known.get(session.id)?.pages) this.#learn(session, { pages });
    } catch {
      // The session has ended before there was a guest.
    }
  }

  #learn({ id }: vscode.DebugSession, news: Known): void {
    this.#known.set(id, { ...this.#known.get(id), ...news });
    if (id === activeSession()?.id) this.#show();
  }

  #show(): void {
    const known = this.#known.get(activeSession()?.id ?? '');
    if (!known) {
      this.#item.hide();
      return;
    }
    const { pages } = known;
    // Gone back to before its end: what has come of it is not known yet.
    const report = pages && isEnding(pages.phase) ? known.report : undefined;
    this.#item.text = report ? verdicts[report.outcome] : `$(vm) ${pages ? progress(pages) : 'No snapshot yet'}`;
    this.#item.backgroundColor =
      report?.outcome === 'wrong' || report?.outcome === 'failed'
        ? new vscode.ThemeColor('statusBarItem.errorBackground')
        : undefined;
    this.#item.tooltip = `${report ? told(report) : 'Snapshot of the guest'}\nClick to show the page map.`;
    this.#item.show();
  }
}

function progress({ phase, blocks }: PagesEvent): string {
  // The short half of the label: the status bar has little room.
  const label = phases.find(({ id }) => id === phase)?.label.split(':')[0] ?? 'No snapshot yet';
  const left = blocks
    .map(({ counts }) => (counts[PageState.Protected] ?? 0) + (counts[PageState.Faulting] ?? 0))
    .reduce((sum, some) => sum + some, 0);
  return left === 0 ? label : `${label}, ${left.toLocaleString('en')} pages left`;
}

function told({ title, facts }: SnapshotReport): string {
  return [title, ...facts.map(({ name, value }) => `${name}: ${value}`)].join('\n');
}
