import type * as vscode from 'vscode';

/** What a desktop and a browser do in ways of their own. */
export interface Platform {
  /** Where a session's debug adapter runs. */
  readonly adapters: vscode.DebugAdapterDescriptorFactory;
}
