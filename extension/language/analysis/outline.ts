/** The text's parts: what an outline lists, and what can be folded. */
import type { AssemblyDocument } from './document';
import { blockEnd } from './statements';
import type { Definition } from './symbols';

export interface OutlineItem {
  readonly definition: Definition;
  readonly kind: 'function' | 'object' | 'label' | 'constant' | 'macro';
  /** The last line that belongs to it. */
  readonly lastLine: number;
}

/** In the order of the text. Labels go on until the next one; local ones, and those that an assembler keeps to itself, are parts. */
export function outlineOf(document: AssemblyDocument): readonly OutlineItem[] {
  const types = symbolTypes(document);
  const items = document.symbols.symbols
    .flatMap(({ definitions }) => definitions)
    .filter(({ name, kind }) => ['label', 'constant', 'macro', 'define'].includes(kind) && !name.startsWith('.L'))
    .sort((a, b) => a.line - b.line || a.start - b.start)
    .map((definition) => ({ definition, kind: kindOf(definition, types) }));
  const starts = items.filter(({ definition }) => definition.kind === 'label').map(({ definition }) => definition.line);
  const { statements, lines } = document.program;
  const ends = new Map<string, number>();
  for (const { head, operands, line } of statements) {
    if (head?.text === '.size' && operands[0]?.[0]) ends.set(operands[0][0].text, line);
  }
  const macroEnds = blocks(document);
  let next = 0;
  return items.map((item) => {
    const { line, name, kind, statement } = item.definition;
    while (starts[next] !== undefined && starts[next]! <= line) next++;
    const behind = (starts[next] ?? lines.length) - 1;
    const size = ends.get(name);
    let lastLine = statement.lastLine;
    if (kind === 'label') lastLine = size !== undefined && size > line ? size : Math.max(line, behind);
    if (kind === 'macro') lastLine = macroEnds.get(line) ?? lastLine;
    return { ...item, lastLine };
  });
}

function kindOf({ name, kind }: Definition, types: ReadonlyMap<string, string>): OutlineItem['kind'] {
  if (kind === 'macro') return 'macro';
  if (kind !== 'label') return 'constant';
  const type = types.get(name);
  return type === 'function' || type === 'object' ? type : 'label';
}

/** What `.type` says: `@function` without its mark. */
function symbolTypes({ program }: AssemblyDocument): ReadonlyMap<string, string> {
  return new Map(
    program.statements.flatMap(({ head, operands }): [string, string][] => {
      const [name, type] = [operands[0]?.[0]?.text, operands[1]?.at(-1)?.text];
      return head?.text === '.type' && name && type ? [[name, type.replace(/^[@%"]|"$/g, '')]] : [];
    }),
  );
}

export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly isComment: boolean;
}

export function foldsOf(document: AssemblyDocument): readonly Fold[] {
  const folds: Fold[] = [...blocks(document)].map(([first, last]) => ({ first, last: last - 1, isComment: false }));
  for (const { definition, lastLine, kind } of outlineOf(document)) {
    if (kind === 'constant' || kind === 'macro') continue;
    let last = lastLine;
    while (last > definition.line && document.lines[last]?.trim() === '') last--;
    folds.push({ first: definition.line, last, isComment: false });
  }
  folds.push(...commentFolds(document));
  return folds.filter(({ first, last }) => last > first);
}

/** First and last lines of macros, loops and conditions, the preprocessor's too. */
function blocks({ program }: AssemblyDocument): ReadonlyMap<number, number> {
  const open: { readonly end: string; readonly line: number }[] = [];
  const result = new Map<number, number>();
  const close = (end: string, line: number): void => {
    const at = open.map((block) => block.end).lastIndexOf(end);
    if (at < 0) return;
    result.set(open[at]!.line, line);
    open.length = at;
  };
  for (const { kind, head, line } of program.statements) {
    if (head === undefined) continue;
    const name = head.text.toLowerCase();
    const isPreprocessor = kind === 'preprocessor';
    const opened = isPreprocessor ? (/^if/.test(name) ? '#endif' : undefined) : blockEnd(name);
    if (opened !== undefined) open.push({ end: opened, line });
    else if (isPreprocessor ? name === 'endif' : ['.endm', '.endr', '.endif'].includes(name)) {
      close(isPreprocessor ? '#endif' : name, line);
    }
  }
  return result;
}

/** Lines of nothing but comment, three or more. */
function commentFolds({ program }: AssemblyDocument): Fold[] {
  const folds: Fold[] = [];
  let first: number | undefined;
  for (let line = 0; line <= program.lines.length; line++) {
    const tokens = program.lines[line]?.tokens ?? [];
    const isComment = tokens.length > 0 && tokens.every(({ kind }) => kind === 'comment');
    if (isComment) first ??= line;
    else if (first !== undefined) {
      if (line - first > 2) folds.push({ first, last: line - 1, isComment: true });
      first = undefined;
    }
  }
  return folds;
}
