/** Tokens as statements: what an assembler, or the preprocessor before it, takes as one. */
import { type Dialect, initialState, type ScannedLine, type ScanState, scanLine, type Token } from './tokens';

export class Statement {
  readonly #first: Token;
  readonly #last: Token;
  /** The macro in whose body it stands. */
  readonly macro: string | undefined;
  /** Assembled as often as a macro is called or a loop turns. */
  readonly isRepeated: boolean;
  /** Assembled under a condition. */
  readonly isConditional: boolean;

  /**
   * @param labels without their colons
   * @param head the mnemonic, the directive with its dot or without its `#`, or the symbol that is assigned to
   * @param operands of a directive of the preprocessor: one, all that follows
   */
  constructor(
    readonly kind: 'instruction' | 'directive' | 'assignment' | 'preprocessor' | 'labels',
    readonly labels: readonly Token[],
    readonly head: Token | undefined,
    readonly operands: readonly Operand[],
    tokens: readonly Token[],
    { macro, isRepeated, isConditional }: Block,
  ) {
    this.#first = tokens[0]!;
    this.#last = tokens.at(-1)!;
    this.macro = macro;
    this.isRepeated = isRepeated;
    this.isConditional = isConditional;
  }

  get line(): number {
    return this.#first.line;
  }

  get lastLine(): number {
    return this.#last.line;
  }
}

/** The tokens between two commas; none where nothing is given. */
export type Operand = readonly Token[];

export interface Program {
  readonly dialect: Dialect;
  readonly texts: readonly string[];
  readonly lines: readonly ScannedLine[];
  readonly statements: readonly Statement[];
  readonly units: readonly Unit[];
}

/** The statements of a line that has whole ones only, and neither begins nor ends a block; of others, undefined. */
type Unit = readonly Statement[] | undefined;

/** @param before the same text before an edit, which is used up: what it was taken for is taken over */
export function parse(text: string, dialect: Dialect, before?: Program): Program {
  const texts = text.split(/\r\n|\n|\r/);
  const known = knownLines(texts, before);
  const lines: ScannedLine[] = [];
  const units: Unit[] = [];
  const statements: Statement[] = [];
  const scope = new Scope();
  let state = initialState;
  let pending: Token[] = [];
  texts.forEach((lineText, line) => {
    const index = known(line);
    const scanned =
      scanAgain(index === undefined ? undefined : before!.lines[index], line, state) ??
      scanLine(lineText, line, dialect, state);
    lines.push(scanned);
    state = scanned.ends;
    const unit =
      pending.length === 0 && index !== undefined && before!.lines[index] === scanned
        ? before!.units[index]
        : undefined;
    if (unit?.every((statement) => scope.has(statement))) {
      units.push(unit);
      for (const statement of unit) statements.push(statement);
      return;
    }
    units.push(undefined);
    const isAlone = pending.length === 0;
    for (const token of scanned.tokens) if (token.kind !== 'comment') pending.push(token);
    if (scanned.continues || state.inPreprocessor) return;
    if (dialect === 'preprocessed' && !scanned.isPreprocessor && isOpenCall(pending)) return;
    const { inner } = scope;
    const first = statements.length;
    if (scanned.isPreprocessor) addPreprocessor(pending, scope, statements);
    else for (const tokens of split(pending, ';', dialect === 'preprocessed')) addStatement(tokens, scope, statements);
    if (isAlone && scope.inner === inner) units[line] = statements.slice(first);
    pending = [];
  });
  addStatement(pending, scope, statements);
  return { dialect, texts, lines, statements, units };
}

/** Where a line stood before an edit: those above it where they stand, those below it as far from the end. */
function knownLines(texts: readonly string[], before: Program | undefined): (line: number) => number | undefined {
  if (!before) return () => undefined;
  const { texts: old } = before;
  const most = Math.min(texts.length, old.length);
  let above = 0;
  while (above < most && texts[above] === old[above]) above++;
  let below = 0;
  while (below < most - above && texts.at(-1 - below) === old.at(-1 - below)) below++;
  return (line) => {
    if (line < above) return line;
    return line >= texts.length - below ? line - texts.length + old.length : undefined;
  };
}

/** A line as it was scanned before, if it begins in the same state. */
function scanAgain(known: ScannedLine | undefined, line: number, state: ScanState): ScannedLine | undefined {
  if (known?.begins.inComment !== state.inComment || known.begins.inPreprocessor !== state.inPreprocessor)
    return undefined;
  known.place.line = line;
  return known;
}

/** Those that a line has a part of. */
export function statementsOn(program: Program, line: number): readonly Statement[] {
  const end = firstBehind(program, line);
  let first = end;
  while (first > 0 && program.statements[first - 1]!.lastLine >= line) first--;
  return program.statements.slice(first, end);
}

