/**
 * A line of assembly as tokens. What is text to one assembler may be a directive to the C preprocessor before it: `.S` files
 * go through it, `.s` files do not, and a listing has addresses and encodings before its instructions.
 */
export type Dialect = 'preprocessed' | 'plain' | 'listing';

export type TokenKind =
  | 'comment'
  /** An identifier, `.directive` included. */
  | 'name'
  | 'number'
  /** `1f`, `2b`: the next or the last local label of that number. */
  | 'localReference'
  | 'string'
  | 'character'
  /** Text with arguments of a macro in it: `\reg`, `\name\()_end`, `loop_\@`. */
  | 'argument'
  /** `%lo` and its kin. */
  | 'relocation'
  | 'operator';

export class Token {
  constructor(
    readonly kind: TokenKind,
    readonly text: string,
    private readonly place: LinePlace,
    readonly start: number,
    readonly end: number,
  ) {}

  get line(): number {
    return this.place.line;
  }
}

/** Of all tokens of a line together, so that lines move cheaply when others come or go above them. */
export interface LinePlace {
  line: number;
}

/** One physical line. */
export interface ScannedLine {
  readonly place: LinePlace;
  readonly tokens: readonly Token[];
  /** The preprocessor's: `#define` and so on, and what continues one. */
  readonly isPreprocessor: boolean;
  /** The next line belongs to the same statement. */
  readonly continues: boolean;
  /** What the lines before leave open, and what this one does. */
  readonly begins: ScanState;
  readonly ends: ScanState;
}

export const preprocessorDirectives: ReadonlySet<string> = new Set(
  'define undef if ifdef ifndef elif elifdef elifndef else endif include include_next import error warning pragma line'.split(
    ' ',
  ),
);

/** What the lines before leave open. */
export interface ScanState {
  readonly inComment: boolean;
  readonly inPreprocessor: boolean;
}

export const initialState: ScanState = { inComment: false, inPreprocessor: false };

/** Of each kind, what begins at a place; tried by its first character. */
const patterns = {
  lineComment: /\/\/.*/sy,
  blockComment: /\/\*.*?(?:\*\/|$)/sy,
  string: /"(?:[^"\\]|\\.)*(?:"|\\?$)/sy,
  character: /'(?:\\.|[^\\'\s])?'?/suy,
  argument: /(?:[\w.$]*\\(?:\(\)|[@+]|[A-Za-z_$][\w$]*))+[\w.$]*/y,
  number:
    /0[xX][0-9a-fA-F]+[uUlL]*|0[bB][01]+(?!\w)|\d+[fb](?![\w.$])|0[fFdD][-+]?[\d.]+(?:[eE][-+]?\d+)?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?[uUlL]*/y,
  name: /[A-Za-z_.$][\w.$]*(?:@\w+)?|@\w+/y,
  relocation: /%[a-zA-Z_]\w*/y,
  operator: /<<|>>|&&|\|\||==|!=|<>|<=|>=|##|./suy,
} as const;
const blank = /\s*/y;
const directiveAhead = /^\s*#\s*(?:([a-z_]+)|\d)/;
const addressesOfListing = /^\s*[0-9a-f]+:\s+[0-9a-f]+\s\s/;
const symbolOfListing = /^[0-9a-f]+ <[^>]*>:$/;

/** Scans one line. */
export function scanLine(text: string, line: number, dialect: Dialect, state: ScanState): ScannedLine {
  const place: LinePlace = { line };
  const tokens: Token[] = [];
  const push = (kind: TokenKind, start: number, end: number): void => {
    tokens.push(new Token(kind, text.slice(start, end), place, start, end));
  };
  let at = 0;
  if (state.inComment) {
    const end = text.indexOf('*/');
    at = end < 0 ? text.length : end + 2;
    push('comment', 0, at);
    if (end < 0) return { place, tokens, isPreprocessor: false, continues: false, begins: state, ends: state };
  } else if (dialect === 'listing') {
    at = addressesOfListing.exec(text)?.[0].length ?? (symbolOfListing.test(text) ? text.length : 0);
  }
  const isPreprocessor = state.inPreprocessor || (dialect === 'preprocessed' && at === 0 && isDirective(text));
  let inComment = false;
  const end = text.trimEnd().length;
  const lastBackslash = text.lastIndexOf('\\');
  const endsInBackslash = end > 0 && lastBackslash === end - 1;
  for (;;) {
    at += lengthAt(blank, text, at);
    if (at >= (endsInBackslash ? end - 1 : end)) break;
    const kind = kindAt(text, at, isPreprocessor, at < lastBackslash);
    const [tokenKind, length] = kind === 'hash' ? (['comment', text.length - at] as const) : measure(kind, text, at);
    push(tokenKind, at, at + length);
    at += length;
    inComment = kind === 'blockComment' && !/^.{2,}\*\/$/s.test(tokens.at(-1)!.text);
  }
  const continues = endsInBackslash && dialect !== 'listing' && at < end;
  const ends = { inComment, inPreprocessor: isPreprocessor && (continues || inComment) };
  return { place, tokens, isPreprocessor, continues, begins: state, ends };
}

function isDirective(text: string): boolean {
  const found = directiveAhead.exec(text);
  return found !== null && (found[1] === undefined || preprocessorDirectives.has(found[1]));
}

type Start = keyof typeof patterns | 'hash';

function kindAt(text: string, at: number, isPreprocessor: boolean, hasBackslash: boolean): Start {
  const character = text[at]!;
  switch (character) {
    case '#':
      return isPreprocessor ? 'operator' : 'hash';
    case '/':
      if (text[at + 1] === '*') return 'blockComment';
      return text[at + 1] === '/' ? 'lineComment' : 'operator';
    case '"':
      return 'string';
    case "'":
      return 'character';
    case '\\':
      return matches(patterns.argument, text, at) ? 'argument' : 'operator';
    case '%':
      return matches(patterns.relocation, text, at) ? 'relocation' : 'operator';
    case '@':
      return matches(patterns.name, text, at) ? 'name' : 'operator';
  }
  const isDigit = character >= '0' && character <= '9';
  if (!isDigit && !/[A-Za-z_.$]/.test(character)) return 'operator';
  if (hasBackslash && matches(patterns.argument, text, at)) return 'argument';
  return isDigit ? 'number' : 'name';
}

function measure(kind: keyof typeof patterns, text: string, at: number): readonly [TokenKind, number] {
  const length = lengthAt(patterns[kind], text, at);
  if (kind === 'number') return [/^\d+[fb]$/.test(text.slice(at, at + length)) ? 'localReference' : 'number', length];
  if (kind === 'lineComment' || kind === 'blockComment') return ['comment', length];
  return [kind, length];
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex - at : 0;
}

/** Arguments of a macro that a token has in it: `reg` in `\reg`. */
export function argumentsIn({
  text,
  start,
}: Token): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/\\([A-Za-z_$][\w$]*)/g)].map(({ index, 1: name = '' }) => ({
    name,
    start: start + index + 1,
    end: start + index + 1 + name.length,
  }));
}
