/** What kind of thing each word is, for colours. */
import { formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { isCsrName } from '../../../debug-adapter/emulator/isa/csrs';
import { isOfOtherExtension } from '../../../debug-adapter/emulator/isa/other-extensions';
import { registers } from '../../../debug-adapter/emulator/isa/registers';
import type { AssemblyDocument } from './document';
import type { SymbolKind } from './symbols';
import type { Token } from './tokens';

/** Names of the protocol's own legend, which themes have colours for. */
export const semanticTypes = [
  'comment',
  'string',
  'number',
  'keyword',
  'variable',
  'function',
  'macro',
  'parameter',
  'enumMember',
  'operator',
] as const;
export type SemanticType = (typeof semanticTypes)[number];

export interface SemanticToken {
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly type: SemanticType;
}

const typeOfSymbol: Readonly<Record<SymbolKind, SemanticType>> = {
  label: 'function',
  'local label': 'function',
  constant: 'enumMember',
  macro: 'macro',
  parameter: 'parameter',
  define: 'macro',
};

/** In the order of the text. */
export function semanticTokensOf(document: AssemblyDocument): readonly SemanticToken[] {
  const heads = new Set(document.program.statements.flatMap(({ head }) => (head ? [head] : [])));
  const labels = new Set(document.program.statements.flatMap((statement) => statement.labels));
  return document.program.lines.flatMap(({ tokens, isPreprocessor }) =>
    tokens.flatMap((token, index) => {
      const isHash = isPreprocessor && (token.text === '#' || (index === 1 && tokens[0]!.text === '#'));
      const type = isHash ? 'keyword' : labels.has(token) ? 'function' : typeOf(document, token, heads.has(token));
      return type === undefined ? [] : [{ line: token.line, start: token.start, end: token.end, type }];
    }),
  );
}

function typeOf(document: AssemblyDocument, token: Token, isHead: boolean): SemanticType | undefined {
  const { kind, text } = token;
  switch (kind) {
    case 'comment':
    case 'string':
    case 'number':
      return kind;
    case 'character':
      return 'string';
    case 'localReference':
      return 'function';
    case 'argument':
      return 'parameter';
    case 'relocation':
      return 'operator';
    case 'operator':
      return undefined;
    case 'name':
      return nameType(document, text, isHead);
  }
}

function nameType(document: AssemblyDocument, text: string, isHead: boolean): SemanticType | undefined {
  const definition = document.symbols.find(text)?.definitions[0];
  if (definition) return typeOfSymbol[definition.kind];
  if (isHead) {
    if (text.startsWith('.') || formsOf(text) || isOfOtherExtension(text)) return 'keyword';
    return 'macro';
  }
  if (registers.has(text)) return 'variable';
  return isCsrName(text) ? 'enumMember' : undefined;
}
