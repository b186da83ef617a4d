/** The assembly language server as a worker. */
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import type { CreateLanguageClient } from '../language/client/assembly-language';

export function workerLanguageClient(extensionUri: vscode.Uri): CreateLanguageClient {
  const script = vscode.Uri.joinPath(extensionUri, 'dist/browser-language-server.js').toString(true);
  return (options) => new LanguageClient('freezeframe-assembly', 'RISC-V assembly', new Worker(script), options);
}
