/** Pages of snapshots as read-only documents: hex dumps, kept as long as they are open. */
import * as vscode from 'vscode';

const scheme = 'freezeframe-snapshot';

export class PageDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registrations = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
  );

  /** @returns what the document is opened by */
  add(file: string, block: string, address: number, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme, path: `/Memory 0x${address.toString(16)}`, query: `${file} ${block}` });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? 'Open the page from the snapshot’s page map again.';
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}
