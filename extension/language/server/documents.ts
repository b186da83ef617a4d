/** Open documents with what is known of them, found out once a version. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { listingScheme } from '../../../debug-adapter/protocol/listing-uri';
import { AssemblyDocument } from '../analysis/document';
import type { Dialect } from '../analysis/tokens';

export class AnalysedDocuments {
  readonly #analysed = new Map<string, { readonly version: number; readonly document: AssemblyDocument }>();

  of(text: TextDocument): AssemblyDocument {
    const { uri, version } = text;
    const known = this.#analysed.get(uri);
    if (known?.version === version) return known.document;
    const document = new AssemblyDocument(text.getText(), dialectOf(uri), known?.document);
    this.#analysed.set(uri, { version, document });
    return document;
  }

  forget(uri: string): void {
    this.#analysed.delete(uri);
  }
}

export function dialectOf(uri: string): Dialect {
  if (uri.startsWith(`${listingScheme}:`)) return 'listing';
  return uri.endsWith('.s') ? 'plain' : 'preprocessed';
}
