/** What a program gives names to, and where they occur: labels, constants, macros and their parameters, `#define`s. */
import { registers } from '../../../debug-adapter/emulator/isa/registers';
import { evaluate } from './expressions';
import { macroParameters, type Program, type Statement, statementsOn } from './statements';
import { argumentsIn, type Token } from './tokens';

export type SymbolKind = 'label' | 'local label' | 'constant' | 'macro' | 'parameter' | 'define';

export interface Range {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface Definition extends Range {
  readonly name: string;
  readonly kind: SymbolKind;
  readonly statement: Statement;
  /** What a constant or a `#define` stands for; a macro's parameters. */
  readonly text: readonly Token[];
}

/** A name in one scope; local labels of the same number, and parameters of different macros, are different symbols. */
export interface NamedSymbol {
  readonly key: string;
  readonly name: string;
  /** None of what another file defines. */
  readonly definitions: readonly Definition[];
}

interface Occurrence {
  readonly key: string;
  readonly name: string;
  readonly range: Range;
}

/** Directives that give their first operand a value. */
const assignments: ReadonlySet<string> = new Set(['.equ', '.set', '.equiv', '.eqv']);
const commons: ReadonlySet<string> = new Set(['.comm', '.lcomm']);

/** Definitions are found at once, occurrences when they are asked for: most edits are followed by a look at one line. */
export class SymbolTable {
  readonly #symbols = new Map<string, { key: string; name: string; definitions: Definition[] }>();
  /** By number, local labels in the order of the text. */
  readonly #locals = new Map<string, Definition[]>();

  constructor(private readonly program: Program) {
    for (const statement of program.statements) this.#define(statement);
  }

  /** All that is defined here. */
  get symbols(): readonly NamedSymbol[] {
    return [...this.#symbols.values()];
  }

  find(name: string): NamedSymbol | undefined {
    return this.#symbols.get(name);
  }

  hasLocal(number: string): boolean {
    return this.#locals.has(number);
  }

  /** The symbol at a place in the text, with the range of its name. */
  at(line: number, character: number): { readonly symbol: NamedSymbol; readonly range: Range } | undefined {
    for (const statement of statementsOn(this.program, line)) {
      for (const { key, name, range } of this.#occurrencesIn(statement)) {
        if (range.line !== line || range.start > character || character > range.end) continue;
        return { symbol: this.#symbols.get(key) ?? { key, name, definitions: [] }, range };
      }
    }
    return undefined;
  }

  /** Definitions included, in the order of the text. */
  occurrencesOf({ key: wanted }: NamedSymbol): readonly Range[] {
    return this.program.statements
      .flatMap((statement) => this.#occurrencesIn(statement))
      .flatMap(({ key, range }) => (key === wanted ? [range] : []));
  }

  /** A constant's value where it has one only, and that is known here. */
  valueOf(name: string, depth = 0): bigint | undefined {
    const definitions = this.#symbols.get(name)?.definitions;
    const [definition] = definitions ?? [];
    if (definitions?.length !== 1 || definition === undefined || depth > 20) return undefined;
    if (definition.kind !== 'constant' && definition.kind !== 'define') return undefined;
    if (definition.statement.macro !== undefined) return undefined;
    return evaluate(definition.text, (inner) => this.valueOf(inner, depth + 1));
  }

  #define(statement: Statement): void {
    const { kind, head, labels, operands } = statement;
    for (const label of labels) this.#defineLabel(label, statement);
    if (head === undefined) return;
    const [first = []] = operands;
    if (kind === 'assignment') {
      if (head.text !== '.') this.#add('constant', head, statement, first);
    } else if (kind === 'preprocessor' && head.text === 'define') {
      const [name, ...text] = first;
      if (name?.kind === 'name') this.#add('define', name, statement, text);
    } else if (assignments.has(head.text)) {
      const [name] = first;
      if (name?.kind === 'name') this.#add('constant', name, statement, operands[1] ?? []);
    } else if (commons.has(head.text)) {
      const [name] = first;
      if (name?.kind === 'name') this.#add('label', name, statement, []);
    } else if (head.text === '.macro') this.#defineMacro(statement);
  }

  #defineLabel(label: Token, statement: Statement): void {
    if (label.kind !== 'number') {
      this.#add('label', label, statement, []);
      return;
    }
    const list = this.#locals.get(label.text) ?? [];
    this.#locals.set(label.text, list);
    list.push(this.#add('local label', label, statement, [], localKey(label.text, list.length)));
  }

  #defineMacro(statement: Statement): void {
    const [name, ...rest] = statement.operands.flat();
    if (name?.kind !== 'name') return;
    this.#add('macro', name, statement, rest);
    for (const parameter of macroParameters(statement)) {
      this.#add('parameter', parameter, statement, [], parameterKey(name.text, parameter.text));
    }
  }

  #add(kind: SymbolKind, token: Token, statement: Statement, text: readonly Token[], key = token.text): Definition {
    const { line, start, end } = token;
    const definition: Definition = { name: token.text, kind, statement, text, line, start, end };
    const symbol = this.#symbols.get(key);
    if (symbol) symbol.definitions.push(definition);
    else this.#symbols.set(key, { key, name: token.text, definitions: [definition] });
    return definition;
  }

  #occurrencesIn(statement: Statement): readonly Occurrence[] {
    const { kind, labels, head, operands, macro } = statement;
    const parameters = new Set(head?.text === '.macro' ? macroParameters(statement) : []);
    const macroName = operands[0]?.[0]?.text ?? '';
    const own = head !== undefined && kind !== 'preprocessor' ? [head] : [];
    return [
      ...labels.map((label) => this.#label(label)),
      ...[...own, ...operands.flat()].flatMap((token) =>
        parameters.has(token)
          ? [occurrence(parameterKey(macroName, token.text), token)]
          : this.#references(token, macro),
      ),
    ];
  }

  #label(label: Token): Occurrence {
    if (label.kind !== 'number') return occurrence(label.text, label);
    return occurrence(localKey(label.text, countBefore(this.#locals.get(label.text)!, label)), label);
  }

  #references(token: Token, macro: string | undefined): Occurrence[] {
    switch (token.kind) {
      case 'name':
        return registers.has(token.text) ? [] : [occurrence(token.text, token)];
      case 'localReference':
        return this.#localReference(token);
      case 'argument':
      case 'string':
        if (macro === undefined) return [];
        return argumentsIn(token).map(({ name, start, end }) => ({
          key: parameterKey(macro, name),
          name,
          range: { line: token.line, start, end },
        }));
      default:
        return [];
    }
  }

  #localReference({ text, line, start, end }: Token): Occurrence[] {
    const number = text.slice(0, -1);
    const list = this.#locals.get(number) ?? [];
    const after = countBefore(list, { line, start, end });
    const index = text.endsWith('f') ? after : after - 1;
    // Without the letter of its direction.
    return list[index] ? [{ key: localKey(number, index), name: number, range: { line, start, end: end - 1 } }] : [];
  }
}

function occurrence(key: string, { text, line, start, end }: Token): Occurrence {
  return { key, name: text, range: { line, start, end } };
}

function localKey(number: string, index: number): string {
  return `${number}:${index}`;
}

function parameterKey(macro: string, parameter: string): string {
  return `${macro}\\${parameter}`;
}

/** How many of the labels, which are in the order of the text, stand before a place. */
function countBefore(labels: readonly Range[], place: Range): number {
  let [low, high] = [0, labels.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byPlace(labels[middle]!, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byPlace(a: Range, b: Range): number {
  return a.line - b.line || a.start - b.start;
}
