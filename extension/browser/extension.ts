/** Entry of the extension in a browser, whose extension host is a worker: no processes, no files but the workspace's. */
import type * as vscode from 'vscode';
import { activateOn } from '../extension';
import { InlineAdapters } from '../inline/inline-adapters';

export function activate(context: vscode.ExtensionContext): void {
  activateOn({ adapters: new InlineAdapters(context.extensionUri) }, context);
}
