/** VM snapshots as read-only editors: opens their files, and carries messages between webviews and conversations. */
import * as vscode from 'vscode';
import { debugType } from '../debug/debug-type';
import { hexDump } from '../memory/hex-dump';
import type { Platform } from '../platform';
import { webviewFolder, webviewPage } from '../webview-page';
import { Conversation, type PageCopy, type SnapshotFile } from './conversation';
import { type ClosableSource, openSource } from './file-sources';
import { PageDocuments } from './page-documents';

const viewType = 'freezeframe.snapshot';
const turns = { now: () => performance.now(), next: () => new Promise<void>((done) => setTimeout(done, 0)) };

export function registerSnapshotEditor(
  platform: Platform,
  { extensionUri, subscriptions }: vscode.ExtensionContext,
): void {
  const pages = new PageDocuments();
  const editors = new SnapshotEditors(platform, extensionUri, pages);
  subscriptions.push(
    pages,
    vscode.window.registerCustomEditorProvider(viewType, editors, {
      // What has been read, and where one looks, would have to be found again.
      webviewOptions: { retainContextWhenHidden: true },
    }),
    vscode.commands.registerCommand('freezeframe.openSnapshot', (uri?: vscode.Uri) => openSnapshot(uri)),
    vscode.commands.registerCommand('freezeframe.compareSnapshot', () => editors.inFront((editor) => editor.compare())),
    vscode.commands.registerCommand('freezeframe.restoreSnapshot', () => editors.inFront((editor) => editor.restore())),
  );
}

/** Command `freezeframe.openSnapshot`: of the explorer's file, the active editor's, or one that is asked for. */
async function openSnapshot(uri: vscode.Uri | undefined): Promise<void> {
  const chosen = uri ?? (await vscode.window.showOpenDialog({ title: 'Open as VM Snapshot' }))?.[0];
  if (chosen) await vscode.commands.executeCommand('vscode.openWith', chosen, viewType);
}

class SnapshotEditors implements vscode.CustomReadonlyEditorProvider {
  readonly #open = new Set<SnapshotEditor>();

  constructor(
    private readonly platform: Platform,
    private readonly extensionUri: vscode.Uri,
    private readonly pages: PageDocuments,
  ) {}

  /** For commands that are about the snapshot in front: beside a page map that has the keys, the one in sight. */
  async inFront(act: (editor: SnapshotEditor) => unknown): Promise<void> {
    const inSight = [...this.#open].filter(({ panel }) => panel.visible);
    const editor = inSight.find(({ panel }) => panel.active) ?? (inSight.length === 1 ? inSight[0] : undefined);
    if (editor) {
      await act(editor);
      return;
    }
    const choice = await vscode.window.showInformationMessage('Open a snapshot first: none is in front.', 'Open…');
    if (choice) await openSnapshot(undefined);
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose() {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(this.extensionUri)] };
    const editor = new SnapshotEditor(uri, panel, this.platform, this.pages);
    this.#open.add(editor);
    panel.onDidDispose(() => {
      this.#open.delete(editor);
      editor.dispose();
    });
    panel.webview.html = webviewPage(panel.webview, this.extensionUri, 'snapshot-editor.js', 'VM Snapshot');
    await editor.load();
  }
}

class SnapshotEditor {
  readonly #conversation: Conversation;
  #source: ClosableSource | undefined;
  #other: ClosableSource | undefined;
  /** Counts how often the file was opened: an older opening that ends late is of no use. */
  #loadCount = 0;
  readonly #watcher: vscode.FileSystemWatcher;

  constructor(
    private readonly uri: vscode.Uri,
    readonly panel: vscode.WebviewPanel,
    private readonly platform: Platform,
    private readonly pages: PageDocuments,
  ) {
    this.#conversation = new Conversation({
      turns,
      post: (message) => void panel.webview.postMessage(message),
      pickOther: () => this.#pickOther(),
      openPage: (copy) => void this.#openPage(copy),
      restore: () => void this.restore(),
    });
    panel.webview.onDidReceiveMessage((raw) => this.#conversation.receive(raw));
    const folder = vscode.Uri.joinPath(uri, '..');
    const pattern = new vscode.RelativePattern(folder, globOf(nameOf(uri)));
    this.#watcher = vscode.workspace.createFileSystemWatcher(pattern);
    this.#watcher.onDidChange(() => this.load());
    this.#watcher.onDidCreate(() => this.load());
  }

  /** What is shown is about the file that stands under its name now. */
  async load(): Promise<void> {
    const count = ++this.#loadCount;
    let source: ClosableSource;
    try {
      source = await openSource(this.uri, this.platform.openLocal);
    } catch (error) {
      this.#conversation.refuse(`${nameOf(this.uri)} cannot be read. ${messageOf(error)}`);
      return;
    }
    if (count !== this.#loadCount) {
      source.close();
      return;
    }
    const before = this.#source;
    this.#source = source;
    this.#conversation.open({ name: nameOf(this.uri), source, canRestore: this.#canRestore });
    before?.close();
  }

  /** A session finds it: on this machine, or in the workspace, wherever that is. */
  get #canRestore(): boolean {
    return this.uri.scheme === 'file' || vscode.workspace.getWorkspaceFolder(this.uri) !== undefined;
  }

  compare(): Promise<void> {
    return this.#conversation.compare();
  }

  /** Command `freezeframe.restoreSnapshot`: a session that goes on from here, and stops before its first instruction. */
  async restore(): Promise<void> {
    const { uri } = this;
    const path = uri.fsPath;
    const disk = uri.with({ path: `${uri.path}.disk` });
    await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), {
      type: debugType,
      request: 'launch',
      name: `Restore ${nameOf(uri)}`,
      restore: path,
      stopOnEntry: true,
      // What goes on from a snapshot must not write over it.
      snapshot: { when: 'command', output: `${path.replace(/\.qemu$/, '')}-restored.qemu` },
      ...((await exists(disk)) && { disk: disk.fsPath }),
    });
  }

  dispose(): void {
    this.#loadCount++;
    this.#watcher.dispose();
    this.#conversation.dispose();
    this.#source?.close();
    this.#other?.close();
  }

  async #pickOther(): Promise<SnapshotFile | undefined> {
    const uri = await pickSnapshot(this.uri);
    if (!uri) return undefined;
    const source = await openSource(uri, this.platform.openLocal);
    this.#other?.close();
    this.#other = source;
    return { name: nameOf(uri), source, canRestore: false };
  }

  async #openPage(copy: PageCopy): Promise<void> {
    const uri = this.pages.add(nameOf(this.uri), copy.block, copy.address, hexDump(BigInt(copy.address), copy.bytes));
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  }
}

/** One of the workspace's snapshots, or any file. */
async function pickSnapshot(besides: vscode.Uri): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.qemu', '**/node_modules/**', 100);
  const others = found.filter((uri) => uri.toString() !== besides.toString());
  const browse = { label: '$(folder-opened) Another File…', uri: undefined };
  const items = others.map((uri) => ({ label: nameOf(uri), description: vscode.workspace.asRelativePath(uri), uri }));
  const picked = await vscode.window.showQuickPick([...items, browse], {
    placeHolder: `Snapshot to compare with ${nameOf(besides)}`,
  });
  if (!picked) return undefined;
  return picked.uri ?? (await vscode.window.showOpenDialog({ title: 'Compare With', openLabel: 'Compare' }))?.[0];
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** A pattern that only this name matches. */
function globOf(name: string): string {
  return name.replace(/[[\]{}*?]/g, '[$&]');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
