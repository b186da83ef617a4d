/** What of a line of C an editor may ask a debugger for. Positions count characters from 0. */

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Texts, characters and comments: nothing in them is a name. */
const unnamed = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\/\/.*|\/\*.*?(?:\*\/|$)|^\s*\*(?:\s.*|\/.*)?$/g;
const name = /[a-z_]\w*/gi;

/** The same line with blanks in their place. */
function withoutUnnamed(line: string): string {
  return line.replace(unnamed, (part) => ' '.repeat(part.length));
}

/** Names that stand for themselves: no members, no functions that are called. */
export function namesIn(line: string): { readonly name: string; readonly range: TextRange }[] {
  const text = withoutUnnamed(line);
  return [...text.matchAll(name)].flatMap((match) => {
    const [start, end] = [match.index, match.index + match[0].length];
    const isMember = /(?:\.|->)\s*$/.test(text.slice(0, start)) || /[\w$]$/.test(text.slice(0, start));
    const isCalled = /^\s*\(/.test(text.slice(end));
    return isMember || isCalled ? [] : [{ name: match[0], range: { start, end } }];
  });
}

/** The member, element or variable whose name is at a position, from what it is a part of on: `a->b[3].c` at `c`. */
export function expressionAt(line: string, position: number): TextRange | undefined {
  const text = withoutUnnamed(line);
  const match = [...text.matchAll(name)].find(
    ({ index, 0: word }) => index <= position && position < index + word.length,
  );
  if (!match || /\d$/.test(text.slice(0, match.index))) return undefined;
  const end = match.index + match[0].length;
  if (/^\s*\(/.test(text.slice(end))) return undefined;
  const start = startOf(text, match.index);
  return start === undefined ? undefined : { start, end };
}

/** Where what begins whose part the name at `start` is; undefined where that is none. */
function startOf(text: string, start: number): number | undefined {
  const [link] = /(?:\.|->)\s*$/.exec(text.slice(0, start)) ?? [];
  if (link === undefined) return start;
  let end = start - link.length;
  while (/[\])]\s*$/.test(text.slice(0, end))) {
    const opening = openingOf(text, text.slice(0, end).trimEnd().length - 1);
    if (opening === undefined) return undefined;
    const isInParentheses = text[opening] === '(';
    end = opening;
    // What is called has no value yet.
    if (isInParentheses) return /\w\s*$/.test(text.slice(0, end)) ? undefined : end;
  }
  const [word] = /[a-z_]\w*\s*$/i.exec(text.slice(0, end)) ?? [];
  return word === undefined ? undefined : startOf(text, end - word.length);
}

/** Of the bracket that is closed at `closing`. */
function openingOf(text: string, closing: number): number | undefined {
  let depth = 0;
  for (let at = closing; at >= 0; at--) {
    if (text[at] === ']' || text[at] === ')') depth++;
    if (text[at] === '[' || text[at] === '(') depth--;
    if (depth === 0) return at;
  }
  return undefined;
}

/**
 * The line on which the function begins that a line is in: the last one before that begins at the margin with a name that is
 * called, if no function has ended since.
 */
export function functionStart(lines: readonly string[], line: number): number {
  for (let at = line; at >= 0; at--) {
    const text = lines[at]!;
    if (at < line && text.startsWith('}')) return at + 1;
    if (/^[a-z_].*\(/i.test(text)) return at;
  }
  return 0;
}
