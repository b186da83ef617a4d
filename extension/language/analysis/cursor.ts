/** Where in a statement the cursor is: what completion and signature help go by. */
import type { AssemblyDocument } from './document';
import type { Token } from './tokens';

export interface Cursor {
  /** The mnemonic or directive before the cursor; undefined while it is being typed. */
  readonly head: Token | undefined;
  /** Which operand the cursor is in. */
  readonly index: number;
  /** What is typed of the word at the cursor; it is replaced by what is completed. */
  readonly word: { readonly text: string; readonly start: number };
  /** The macro in whose body it is. */
  readonly macro: string | undefined;
  readonly isPreprocessor: boolean;
}

/** Undefined in comments and strings. */
export function cursorAt(document: AssemblyDocument, line: number, character: number): Cursor | undefined {
  const scanned = document.program.lines[line];
  const before = scanned?.tokens.filter(({ start }) => start < character) ?? [];
  const last = before.at(-1);
  const isInside = last !== undefined && last.end >= character;
  if (isInside && (last.kind === 'string' || last.kind === 'character')) return undefined;
  if (last?.kind === 'comment' && (last.end >= character || !last.text.endsWith('*/'))) return undefined;
  const isWord = isInside && last.kind !== 'operator';
  const word = isWord
    ? { text: last.text.slice(0, character - last.start), start: last.start }
    : { text: '', start: character };
  const tokens = statementBefore(isWord ? before.slice(0, -1) : before);
  const isPreprocessor = scanned?.isPreprocessor ?? false;
  const head = isPreprocessor ? tokens[1] : tokens[0];
  return { head, index: operandIndex(tokens), word, macro: document.macroAt(line), isPreprocessor };
}

/** The tokens of the statement that goes on: behind the last `;` and the labels. */
function statementBefore(tokens: readonly Token[]): readonly Token[] {
  let from = 0;
  tokens.forEach(({ text }, index) => {
    if (text === ';' || (text === ':' && index - from === 1)) from = index + 1;
  });
  return tokens.slice(from).filter(({ kind }) => kind !== 'comment');
}

function operandIndex(tokens: readonly Token[]): number {
  let depth = 0;
  let index = 0;
  for (const { text } of tokens) {
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (text === ',' && depth <= 0) index++;
  }
  return index;
}
