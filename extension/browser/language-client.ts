/** The assembly language server as a worker. */
import * as vscode from 'vscode';
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
  type MessageTransports,
} from 'vscode-languageclient/browser';
import type { CreateLanguageClient } from '../language/client/assembly-language';

export function workerLanguageClient(extensionUri: vscode.Uri): CreateLanguageClient {
  const script = vscode.Uri.joinPath(extensionUri, 'dist/browser-language-server.js');
  return (options) => new LanguageClient('freezeframe-assembly', 'RISC-V assembly', () => startWorker(script), options);
}

/** VS Code lets no worker begin with a file of an extension that a server has: it begins with the file's text. */
async function startWorker(script: vscode.Uri): Promise<MessageTransports> {
  const text = await vscode.workspace.fs.readFile(script);
  const url = URL.createObjectURL(new Blob([Uint8Array.from(text)], { type: 'text/javascript' }));
  const worker = new Worker(url);
  return { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) };
}
