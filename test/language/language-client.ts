/** A small client of the language server in `dist/`, over standard input and output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import {
  createProtocolConnection,
  type DocumentDiagnosticReport,
  type InitializeResult,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

const program = resolve(__dirname, '../../dist/language-server.js');

/** A place in a document: the character behind the mark `|` in the text that opened it. */
export interface Place {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

export class LanguageClient {
  #documentCount = 0;

  private constructor(
    readonly connection: ProtocolConnection,
    readonly capabilities: InitializeResult['capabilities'],
    private readonly server: ChildProcess,
  ) {}

  static async start(initializationOptions: object = {}): Promise<LanguageClient> {
    const server = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const reader = new StreamMessageReader(server.stdout);
    const connection = createProtocolConnection(reader, new StreamMessageWriter(server.stdin));
    connection.listen();
    const initialized = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions,
    });
    await connection.sendNotification('initialized', {});
    return new LanguageClient(connection, initialized.capabilities, server);
  }

  /** Opens a document. Marks `|` are taken out of the text, and answered as places. */
  async open(marked: string, name = 'guest.s', scheme = 'file'): Promise<{ uri: string; places: Place[] }> {
    const uri = `${scheme}:///${this.#documentCount++}/${name}`;
    const textDocument = { uri };
    const places: Place[] = [];
    const lines = marked.split('\n').map((text, line) => {
      const [first = '', ...rest] = text.split('|');
      let plain = first;
      for (const part of rest) {
        places.push({ textDocument, position: { line, character: plain.length } });
        plain += part;
      }
      return plain;
    });
    const text = lines.join('\n');
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'asm', version: 1, text },
    });
    return { uri, places };
  }

  /** Opens a document and asks one thing about the place that is marked in it. */
  async ask<Answer>(request: string, marked: string, more: object = {}, name?: string): Promise<Answer> {
    const { places } = await this.open(marked, name);
    return this.connection.sendRequest<Answer>(request, { ...places[0]!, ...more });
  }

  /** What a hover at the marked place says. */
  async hover(marked: string, name?: string): Promise<string> {
    const answer = await this.ask<{ contents: { value: string } } | null>('textDocument/hover', marked, {}, name);
    return answer?.contents.value ?? '';
  }

  /** Line (from 1), marked text and message of each problem. */
  async problems(text: string, name?: string): Promise<string[]> {
    const { uri } = await this.open(text, name);
    const report = await this.connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    const lines = text.split('\n');
    return report.kind === 'unchanged'
      ? []
      : report.items.map(({ range: { start, end }, message }) => {
          const marked = lines[start.line]?.slice(start.character, end.character);
          return `${start.line + 1}: ${marked}: ${message}`;
        });
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.server.once('exit', done));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await ended;
    this.connection.dispose();
  }
}
