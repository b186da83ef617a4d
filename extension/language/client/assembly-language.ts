/** Assembly in the editor: the language server, from the first document on that it is for. */
import * as vscode from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';

/** Of every scheme: guests' sources, and the listings of code that has none. */
const languageId = 'asm';

/** Starts the server in a way of the platform's. */
export type CreateLanguageClient = (options: LanguageClientOptions) => BaseLanguageClient;

export class AssemblyLanguage implements vscode.Disposable {
  #client: BaseLanguageClient | undefined;
  #started: Promise<void> = Promise.resolve();
  readonly #registration: vscode.Disposable;

  constructor(private readonly create: CreateLanguageClient) {
    this.#registration = vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document));
    for (const document of vscode.workspace.textDocuments) this.#startFor(document);
  }

  /** When the documents that are open now have what they are asked for. */
  get started(): Promise<void> {
    return this.#started;
  }

  dispose(): void {
    this.#registration.dispose();
    void this.#client?.dispose();
  }

  #startFor({ languageId: id }: vscode.TextDocument): void {
    if (id !== languageId || this.#client) return;
    this.#client = this.create({ documentSelector: [{ language: languageId }] });
    this.#started = this.#client.start();
  }
}
