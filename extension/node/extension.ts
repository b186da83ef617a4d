/** Entry of the extension on a desktop, and in the extension host of a server. */
import type * as vscode from 'vscode';
import { activateOn } from '../extension';
import { InlineAdapters } from '../inline/inline-adapters';
import { processLanguageClient } from './language-client';
import { openLocalFile } from './local-file';
import { ProcessAdapters } from './process-adapters';
import { processComparison } from './process-comparison';

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const { extensionUri } = context;
  const inline = new InlineAdapters(extensionUri);
  const adapters = new ProcessAdapters(inline);
  const createLanguageClient = processLanguageClient(extensionUri);
  return activateOn(
    { adapters, compare: processComparison(extensionUri, inline), createLanguageClient, openLocal: openLocalFile },
    context,
  );
}
