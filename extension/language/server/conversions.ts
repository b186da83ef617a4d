/** What the analysis says, in the words of the protocol. */
import {
  CompletionItemKind,
  type CompletionList,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type Range as LspRange,
  type SignatureHelp,
  SymbolKind,
} from 'vscode-languageserver';
import type { Completion, Completions } from '../analysis/completion';
import type { Fold, OutlineItem } from '../analysis/outline';
import type { Problem } from '../analysis/problems';
import { type SemanticToken, semanticTypes } from '../analysis/semantic-tokens';
import type { Signatures } from '../analysis/signatures';
import type { Range } from '../analysis/symbols';

export function lspRange({ line, start, end }: Range): LspRange {
  return { start: { line, character: start }, end: { line, character: end } };
}

const completionKinds: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  instruction: CompletionItemKind.Keyword,
  directive: CompletionItemKind.Keyword,
  register: CompletionItemKind.Variable,
  csr: CompletionItemKind.EnumMember,
  symbol: CompletionItemKind.Reference,
  macro: CompletionItemKind.Function,
  constant: CompletionItemKind.Constant,
  keyword: CompletionItemKind.Keyword,
};

export function lspCompletions({ items, start, end }: Completions, line: number): CompletionList {
  return {
    isIncomplete: false,
    items: items.map(({ label, kind, detail }) => ({
      label,
      kind: completionKinds[kind],
      detail,
      textEdit: { range: lspRange({ line, start, end }), newText: label },
    })),
  };
}

export function lspSignatures({ signatures, activeSignature, activeParameter }: Signatures): SignatureHelp {
  return {
    signatures: signatures.map(({ label, documentation, parameters }) => ({
      label,
      documentation,
      parameters: parameters.map(([start, end]) => ({ label: [start, end] })),
    })),
    activeSignature,
    activeParameter,
  };
}

const symbolKinds: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  function: SymbolKind.Function,
  object: SymbolKind.Variable,
  label: SymbolKind.Key,
  constant: SymbolKind.Constant,
  macro: SymbolKind.Method,
};

export function lspOutlineItem({ definition, kind, lastLine }: OutlineItem): DocumentSymbol {
  const selectionRange = lspRange(definition);
  const end = lastLine > definition.line ? { line: lastLine + 1, character: 0 } : selectionRange.end;
  const range = { start: selectionRange.start, end };
  return { name: definition.name, kind: symbolKinds[kind], range, selectionRange };
}

export function lspFold({ first, last, isComment }: Fold): FoldingRange {
  return { startLine: first, endLine: last, ...(isComment && { kind: FoldingRangeKind.Comment }) };
}

export function lspDiagnostic(problem: Problem): Diagnostic {
  return {
    range: lspRange(problem),
    message: problem.message,
    severity: problem.isDoubtful ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error,
    source: 'freezeframe',
  };
}

/** Five numbers a token, each place relative to the one before. */
export function lspSemanticTokens(tokens: readonly SemanticToken[]): number[] {
  const data: number[] = [];
  let [lastLine, lastStart] = [0, 0];
  for (const { line, start, end, type } of tokens) {
    data.push(
      line - lastLine,
      line === lastLine ? start - lastStart : start,
      end - start,
      semanticTypes.indexOf(type),
      0,
    );
    [lastLine, lastStart] = [line, start];
  }
  return data;
}
