/** What is said of a name that the text defines: where, as what, and what its author wrote above it. */
import type { AssemblyDocument } from './document';
import { numberText } from './expressions';
import type { Definition, NamedSymbol } from './symbols';

/** What is longer is shown in part. */
const linesMax = 12;

export function symbolHover(document: AssemblyDocument, symbol: NamedSymbol): string | undefined {
  const [first] = symbol.definitions;
  if (first === undefined) return undefined;
  const parts = [`**${symbol.name}**: ${first.kind}, ${placesOf(symbol)}`];
  const code = codeOf(document, first);
  if (code !== '') parts.push(`\`\`\`asm\n${code}\n\`\`\``);
  const value = document.symbols.valueOf(symbol.name);
  if (value !== undefined && (first.kind === 'constant' || first.kind === 'define')) parts.push(numberText(value));
  const comment = commentAbove(document, first.line);
  if (comment !== '') parts.push(comment);
  return parts.join('\n\n');
}

function placesOf({ definitions }: NamedSymbol): string {
  const lines = definitions.slice(0, 3).map(({ line }) => line + 1);
  const more = definitions.length > 3 ? ` and ${definitions.length - 3} more` : '';
  return `line${definitions.length > 1 ? 's' : ''} ${lines.join(', ')}${more}`;
}

/** The definition itself; of a macro, its first lines; of a label, what stands at it. */
function codeOf({ program, lines: text }: AssemblyDocument, { kind, line, statement }: Definition): string {
  const lineText = (at: number): string => text[at] ?? '';
  switch (kind) {
    case 'macro': {
      const lines: string[] = [];
      for (let at = line; at < program.lines.length && lines.length < linesMax; at++) {
        lines.push(lineText(at));
        if (/^\s*\.endm(acro)?\b/i.test(lineText(at))) return lines.join('\n');
      }
      return [...lines, '…'].join('\n');
    }
    case 'parameter':
      return lineText(line).trim();
    case 'label':
    case 'local label': {
      if (statement.head) return lineText(line).trim();
      let next = line + 1;
      while (next < text.length && !program.lines[next]!.tokens.some((each) => each.kind !== 'comment')) next++;
      return `${lineText(line).trim()}\n${lineText(next)}`.trimEnd();
    }
    default:
      return Array.from({ length: Math.min(statement.lastLine - line + 1, linesMax) }, (_, at) =>
        lineText(line + at),
      ).join('\n');
  }
}

/** The comment whose last line stands right above. */
function commentAbove({ program, lines: text }: AssemblyDocument, line: number): string {
  const lines: string[] = [];
  for (let at = line - 1; at >= 0 && lines.length < linesMax; at--) {
    const tokens = program.lines[at]?.tokens ?? [];
    if (tokens.length === 0 || tokens.some(({ kind }) => kind !== 'comment')) break;
    lines.unshift(
      text[at]!.replace(/^\s*(#+|\/\/|\/\*+|\*+(?!\/))?\s?/, '')
        .replace(/\*+\/\s*$/, '')
        .trimEnd(),
    );
  }
  return lines.filter((each, index) => each !== '' || (index > 0 && index < lines.length - 1)).join('\n');
}
