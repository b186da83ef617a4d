/** The assembly language server as a process. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { CreateLanguageClient } from '../language/client/assembly-language';

export function processLanguageClient(extensionUri: vscode.Uri): CreateLanguageClient {
  const module = vscode.Uri.joinPath(extensionUri, 'dist/language-server.js').fsPath;
  const server = { module, transport: TransportKind.ipc };
  return (options) => new LanguageClient('freezeframe-assembly', 'RISC-V assembly', server, options);
}
