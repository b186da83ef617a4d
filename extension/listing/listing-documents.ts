/** Listings of guest code, by the URIs that the adapter gives them as sources of frames. */
import * as vscode from 'vscode';
import { listingScheme, parseListingUri } from '../../debug-adapter/protocol/listing-uri';
import type { SessionWatch } from '../debug/session-watch';

export class ListingDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(listingScheme, this);

  constructor(readonly watch: SessionWatch) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const path = uri.toString(true);
    const session = this.watch.session(parseListingUri(path)?.session ?? '');
    if (!session) return 'The session has ended, and its listings with it.\n';
    const answer: unknown = await session.customRequest('source', { source: { path }, sourceReference: 0 });
    if (typeof answer === 'object' && answer !== null && 'content' in answer) return String(answer.content);
    throw new Error(`The debug adapter has no text for ${path}.`);
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
