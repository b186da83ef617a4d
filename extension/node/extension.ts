/** Entry of the extension on a desktop, and in the extension host of a server. */
import type * as vscode from 'vscode';
import { activateOn } from '../extension';
import { InlineAdapters } from '../inline/inline-adapters';
import { openLocalFile } from './local-file';
import { ProcessAdapters } from './process-adapters';

export function activate(context: vscode.ExtensionContext): void {
  const adapters = new ProcessAdapters(new InlineAdapters(context.extensionUri));
  activateOn({ adapters, openLocal: openLocalFile }, context);
}
