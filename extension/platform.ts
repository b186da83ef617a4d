import type * as vscode from 'vscode';
import type { CreateLanguageClient } from './language/client/assembly-language';
import type { OpenLocal } from './snapshot-editor/file-sources';

/** What a desktop and a browser do in ways of their own. */
export interface Platform {
  /** Where a session's debug adapter runs. */
  readonly adapters: vscode.DebugAdapterDescriptorFactory;
  /** Where the language server for assembly runs. */
  readonly createLanguageClient: CreateLanguageClient;
  /** Reads files by pieces, where there are files. */
  readonly openLocal?: OpenLocal;
}
