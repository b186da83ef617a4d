/** The language server on a connection: which request asks which part of the analysis. */
import {
  type CancellationToken,
  type Connection,
  type Location,
  MarkupKind,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  type TextEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { problemsWith } from '../analysis/assembler-messages';
import { completionsAt } from '../analysis/completion';
import type { AssemblyDocument } from '../analysis/document';
import { type FormattingOptions, formattingOf } from '../analysis/formatting';
import { hoverAt } from '../analysis/hover';
import { foldsOf, outlineOf } from '../analysis/outline';
import { type Problem, problemsOf } from '../analysis/problems';
import { renameProblem } from '../analysis/rename';
import { semanticTokensOf, semanticTypes } from '../analysis/semantic-tokens';
import { signaturesAt } from '../analysis/signatures';
import { type AssemblerSettings, assemblerNotification } from '../assembler-settings';
import type { Assembler } from './assembler';
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

/** @param assembler where programs can be run */
export function serve(connection: Connection, assembler?: Assembler): void {
  let canRefresh = false;
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

  connection.onInitialize(({ capabilities: client }) => {
    canRefresh = client.workspace?.diagnostics?.refreshSupport ?? false;
    return {
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
    };
  });

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
      return (
        found &&
        document.symbols
          .occurrencesOf(found)
          .filter((range) => includeDeclaration || !isDefinition(range))
          .map((range) => ({ uri: params.textDocument.uri, range: lspRange(range) }))
      );
    }),
  );
  connection.onDocumentHighlight((params) =>
    ask(params, (document, line, character) => {
      const found = document.symbols.at(line, character)?.symbol;
      return found && document.symbols.occurrencesOf(found).map((range) => ({ range: lspRange(range) }));
    }),
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
      const edits = document.symbols
        .occurrencesOf(found)
        .map((range): TextEdit => ({ range: lspRange(range), newText: params.newName }));
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

  connection.onNotification(assemblerNotification, (settings: AssemblerSettings) => {
    assembler?.configure(settings);
    if (canRefresh) connection.languages.diagnostics.refresh();
  });
  connection.languages.diagnostics.on(async ({ textDocument: { uri } }, cancellation) => {
    const document = documentOf(uri);
    const problems = document ? await problemsBy(assembler, document, uri, cancellation) : [];
    return { kind: 'full', items: problems.map(lspDiagnostic) };
  });

  texts.listen(connection);
  connection.listen();
}

/** A real assembler's where there is one and the text is all that it needs; else the table's. */
async function problemsBy(
  assembler: Assembler | undefined,
  document: AssemblyDocument,
  uri: string,
  cancellation: CancellationToken,
): Promise<readonly Problem[]> {
  if (!assembler || !(assembler.isAsBuilt || document.isSelfContained()) || !document.isRiscv())
    return problemsOf(document);
  const messages = await assembler.messages({
    text: document.lines.join('\n'),
    isPreprocessed: document.program.statements.some(({ kind }) => kind === 'preprocessor'),
    uri,
    cancellation,
  });
  return messages ? problemsWith(document, messages, assembler.isAsBuilt) : problemsOf(document);
}
