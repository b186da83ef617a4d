/** The page map's panel: follows the active session and speaks with the webview. */
import * as vscode from 'vscode';
import { isEnding, phases } from '../../debug-adapter/debuggee/phase';
import type { BlockInfo, CustomRequests, PageOfBlock, PagesEvent } from '../../debug-adapter/protocol/messages';
import {
  isFilteredPages,
  isPageInfo,
  isPageOfBlock,
  isPagesEvent,
  type PictureFormat,
  parseFromPageMap,
  type ToPageMap,
} from '../../debug-adapter/protocol/page-map-messages';
import { isSnapshotReport, type SnapshotReport } from '../../debug-adapter/protocol/snapshot-report';
import { customRequest, onCustomEvent } from '../debug/custom-requests';
import { debugType } from '../debug/debug-type';
import { sayWhatLacks } from '../debug/in-session';
import { activeSession } from '../debug/session-watch';
import type { MemoryDocuments } from '../memory/memory-documents';
import { TimelineFeed } from '../timeline/timeline-feed';
import { webviewFolder, webviewPage } from '../webview-page';
import { savePicture } from './save-picture';
import { notify, reportActions } from './snapshot-report';

type WithoutId<Message> = Message extends unknown ? Omit<Message, 'id'> : never;

export class PageMapPanel implements vscode.Disposable {
  #panel: vscode.WebviewPanel | undefined;
  #session: vscode.DebugSession | undefined;
  /** The webview has said that it listens. */
  #ready = false;
  /** The webview has the session's whole map, so that changes apply to it. */
  #isWhole = false;
  /** Of the session's last snapshot, once that has ended. */
  #report: SnapshotReport | undefined;
  /** The snapshot was over when the pages were told of last. */
  #hadEnded = false;
  /** The blocks shown last, for the addresses of pages. */
  #blocks: readonly BlockInfo[] = [];

