/** Assembly in the editor: the language server, from the first document on that it is for. */
import * as vscode from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';
import { type AssemblerSettings, assemblerNotification } from '../assembler-settings';

/** Of every scheme: guests' sources, and the listings of code that has none. */
const languageId = 'asm';
const section = 'freezeframe.assembler';

/** Starts the server in a way of the platform's. */
export type CreateLanguageClient = (options: LanguageClientOptions) => BaseLanguageClient;

export class AssemblyLanguage implements vscode.Disposable {
  #client: BaseLanguageClient | undefined;
  #started: Promise<void> = Promise.resolve();
  readonly #registrations: vscode.Disposable;

  constructor(private readonly create: CreateLanguageClient) {
    this.#registrations = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(section)) void this.#sendSettings();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#sendSettings()),
    );
    for (const document of vscode.workspace.textDocuments) this.#startFor(document);
  }

  /** When the documents that are open now have what they are asked for. */
  get started(): Promise<void> {
    return this.#started;
  }

  dispose(): void {
    this.#registrations.dispose();
    void this.#client?.dispose();
  }

  #startFor({ languageId: id }: vscode.TextDocument): void {
    if (id !== languageId || this.#client) return;
    this.#client = this.create({ documentSelector: [{ language: languageId }] });
    this.#started = this.#client.start().then(
      () => this.#sendSettings(),
      // The client has said so; the debugger does without.
      () => {},
    );
  }

  /** A workspace that is not trusted runs no program, and names none. */
  async #sendSettings(): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(section);
    const settings: AssemblerSettings = vscode.workspace.isTrusted
      ? { path: configuration.get('path', ''), arguments: configuration.get<string[]>('arguments', []) }
      : null;
    await this.#client?.sendNotification(assemblerNotification, settings);
  }
}
