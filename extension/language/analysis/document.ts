/** A text with all that is known of it. */
import { formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { isOfOtherExtension } from '../../../debug-adapter/emulator/isa/other-extensions';
import type { Names } from './operand-fit';
import { firstBehind, type Program, parse, type Statement, statementsOn } from './statements';
import { SymbolTable } from './symbols';
import type { Dialect, Token } from './tokens';

export class AssemblyDocument {
  readonly lines: readonly string[];
  readonly program: Program;
  readonly symbols: SymbolTable;

  /** @param before the same text before an edit */
  constructor(text: string, dialect: Dialect, before?: AssemblyDocument) {
    this.program = parse(text, dialect, before?.program);
    this.lines = this.program.texts;
    this.symbols = new SymbolTable(this.program);
  }

  /** What it includes is not looked into: any name may be a macro from there. */
  readonly includes = once(() =>
    this.program.statements.some(
      ({ kind, head }) =>
        (kind === 'preprocessor' && /^(include|include_next|import)$/.test(head!.text)) || head?.text === '.include',
    ),
  );

  /** Whether it says by itself which of its lines count, and what they mean. */
  readonly isSelfContained = once(
    () =>
      this.program.dialect !== 'listing' &&
      !this.includes() &&
      !this.program.statements.some(({ kind, head }) => kind === 'preprocessor' && /^if|^el/.test(head!.text)),
  );

  /** By what it says or by most of its instructions; another architecture's assembly has the same file names. */
  readonly isRiscv = once(() => {
    const { statements } = this.program;
    if (statements.some(({ head }) => head?.text === '.attribute' || head?.text === '.option')) return true;
    const instructions = statements.filter(({ kind, head }) => kind === 'instruction' && !this.isMystery(head!));
    const known = instructions.filter(({ head, operands }) => {
      const name = head!.text;
      const isForeign = operands.some((operand) =>
        operand.some(({ text, kind }) => kind === 'operator' && /[#$[\]{}]/.test(text)),
      );
      return !isForeign && (formsOf(name) !== undefined || isOfOtherExtension(name));
    });
    return known.length * 2 > instructions.length;
  });

  /** What operands go by. */
  readonly names: Names = {
    valueOf: (name) => this.symbols.valueOf(name),
    isLabel: (name) => this.symbols.find(name)?.definitions.every(({ kind }) => kind === 'label') ?? false,
  };

  token(line: number, character: number): Token | undefined {
    const tokens = this.program.lines[line]?.tokens ?? [];
    // Between two, the one that is a word.
    const touching = tokens.filter(({ start, end }) => start <= character && character <= end);
    return touching.find(({ kind }) => kind !== 'operator') ?? touching[0];
  }

  /** The statement in which a token stands. */
  statementOf(token: Token): Statement | undefined {
    return statementsOn(this.program, token.line).find(
      ({ labels, head, operands }) =>
        labels.includes(token) || head === token || operands.some((operand) => operand.includes(token)),
    );
  }

  /** Whether a line is a part of a statement that spans several. */
  isPartOfMore(line: number): boolean {
    return statementsOn(this.program, line).some((statement) => statement.line < statement.lastLine);
  }

  /** The macro in whose body a line is. */
  macroAt(line: number): string | undefined {
    const before = this.program.statements[firstBehind(this.program, line) - 1];
    if (before?.head?.text === '.macro') return before.operands[0]?.[0]?.text;
    return before?.head?.text === '.endm' ? undefined : before?.macro;
  }

  /** A name that the preprocessor or a macro may turn into anything. */
  isMystery({ kind, text }: Token): boolean {
    if (kind === 'argument') return true;
    if (kind !== 'name') return false;
    const definitions = this.symbols.find(text)?.definitions ?? [];
    if (definitions.some((definition) => definition.kind === 'define' || definition.kind === 'macro')) return true;
    // Names in capitals come from the command line as well.
    return this.program.dialect === 'preprocessed' && /^_*[A-Z][A-Z0-9_]*$/.test(text);
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