  readonly #registrations = vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === debugType) this.#follow(session);
    }),
    vscode.debug.onDidChangeActiveDebugSession((session) => {
      if (session?.type === debugType && session.id !== this.#session?.id) this.#follow(session);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.id !== this.#session?.id) return;
      this.#session = undefined;
      this.#post({ kind: 'ended' });
    }),
    onCustomEvent('freezeframe.pages', (session, body) => {
      if (session.id === this.#session?.id) this.#showPages(body);
    }),
    onCustomEvent('freezeframe.snapshot', (session, body) => {
      if (session.id === this.#session?.id && isSnapshotReport(body)) this.#showReport(body);
    }),
    onCustomEvent('freezeframe.phase', (session, body) => {
      if (session.id === this.#session?.id && isFirstPhase(body)) this.#showReport(undefined);
    }),
  );

  readonly #timeline: TimelineFeed;

  /**
   * @param onSettled as `TopFrames` has it
   * @param memento remembers how the panel is shared
   */
  constructor(
    readonly extensionUri: vscode.Uri,
    readonly memory: MemoryDocuments,
    onSettled: vscode.Event<vscode.DebugSession>,
    memento: vscode.Memento,
  ) {
    this.#timeline = new TimelineFeed(
      (message) => void this.#panel?.webview.postMessage(message),
      () => this.#panel?.reveal(undefined, false),
      onSettled,
      memento,
    );
  }

  /** Command `freezeframe.showPageMap`. */
  show(): void {
    this.#session ??= activeSession();
    if (this.#session) this.#timeline.follow(this.#session);
    if (this.#panel) this.#panel.reveal(undefined, true);
    else void this.#open();
  }

  /** The session whose pages are shown, unless it has ended. */
  get session(): vscode.DebugSession | undefined {
    return this.#session;
  }

  /** The webview makes a picture of all that it shows, to be saved. */
  draw(format: PictureFormat): void {
    if (this.#ready && this.#blocks.length > 0) this.#post({ kind: 'draw', format });
    else if (this.#session) void vscode.window.showInformationMessage('Show the page map first.');
    else sayWhatLacks('there are no pages to draw');
  }

  dispose(): void {
    this.#registrations.dispose();
    this.#timeline.dispose();
    this.#panel?.dispose();
  }

  #follow(session: vscode.DebugSession): void {
    this.#session = session;
    const { qemu } = session.configuration;
    void vscode.commands.executeCommand('setContext', 'freezeframe.isRealQemu', qemu !== undefined);
    this.#isWhole = false;
    this.#showReport(undefined);
    this.#timeline.follow(session);
    if (this.#panel?.visible !== true && opensAutomatically()) this.show();
    if (this.#ready) void this.#showWhole();
  }

  async #open(): Promise<void> {
    const column = await columnBeside();
    if (this.#panel) return;
    const panel = vscode.window.createWebviewPanel(
      'freezeframe.pageMap',
      'Page Map',
      { viewColumn: column, preserveFocus: true },
      {
        enableScripts: true,
        localResourceRoots: [webviewFolder(this.extensionUri)],
        // An ended session cannot be asked again for what the map shows.
        retainContextWhenHidden: true,
      },
    );
    this.#panel = panel;
    this.#ready = false;
    panel.webview.onDidReceiveMessage((raw) => this.#receive(raw));
    panel.onDidDispose(() => {
      this.#panel = undefined;
      this.#timeline.reset();
      this.#ready = false;
    });
    panel.webview.html = webviewPage(panel.webview, this.extensionUri, 'page-map.js', 'Page Map');
  }

  #receive(raw: unknown): void {
    if (this.#timeline.receive(raw)) return;
    const message = parseFromPageMap(raw);
    if (!message) return;
    switch (message.kind) {
      case 'ready':
        this.#ready = true;
        this.#isWhole = false;
        void this.#showWhole();
        this.#showReport(this.#report);
        break;
      case 'page-info':
        void this.#answer(message.id, 'freezeframe.pageInfo', message.of, isPageInfo, (info) => ({
          kind: 'page-info',
          info,
        }));
        break;
      case 'find-page':
        void this.#answer(message.id, 'freezeframe.findPage', message, isPageOfBlock, (of) => ({
          kind: 'found-page',
          of,
        }));
        break;
      case 'filter-pages':
        void this.#answer(message.id, 'freezeframe.filterPages', message, isFilteredPages, (pages) => ({
          kind: 'filtered-pages',
          pages,
        }));
        break;
      case 'open-memory':
        if (this.#session) void this.memory.open(this.#session, this.addressOf(message.of), this.otherColumn);
        break;
      case 'picture':
        void savePicture(message.format, message.data, this.#folder);
        break;
      case 'open-snapshot':
      case 'copy-qemu-command':
        if (this.#report) void reportActions[message.kind](this.#report, this.#folder);
        break;
      default:
        message satisfies never;
    }
  }

  async #showWhole(): Promise<void> {
    try {
      if (this.#session) this.#showPages(await customRequest(this.#session, 'freezeframe.pageMap', { follow: true }));
    } catch {
      // The session has ended before there was a guest.
    }
  }

  #showPages(body: unknown): void {
    if (!isPagesEvent(body) || !this.#ready) return;
    if (body.kind === 'all') this.#isWhole = true;
    if (!this.#isWhole) return;
    this.#blocks = body.blocks;
    // Gone back to before its end: what has come of it is not known yet.
    const hasEnded = isEnding(body.phase);
    if (this.#hadEnded && !hasEnded) this.#showReport(undefined);
    this.#hadEnded = hasEnded;
    this.#post({ kind: 'pages', pages: body, phaseLabel: labelOf(body) });
  }

  get #folder(): vscode.Uri | undefined {
    return this.#session?.workspaceFolder?.uri;
  }

  /** Above the map; where nobody sees that, as a notification. */
  #showReport(report: SnapshotReport | undefined): void {
    this.#report = report;
    this.#post({ kind: 'report', report });
    if (report && this.#panel?.visible !== true) void notify(report, this.#folder);
  }

  /** Asks the session what the webview has asked. */
  async #answer<Name extends keyof CustomRequests, Result>(
    id: number,
    name: Name,
    args: CustomRequests[Name]['arguments'],
    isResult: (answer: unknown) => answer is Result,
    inMessage: (result: Result) => WithoutId<Extract<ToPageMap, { readonly id: number }>>,
  ): Promise<void> {
    try {
      const answer = this.#session && (await customRequest(this.#session, name, args));
      if (isResult(answer)) this.#post({ ...inMessage(answer), id });
      else this.#post({ kind: 'no-answer', id, message: 'There is no session to ask.' });
    } catch (error) {
      this.#post({ kind: 'no-answer', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #post(message: ToPageMap): void {
    if (this.#ready) void this.#panel?.webview.postMessage(message);
  }

  /** A column that does not hold the map. */
  get otherColumn(): vscode.ViewColumn {
    return this.#panel?.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
  }

  /** Guest physical. */
  addressOf({ block, page }: PageOfBlock): string {
    const address = BigInt(this.#blocks.find(({ name }) => name === block)?.address ?? 0);
    return `0x${(address + BigInt(page) * 4096n).toString(16)}`;
  }
}

function opensAutomatically(): boolean {
  return vscode.workspace.getConfiguration('freezeframe.pageMap').get('openAutomatically', true);
}

/** Beside the editor, also where none is open yet: what a stop or a click opens must not cover the map. */
async function columnBeside(): Promise<vscode.ViewColumn> {
  const groups = vscode.window.tabGroups.all;
  if (groups.length > 1 || groups.some(({ tabs }) => tabs.length > 0)) return vscode.ViewColumn.Beside;
  await vscode.commands.executeCommand('vscode.setEditorLayout', { orientation: 0, groups: [{}, {}] });
  return vscode.ViewColumn.Two;
}

function isFirstPhase(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'phase' in body && body.phase === 'setup';
}

function labelOf({ phase }: PagesEvent): string {
  return phases.find(({ id }) => id === phase)?.label ?? 'No snapshot yet';
}
