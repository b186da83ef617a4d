/** Entry of the extension in a browser, whose extension host is a worker: no processes, no files but the workspace's. */
import type * as vscode from 'vscode';
import { activateOn } from '../extension';
import { InlineAdapters } from '../inline/inline-adapters';
import type { Platform } from '../platform';
import { workerLanguageClient } from './language-client';

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const { extensionUri } = context;
  const adapters = new InlineAdapters(extensionUri);
  const compare: Platform['compare'] = (...args) => adapters.compare(...args);
  return activateOn({ adapters, compare, createLanguageClient: workerLanguageClient(extensionUri) }, context);
}
