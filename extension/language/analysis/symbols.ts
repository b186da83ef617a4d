/** What a program gives names to, and where they occur: labels, constants, macros and their parameters, `#define`s. */
import { registers } from '../../../debug-adapter/emulator/isa/registers';
import { evaluate } from './expressions';
import { macroParameters, type Program, type Statement } from './statements';
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
  readonly name: string;
  readonly definitions: Definition[];
  /** Definitions included, in the order of the text. */
  readonly occurrences: Range[];
}

/** Directives that give their first operand a value, with the place of the value. */
const assignments: ReadonlySet<string> = new Set(['.equ', '.set', '.equiv', '.eqv']);
const commons: ReadonlySet<string> = new Set(['.comm', '.lcomm']);

export class SymbolTable {
  readonly #symbols = new Map<string, NamedSymbol>();
  /** By number, the lines and columns of local labels in the order of the text. */
  readonly #locals = new Map<string, Definition[]>();
  /** By line, by column of their first character. */
  readonly #occurrences = new Map<number, Map<number, { readonly range: Range; readonly symbol: NamedSymbol }>>();

  constructor(program: Program) {
    for (const statement of program.statements) this.#define(statement);
    for (const statement of program.statements) this.#refer(statement);
    for (const { occurrences } of this.#symbols.values()) occurrences.sort(byPlace);
  }

  /** All that is defined here. */
  get symbols(): readonly NamedSymbol[] {
    return [...this.#symbols.values()].filter(({ definitions }) => definitions.length > 0);
  }

  find(name: string): NamedSymbol | undefined {
    const symbol = this.#symbols.get(name);
    return symbol && symbol.definitions.length > 0 ? symbol : undefined;
  }

  hasLocal(number: string): boolean {
    return this.#locals.has(number);
  }

  /** The symbol at a place in the text, with the range of its name. */
  at(line: number, character: number): { readonly symbol: NamedSymbol; readonly range: Range } | undefined {
    const there = [...(this.#occurrences.get(line)?.values() ?? [])];
    return there.find(({ range }) => range.start <= character && character <= range.end);
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
    list.push(this.#add('local label', label, statement, [], `${label.text}:${list.length}`));
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
    const symbol = this.#occur(key, token.text, { line, start, end });
    symbol.definitions.push(definition);
    return definition;
  }

  #refer({ kind, head, operands, macro }: Statement): void {
    const refer = (token: Token): void => {
      if (token.kind === 'name') this.#occurIfElsewhere(token);
      else if (token.kind === 'localReference') this.#referLocal(token);
      else if (token.kind === 'argument' || token.kind === 'string') {
        for (const { name, start, end } of macro === undefined ? [] : argumentsIn(token)) {
          this.#occur(parameterKey(macro!, name), name, { line: token.line, start, end });
        }
      }
    };
    if (head !== undefined && kind !== 'preprocessor') refer(head);
    for (const token of operands.flat()) refer(token);
  }

  #occurIfElsewhere(token: Token): void {
    if (registers.has(token.text)) return;
    const { line, start, end } = token;
    if (this.#occurrences.get(line)?.has(start)) return;
    this.#occur(token.text, token.text, { line, start, end });
  }

  #referLocal(token: Token): void {
    const list = this.#locals.get(token.text.slice(0, -1)) ?? [];
    const after = countBefore(list, token);
    const index = token.text.endsWith('f') ? after : after - 1;
    const label = list[index];
    if (!label) return;
    // Without the letter of its direction.
    this.#occur(`${label.name}:${index}`, label.name, { line: token.line, start: token.start, end: token.end - 1 });
  }

  #occur(key: string, name: string, range: Range): NamedSymbol {
    let symbol = this.#symbols.get(key);
    if (!symbol) {
      symbol = { name, definitions: [], occurrences: [] };
      this.#symbols.set(key, symbol);
    }
    symbol.occurrences.push(range);
    const there = this.#occurrences.get(range.line) ?? new Map();
    there.set(range.start, { range, symbol });
    this.#occurrences.set(range.line, there);
    return symbol;
  }
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
