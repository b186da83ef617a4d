/** The language server on a connection: which request asks which part of the analysis. */
import {
  type Connection,
  type Location,
  MarkupKind,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { completionsAt } from '../analysis/completion';
import type { AssemblyDocument } from '../analysis/document';
import { type FormattingOptions, formattingOf } from '../analysis/formatting';
import { hoverAt } from '../analysis/hover';
import { foldsOf, outlineOf } from '../analysis/outline';
import { problemsOf } from '../analysis/problems';
import { renameProblem } from '../analysis/rename';
import { semanticTokensOf, semanticTypes } from '../analysis/semantic-tokens';
import { signaturesAt } from '../analysis/signatures';
import {
  lspCompletions,
  lspDiagnostic,
  lspFold,
  lspOutlineItem,
  lspRange,
  lspSemanticTokens,
  lspSignatures,
} from './conversions';
import { AnalysedDocuments } from './documents';

interface At {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

/** The code of a request that cannot be, by the protocol. */
const requestFailed = -32803;

export function serve(connection: Connection): void {
  const texts = new TextDocuments(TextDocument);
  const analysed = new AnalysedDocuments();
  texts.onDidClose(({ document }) => analysed.forget(document.uri));

  /** Undefined for what is not open: the client has closed it since it asked. */
  const documentOf = (uri: string): AssemblyDocument | undefined => {
    const text = texts.get(uri);
    return text && analysed.of(text);
  };
  /** What a part of the analysis says of a place; null where there is nothing. */
  const ask = <Answer>(
    { textDocument, position }: At,
    of: (document: AssemblyDocument, line: number, character: number) => Answer | undefined,
  ): Answer | null => {
    const document = documentOf(textDocument.uri);
    return (document && of(document, position.line, position.character)) ?? null;
  };
  const all = <Answer>(uri: string, of: (document: AssemblyDocument) => readonly Answer[]): Answer[] => {
    const document = documentOf(uri);
    return document ? [...of(document)] : [];
  };

  connection.onInitialize(() => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      completionProvider: { triggerCharacters: ['.', '%', '\\'] },
      signatureHelpProvider: { triggerCharacters: [' ', ','] },
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      semanticTokensProvider: { legend: { tokenTypes: [...semanticTypes], tokenModifiers: [] }, full: true },
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false },
    },
  }));

  connection.onHover((params) =>
    ask(params, (document, line, character) => {
      const hover = hoverAt(document, line, character);
      return hover && { contents: { kind: MarkupKind.Markdown, value: hover.markdown }, range: lspRange(hover.range) };
    }),
  );
  connection.onCompletion((params) =>
    ask(params, (document, line, character) => {
      const completions = completionsAt(document, line, character);
      return completions && lspCompletions(completions, line);
    }),
  );
  connection.onSignatureHelp((params) =>
    ask(params, (document, line, character) => {
      const signatures = signaturesAt(document, line, character);
      return signatures && lspSignatures(signatures);
    }),
  );

  connection.onDefinition((params) =>
    ask(params, (document, line, character): Location[] | undefined =>
      document.symbols
        .at(line, character)
        ?.symbol.definitions.map((range) => ({ uri: params.textDocument.uri, range: lspRange(range) })),
    ),
  );
  connection.onReferences((params) =>
    ask(params, (document, line, character): Location[] | undefined => {
      const found = document.symbols.at(line, character)?.symbol;
      const { includeDeclaration } = params.context;
      const isDefinition = (range: { line: number; start: number }): boolean =>
        found!.definitions.some((definition) => definition.line === range.line && definition.start === range.start);
      return found?.occurrences
        .filter((range) => includeDeclaration || !isDefinition(range))
        .map((range) => ({ uri: params.textDocument.uri, range: lspRange(range) }));
    }),
  );
  connection.onDocumentHighlight((params) =>
    ask(params, (document, line, character) =>
      document.symbols.at(line, character)?.symbol.occurrences.map((range) => ({ range: lspRange(range) })),
    ),
  );
  connection.onPrepareRename((params) =>
    ask(params, (document, line, character) => {
      const found = document.symbols.at(line, character);
      return found && found.symbol.definitions.length > 0 ? lspRange(found.range) : undefined;
    }),
  );
  connection.onRenameRequest((params) =>
    ask(params, (document, line, character) => {
      const found = document.symbols.at(line, character)?.symbol;
      if (!found) return undefined;
      const problem = renameProblem(document, found, params.newName);
      if (problem !== undefined) throw new ResponseError(requestFailed, problem);
      const edits = found.occurrences.map((range): TextEdit => ({ range: lspRange(range), newText: params.newName }));
      return { changes: { [params.textDocument.uri]: edits } };
    }),
  );

  connection.onDocumentSymbol(({ textDocument: { uri } }) =>
    all(uri, (document) => outlineOf(document).map(lspOutlineItem)),
  );
  connection.onFoldingRanges(({ textDocument: { uri } }) => all(uri, (document) => foldsOf(document).map(lspFold)));
  connection.languages.semanticTokens.on(({ textDocument: { uri } }) => ({
    data: lspSemanticTokens(all(uri, semanticTokensOf)),
  }));

  const format = (uri: string, options: FormattingOptions, first?: number, last?: number): TextEdit[] =>
    all(uri, (document) =>
      formattingOf(document, options, first, last).map(({ line, text }) => ({
        range: lspRange({ line, start: 0, end: document.lines[line]!.length }),
        newText: text,
      })),
    );
  connection.onDocumentFormatting(({ textDocument: { uri }, options }) => format(uri, options));
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, options, range: { start, end } }) =>
    format(uri, options, start.line, end.character === 0 && end.line > start.line ? end.line - 1 : end.line),
  );

  connection.languages.diagnostics.on(async ({ textDocument: { uri } }) => ({
    kind: 'full',
    items: all(uri, problemsOf).map(lspDiagnostic),
  }));

  texts.listen(connection);
  connection.listen();
}
