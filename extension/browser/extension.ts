/** Entry of the extension in a browser, whose extension host is a worker: no processes, no files but the workspace's. */
import type * as vscode from 'vscode';
import { activateOn } from '../extension';
import { InlineAdapters } from '../inline/inline-adapters';
import { workerLanguageClient } from './language-client';

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const { extensionUri } = context;
  const adapters = new InlineAdapters(extensionUri);
  return activateOn({ adapters, createLanguageClient: workerLanguageClient(extensionUri) }, context);
}
