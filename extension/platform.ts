import type * as vscode from 'vscode';
import type { CreateLanguageClient } from './language/client/assembly-language';
import type { OpenLocal } from './snapshot-editor/file-sources';

/** What a desktop and a browser do in ways of their own. */
export interface Platform {
  /** Where a session's debug adapter runs. */
  readonly adapters: vscode.DebugAdapterDescriptorFactory;
  /**
   * Snapshots of one guest by every algorithm. @param configuration as launch.json has it
   * @param folder that its paths are of. @returns `ComparedSnapshot[]`, unchecked. @throws Error in words
   */
  readonly compare: (
    configuration: vscode.DebugConfiguration,
    folder: vscode.WorkspaceFolder | undefined,
    isCancelled: vscode.CancellationToken,
  ) => Promise<unknown>;
  /** Where the language server for assembly runs. */
  readonly createLanguageClient: CreateLanguageClient;
  /** Reads files by pieces, where there are files. */
  readonly openLocal?: OpenLocal;
}
