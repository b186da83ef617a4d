/**
 * Columns for mnemonics and operands, a space behind each comma. Only blanks change, and only where no assembler and no
 * macro minds: directives and calls of macros keep their operands as they are written.
 */
import { formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import type { AssemblyDocument } from './document';
import type { Token } from './tokens';

export interface FormattingOptions {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
}

export interface LineEdit {
  readonly line: number;
  readonly text: string;
}

/** From the mnemonic to its operands, in columns. */
const mnemonicColumns = 8;

export function formattingOf(
  document: AssemblyDocument,
  options: FormattingOptions,
  first = 0,
  last = Number.POSITIVE_INFINITY,
): readonly LineEdit[] {
  if (document.program.dialect === 'listing') return [];
  const edits: LineEdit[] = [];
  document.lines.slice(0, last + 1).forEach((before, line) => {
    if (line < first) return;
    const text = formatLine(document, line, options);
    if (text !== undefined && text !== before) edits.push({ line, text });
  });
  return edits;
}

/** Undefined where a line is left alone: what spans lines, and the preprocessor's. */
function formatLine(document: AssemblyDocument, line: number, options: FormattingOptions): string | undefined {
  const { lines, program } = document;
  const text = lines[line]!;
  const scanned = program.lines[line]!;
  const isContinued = scanned.continues || program.lines[line - 1]?.continues === true;
  if (scanned.isPreprocessor || isContinued || document.isPartOfMore(line)) return undefined;
  const { tokens } = scanned;
  if (tokens.length === 0) return '';
  const [first] = tokens;
  const isOpen = tokens.some(
    ({ kind, text: each }) => kind === 'comment' && each.startsWith('/*') && !each.endsWith('*/'),
  );
  if (isOpen || (first!.kind === 'comment' && !/^(#|\/\/|\/\*)/.test(first!.text))) return undefined;
  const comment = tokens.at(-1)!.kind === 'comment' ? tokens.at(-1) : undefined;
  const code = comment ? tokens.slice(0, -1) : tokens;
  // A comment alone stays where it is; one between words, several statements: too much to have an opinion.
  if (code.length === 0) return text.trimEnd();
  if (code.some(({ kind, text: each }) => kind === 'comment' || each === ';')) return text.trimEnd();
  const statement = codeText(text, code, options);
  if (comment === undefined) return statement;
  const words = comment.text.trimEnd();
  const column = columnOf(text, comment.start, options);
  return `${statement}${' '.repeat(Math.max(1, column - columnOf(statement, statement.length, options)))}${words}`;
}

function codeText(text: string, code: readonly Token[], options: FormattingOptions): string {
  let at = 0;
  let result = '';
  while (code[at + 1]?.text === ':' && ['name', 'number', 'argument'].includes(code[at]!.kind)) {
    result += `${result === '' ? '' : ' '}${code[at]!.text}:`;
    at += 2;
  }
  const head = code[at];
  if (head === undefined) return result;
  result = indented(result, head, options);
  const rest = code.slice(at + 1);
  if (rest.length === 0) return result + head.text;
  const written = text.slice(rest[0]!.start, rest.at(-1)!.end);
  // `name = value`, `name(arguments)`: no mnemonic.
  if (head.kind !== 'name' || rest[0]!.start === head.end || rest[0]!.text === '=') {
    return result + text.slice(head.start, rest.at(-1)!.end);
  }
  const isInstruction = formsOf(head.text) !== undefined;
  return `${result}${head.text}${gap(head.text, options)}${isInstruction ? spacedOperands(written, rest) : written}`;
}

/** Behind labels; alone, what is no instruction stays at the margin if it stands there. */
function indented(labels: string, head: Token, { tabSize, insertSpaces }: FormattingOptions): string {
  const indent = insertSpaces ? ' '.repeat(tabSize) : '\t';
  if (labels === '') return head.start === 0 && formsOf(head.text) === undefined ? '' : indent;
  return insertSpaces ? labels.padEnd(Math.max(tabSize, labels.length + 1)) : `${labels}\t`;
}

function gap(head: string, { insertSpaces }: FormattingOptions): string {
  return insertSpaces ? ' '.repeat(Math.max(1, mnemonicColumns - head.length)) : '\t';
}

/** A space behind each comma outside parentheses. */
function spacedOperands(written: string, tokens: readonly Token[]): string {
  const base = tokens[0]!.start;
  let result = '';
  let from = 0;
  for (const { text, start, end } of tokens) {
    if (text !== ',') continue;
    result += `${written.slice(from, start - base).trim()}, `;
    from = end - base;
  }
  return (result + written.slice(from).trim()).trimEnd();
}

function columnOf(text: string, end: number, { tabSize }: FormattingOptions): number {
  let column = 0;
  for (const character of text.slice(0, end)) column += character === '\t' ? tabSize - (column % tabSize) : 1;
  return column;
}
