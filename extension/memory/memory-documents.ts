/** Guest memory, a page at a time: in the hex editor where there is one, else as a read-only document. */
import * as vscode from 'vscode';
import { fromBase64 } from '../../debug-adapter/protocol/base64';
import type { PageAtFreeze, PageOfBlock } from '../../debug-adapter/protocol/messages';
import { customRequest } from '../debug/custom-requests';
import type { SessionWatch } from '../debug/session-watch';
import { byteAt, changedBytes, type DumpPosition, hexDump } from './hex-dump';

const scheme = 'freezeframe-memory';
const hexEditorExtension = 'ms-vscode.hexeditor';
const pageByteCount = 4096;

interface Shown {
  bytes?: Uint8Array;
  changes: readonly DumpPosition[];
}

export class MemoryDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #shown = new Map<string, Shown>();
  readonly #changeMark = vscode.window.createTextEditorDecorationType({
    color: new vscode.ThemeColor('editorWarning.foreground'),
    fontWeight: 'bold',
    overviewRulerColor: new vscode.ThemeColor('editorWarning.foreground'),
  });
  readonly #registrations = vscode.Disposable.from(
    this.#changed,
    this.#changeMark,
    vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri.toString())),
    vscode.workspace.onDidChangeTextDocument(({ document }) => this.#markChanges(document)),
    vscode.window.onDidChangeVisibleTextEditors((editors) => {
      for (const { document } of editors) this.#markChanges(document);
    }),
  );

  constructor(readonly watch: SessionWatch) {
    watch.onStopped((session) => {
      for (const { uri } of vscode.workspace.textDocuments) {
        if (uri.scheme === scheme && uri.query === session.id) this.#changed.fire(uri);
      }
    });
  }

  /** Opens the page of physical memory that begins at `address` (`0x80400000`). */
  async open(session: vscode.DebugSession, address: string, viewColumn: vscode.ViewColumn): Promise<void> {
    if (vscode.extensions.getExtension(hexEditorExtension)) {
      const uri = vscode.Uri.from({
        scheme: 'vscode-debug-memory',
        authority: session.id,
        path: `/${encodeURIComponent(physical(address))}/memory.bin`,
      });
      await vscode.commands.executeCommand('vscode.openWith', uri, 'hexEditor.hexedit', viewColumn);
      return;
    }
    const uri = vscode.Uri.from({ scheme, path: `/Memory ${address}`, query: session.id });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
      preview: true,
      viewColumn,
    });
  }

  /** What a page held at the freeze beside what it holds now. */
  async compareWithFreeze(
    session: vscode.DebugSession,
    address: string,
    { block, page }: PageOfBlock,
    viewColumn: vscode.ViewColumn,
  ): Promise<void> {
    const path = `/At the freeze ${address}`;
    const frozen = vscode.Uri.from({ scheme, path, query: session.id, fragment: `${page} ${block}` });
    // What it held is asked for before anything opens: it may not be known.
    await readFreeze(session, frozen);
    const now = vscode.Uri.from({ scheme, path: `/Memory ${address}`, query: session.id });
    this.#changed.fire(frozen);
    await vscode.commands.executeCommand('vscode.diff', frozen, now, `Page ${address}: at the freeze ↔ now`, {
      preview: true,
      viewColumn,
    });
  }

  /** Guest physical bytes that are selected in the dump in front, or the one at the cursor. */
  get selected(): { readonly address: string; readonly byteCount: number } | undefined {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.uri.scheme !== scheme) return undefined;
    const { document, selection } = editor;
    const { start, end } = selection;
    const at = (line: number, column: number) => byteAt(document.lineAt(line).text, column);
    const first = at(start.line, start.character);
    // Behind the last that is selected.
    const last = selection.isEmpty ? first : at(end.line, Math.max(0, end.character - 1));
    if (first === undefined || last === undefined) return undefined;
    return { address: `0x${first.toString(16)}`, byteCount: Number(last - first) + 1 };
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const key = uri.toString();
    const before = this.#shown.get(key);
    const address = uri.path.split(' ').at(-1) ?? '';
    const session = this.watch.session(uri.query);
    if (!session) return `The session has ended, and the guest's memory at ${address} with it.`;
    try {
      if (uri.fragment !== '') return hexDump(BigInt(address), await readFreeze(session, uri));
      const bytes = await readMemory(session, physical(address));
      this.#shown.set(key, { bytes, changes: changedBytes(BigInt(address), before?.bytes, bytes) });
      return bytes.length > 0 ? hexDump(BigInt(address), bytes) : `Nothing can be read at ${address}.`;
    } catch (error) {
      // A running guest is the usual reason; what was read before stays the measure for changes.
      this.#shown.set(key, { ...before, changes: [] });
      return `${error instanceof Error ? error.message : String(error)}\nRead again at the next stop.`;
    }
  }

  dispose(): void {
    this.#registrations.dispose();
  }

  #markChanges({ uri }: vscode.TextDocument): void {
    if (uri.scheme !== scheme) return;
    const changes = this.#shown.get(uri.toString())?.changes ?? [];
    const ranges = changes.map(({ line, column }) => new vscode.Range(line, column, line, column + 2));
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document.uri.toString() === uri.toString()) editor.setDecorations(this.#changeMark, ranges);
    }
  }
}

/** The adapter's memory reference for guest physical memory: the page map knows no other. */
function physical(address: string): string {
  return `physical:${address}`;
}

async function readFreeze(session: vscode.DebugSession, { fragment }: vscode.Uri): Promise<Uint8Array> {
  const [page, block] = fragment.split(' ') as [string, string];
  const answer = await customRequest(session, 'freezeframe.pageAtFreeze', { block, page: Number(page) });
  return fromBase64((answer as PageAtFreeze).bytes);
}

async function readMemory(session: vscode.DebugSession, memoryReference: string): Promise<Uint8Array> {
  const answer = await session.customRequest('readMemory', { memoryReference, offset: 0, count: pageByteCount });
  const data: unknown = answer?.data;
  return typeof data === 'string' ? fromBase64(data) : new Uint8Array(0);
}
