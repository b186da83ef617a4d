/** Constant expressions as GNU as has them: 64 bits that wrap, and precedences that are not C's. */
import type { Token } from './tokens';

/** What a symbol is worth, or undefined where that is not known. */
export type Lookup = (name: string) => bigint | undefined;

/** Low to high. */
const levels: readonly ReadonlySet<string>[] = [
  new Set(['&&', '||']),
  new Set(['+', '-', '==', '<>', '!=', '<', '>', '<=', '>=']),
  new Set(['|', '&', '^', '!']),
  new Set(['*', '/', '%', '<<', '>>']),
];
const depthMax = 100;

/** The value as a signed number; undefined for what is not constant, not known, or no expression. */
export function evaluate(tokens: readonly Token[], lookup: Lookup): bigint | undefined {
  const parser = new Parser(tokens, lookup);
  const value = parser.binary(0, 0);
  return parser.isAtEnd ? value : undefined;
}

class Parser {
  #at = 0;

  constructor(
    readonly tokens: readonly Token[],
    readonly lookup: Lookup,
  ) {}

  get isAtEnd(): boolean {
    return this.#at === this.tokens.length;
  }

  binary(level: number, depth: number): bigint | undefined {
    const operators = levels[level];
    if (operators === undefined) return this.#unary(depth);
    let left = this.binary(level + 1, depth);
    for (;;) {
      const operator = this.tokens[this.#at];
      if (operator?.kind !== 'operator' || !operators.has(operator.text)) return left;
      this.#at++;
      const right = this.binary(level + 1, depth);
      left = left === undefined || right === undefined ? undefined : apply(operator.text, left, right);
    }
  }

  #unary(depth: number): bigint | undefined {
    const token = this.tokens[this.#at];
    if (token === undefined || depth > depthMax) return undefined;
    this.#at++;
    switch (token.kind) {
      case 'number':
        return numberOf(token.text);
      case 'character':
        return characterOf(token.text);
      case 'name':
        return this.lookup(token.text);
      case 'operator':
        break;
      default:
        return undefined;
    }
    if (token.text === '(') {
      const value = this.binary(0, depth + 1);
      if (this.tokens[this.#at++]?.text !== ')') return undefined;
      return value;
    }
    const operand = this.#unary(depth + 1);
    if (operand === undefined) return undefined;
    if (token.text === '-') return wrap(-operand);
    if (token.text === '~') return ~operand;
    if (token.text === '!') return operand === 0n ? 1n : 0n;
    return token.text === '+' ? operand : undefined;
  }
}

/** GNU as answers comparisons with all ones. */
const truth = (value: boolean): bigint => (value ? -1n : 0n);

function apply(operator: string, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '*':
      return wrap(a * b);
    case '/':
      return b === 0n ? undefined : wrap(a / b);
    case '%':
      return b === 0n ? undefined : a % b;
    case '<<':
      return b < 0n || b > 63n ? undefined : wrap(a << b);
    case '>>':
      return b < 0n || b > 63n ? undefined : wrap(BigInt.asUintN(64, a) >> b);
    case '|':
      return a | b;
    case '&':
      return a & b;
    case '^':
      return a ^ b;
    case '!':
      return a | ~b;
    case '+':
      return wrap(a + b);
    case '-':
      return wrap(a - b);
    case '==':
      return truth(a === b);
    case '<>':
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '&&':
      return a !== 0n && b !== 0n ? 1n : 0n;
    default:
      return a !== 0n || b !== 0n ? 1n : 0n;
  }
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Octal after a zero, as in C. */
export function numberOf(text: string): bigint | undefined {
  const digits = text.replace(/[uUlL]+$/, '');
  if (/^0[0-7]+$/.test(digits)) return wrap(BigInt(`0o${digits.slice(1)}`));
  // No number has more digits than it could ever need.
  if (digits.length > 80 || !/^(0x[\da-f]+|0b[01]+|\d+)$/i.test(digits)) return undefined;
  return wrap(BigInt(digits.toLowerCase()));
}

/** A number in the bases that are read. */
export function numberText(value: bigint): string {
  const digits = BigInt.asUintN(64, value).toString(16);
  return `${value} = 0x${digits}`;
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12 };

function characterOf(text: string): bigint | undefined {
  const body = text.slice(1).replace(/(?!^)'$/, '');
  if (!body.startsWith('\\')) return body === '' ? undefined : BigInt(body.codePointAt(0)!);
  const letter = body.slice(1);
  return /^\d$/.test(letter) ? BigInt(letter) : BigInt(escapes[letter] ?? letter.codePointAt(0) ?? 92);
}