/** The index of the first statement that begins behind a line. */
export function firstBehind({ statements }: Program, line: number): number {
  let [low, high] = [0, statements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (statements[middle]!.line <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Arguments of the preprocessor's function-like macros go on for lines, and may hold whole statements. */
function isOpenCall(tokens: readonly Token[]): boolean {
  const at = tokens.findIndex(({ text }, index) => text !== ':' && tokens[index + 1]?.text !== ':');
  const [head, open] = tokens.slice(at, at + 2);
  if (head?.kind !== 'name' || open?.text !== '(' || open.start !== head.end || open.line !== head.line) return false;
  if (tokens.at(-1)!.line - head.line > callLinesMax) return false;
  return tokens.reduce((depth, { text }) => depth + (text === '(' ? 1 : text === ')' ? -1 : 0), 0) > 0;
}
/** What is longer has a parenthesis that somebody has not closed yet. */
const callLinesMax = 50;

const openers = { '.macro': '.endm', '.rept': '.endr', '.irp': '.endr', '.irpc': '.endr', '.if': '.endif' } as const;
const closers: Readonly<Record<string, string>> = {
  '.endm': '.endm',
  '.endmacro': '.endm',
  '.endr': '.endr',
  '.endif': '.endif',
};

interface Block {
  readonly end: string;
  readonly macro: string | undefined;
  readonly isRepeated: boolean;
  readonly isConditional: boolean;
}

const outside: Block = { end: '', macro: undefined, isRepeated: false, isConditional: false };

/** The blocks that a statement stands in. */
class Scope {
  readonly #open: Block[] = [];

  get inner(): Block {
    return this.#open.at(-1) ?? outside;
  }

  /** @param macro the name behind `.macro` */
  open(end: string, macro: string | undefined): void {
    const { inner } = this;
    const isCondition = end === '.endif' || end === '#endif';
    this.#open.push({
      end,
      macro: macro ?? inner.macro,
      isRepeated: inner.isRepeated || !isCondition,
      isConditional: inner.isConditional || isCondition,
    });
  }

  /** Whether a statement that stood in such a scope would stand in the same here. */
  has({ macro, isRepeated, isConditional }: Statement): boolean {
    const { inner } = this;
    return macro === inner.macro && isRepeated === inner.isRepeated && isConditional === inner.isConditional;
  }

  close(end: string): void {
    let at = this.#open.length - 1;
    while (at >= 0 && this.#open[at]!.end !== end) at--;
    if (at >= 0) this.#open.length = at;
  }
}

/** What ends the block that a directive begins; undefined where it begins none. */
export function blockEnd(directive: string): string | undefined {
  const name = directive.startsWith('.if') ? '.if' : directive;
  return openers[name as keyof typeof openers];
}

function addPreprocessor(tokens: readonly Token[], scope: Scope, statements: Statement[]): void {
  const [, head, ...rest] = tokens;
  if (head === undefined) return;
  if (head.text === 'endif') scope.close('#endif');
  statements.push(new Statement('preprocessor', [], head, [rest], tokens, scope.inner));
  if (/^if/.test(head.text)) scope.open('#endif', undefined);
}

function addStatement(tokens: readonly Token[], scope: Scope, statements: Statement[]): void {
  if (tokens.length === 0) return;
  const labels: Token[] = [];
  let at = 0;
  while (isLabel(tokens[at]) && tokens[at + 1]?.text === ':') {
    labels.push(tokens[at]!);
    at += 2;
  }
  const head = tokens[at];
  const rest = tokens.slice(at + 1);
  if (head === undefined) {
    statements.push(new Statement('labels', labels, undefined, [], tokens, scope.inner));
    return;
  }
  const end = closers[head.text.toLowerCase()];
  if (end !== undefined) scope.close(end);
  const kind = kindOf(head, rest[0]);
  const operands = kind === 'assignment' ? [rest.slice(rest[1]?.text === '=' ? 2 : 1)] : operandsOf(rest);
  statements.push(new Statement(kind, labels, head, operands, tokens, scope.inner));
  const opened = blockEnd(head.text.toLowerCase());
  if (opened !== undefined) scope.open(opened, opened === '.endm' ? (rest[0]?.text ?? '') : undefined);
}

function isLabel(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return token.kind === 'name' || token.kind === 'argument' || (token.kind === 'number' && /^\d+$/.test(token.text));
}

function kindOf(head: Token, next: Token | undefined): Statement['kind'] {
  if (next?.text === '=' || next?.text === '==') return 'assignment';
  return head.text.startsWith('.') ? 'directive' : 'instruction';
}

function operandsOf(tokens: readonly Token[]): Operand[] {
  return tokens.length === 0 ? [] : split(tokens, ',', true);
}

function split(tokens: readonly Token[], separator: ',' | ';', outsideParentheses: boolean): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'operator') {
      if (token.text === '(') depth++;
      else if (token.text === ')') depth--;
      else if (token.text === separator && (depth <= 0 || !outsideParentheses)) {
        parts.push([]);
        continue;
      }
    }
    parts.at(-1)!.push(token);
  }
  return parts;
}

/** The names of a macro's parameters, as they stand behind its own. */
export function macroParameters({ operands }: Statement): readonly Token[] {
  const rest = operands.flatMap((operand, index): Operand => (index === 0 ? operand.slice(1) : operand));
  return rest.filter((token, index) => {
    const before = rest[index - 1];
    return token.kind === 'name' && before?.text !== ':' && before?.text !== '=';
  });
}
