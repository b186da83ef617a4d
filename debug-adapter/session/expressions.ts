import numbers from '@jsep-plugin/numbers';
import jsep from 'jsep';
import type { Condition, Names } from '../debuggee/breakpoints';
import { badExpression, cannotEvaluate } from './errors';
import { binaryOperators, Complaint, type Operand, truthOf, unaryOperators } from './operators';

/**
 * The language of conditions, watches and the debug console:
 *
 *   page == 0x80400            names of the stop: page, address, thread, phase, time, …
 *   thread == "hart0"          texts in single or double quotes
 *   a0 + 8, $pc, mstatus       registers by their ABI names, with or without a dollar sign
 *   main, &&, ||, !, ? :       symbols of the guest are their addresses
 *   u32(sp + 16), *sp          memory: u8, u16, u32, u64, and * for u64; little-endian
 *   signed(a0)                 the 64 bits as a signed number
 *
 * Numbers are whole and exact, of any size; an address is cut to 64 bits.
 */
export interface Expression {
  readonly text: string;
  /** @throws SessionError that says what cannot be and why. */
  evaluate(scope: Scope): Operand;
}

export interface Scope {
  readonly names: Names;
  /** Bytes at a virtual address, fewer where memory ends. Absent where memory cannot be read. */
  readonly readMemory?: (address: bigint, byteCount: number) => Uint8Array;
}

type Evaluator = (scope: Scope) => Operand;

/** Bytes that each reading function reads. */
const readers: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8 };

/** For completions. */
export const functionNames: readonly string[] = [...Object.keys(readers), 'signed'];

jsep.plugins.register(numbers);
jsep.addUnaryOp('*');
for (const operator of ['??', '===', '!==', '>>>', '**']) jsep.removeBinaryOp(operator);
jsep.removeLiteral('null');

/** @throws SessionError when the text is no expression of this language. */
export function compileExpression(text: string): Expression {
  const run = build(parse(text), text);
  return {
    text,
    evaluate(scope) {
      try {
        return run(scope);
      } catch (error) {
        if (error instanceof Complaint) throw cannotEvaluate(text, error.message);
        throw error;
      }
    },
  };
}

/**
 * A condition runs in the midst of a run, where memory is not read; that it must not is known before it runs.
 * @throws SessionError when the text is no such expression.
 */
export function compileCondition(text: string): Condition {
  const expression = compileExpression(text);
  if (readsMemory(parse(text))) throw badExpression(text, 'the condition of a breakpoint cannot read memory');
  return (names) => truthOf(expression.evaluate({ names }));
}

function readsMemory(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { type, operator, callee } = node as { type?: string; operator?: string; callee?: { name?: string } };
  if (type === 'UnaryExpression' && operator === '*') return true;
  if (type === 'CallExpression' && Object.hasOwn(readers, callee?.name ?? '')) return true;
  return Object.values(node).some(readsMemory);
}

function parse(text: string): jsep.Expression {
  if (text.trim() === '') throw badExpression(text, 'it is empty');
  if (/(?<![=!<>])=(?!=)/.test(withoutStrings(text)))
    throw badExpression(text, 'use == to compare; nothing is assigned');
  try {
    return jsep(text);
  } catch (error) {
    const { description, index } = error as { description?: string; index?: number };
    const place = index === undefined ? '' : ` at character ${index + 1}`;
    throw badExpression(text, `${(description ?? String(error)).replace(/^./, (c) => c.toLowerCase())}${place}`);
  }
}

function withoutStrings(text: string): string {
  return text.replace(/"[^"]*"|'[^']*'/g, '');
}

function build(node: jsep.Expression, text: string): Evaluator {
  const expression = node as jsep.CoreExpression;
  const inner = (child: jsep.Expression) => build(child, text);
  switch (expression.type) {
    case 'Literal':
      return buildLiteral(expression, text);
    case 'Identifier':
      return buildName(expression.name);
    case 'UnaryExpression':
      return buildUnary(expression, inner);
    case 'BinaryExpression':
      return buildBinary(expression, inner);
    case 'ConditionalExpression': {
      const [test, yes, no] = [inner(expression.test), inner(expression.consequent), inner(expression.alternate)];
      return (scope) => (truthOf(test(scope)) ? yes(scope) : no(scope));
    }
    case 'CallExpression':
      return buildCall(expression, inner, text);
    case 'Compound':
    case 'SequenceExpression':
      throw badExpression(text, 'it is more than one expression');
    default:
      throw badExpression(text, 'it has parts that this language does not know (no members, arrays or assignments)');
  }
}

function buildLiteral({ value, raw }: jsep.Literal, text: string): Evaluator {
  if (typeof value === 'string' || typeof value === 'boolean') return () => value;
  const digits = raw.replaceAll('_', '');
  if (/^0\d/.test(digits)) throw badExpression(text, `${raw} begins with a zero; octal numbers begin with 0o`);
  if (!/^(\d+|0x[\da-f]+|0b[01]+|0o[0-7]+)$/i.test(digits)) throw badExpression(text, `${raw} is not a whole number`);
  const number = BigInt(digits);
  return () => number;
}

function buildName(given: string): Evaluator {
  const name = given.replace(/^\$/, '');
  return ({ names }) => {
    const value = names.lookup(name);
    if (value === undefined) throw new Complaint(explainUnknown(name));
    if (typeof value !== 'number') return value;
    if (!Number.isInteger(value)) throw new Complaint(`${name} is ${value}, not a whole number`);
    return BigInt(value);
  };
}

function explainUnknown(name: string): string {
  if (name === 'page' || name === 'address') return `\`${name}\` has a value only at a write fault`;
  if (/^(pagesSent|pagesLeft|faultsServed)$/.test(name)) return `\`${name}\` has a value once a snapshot has begun`;
  return `\`${name}\` is no register, no symbol of the guest and no name such as thread, phase, time or page`;
}

function buildUnary(
  { operator, argument }: jsep.UnaryExpression,
  inner: (node: jsep.Expression) => Evaluator,
): Evaluator {
  const operand = inner(argument);
  if (operator === '*') return (scope) => read(scope, operand(scope), 8);
  const apply = unaryOperators[operator]!;
  return (scope) => apply(operand(scope));
}

function buildBinary(
  { operator, left, right }: jsep.BinaryExpression,
  inner: (node: jsep.Expression) => Evaluator,
): Evaluator {
  const [a, b] = [inner(left), inner(right)];
  if (operator === '&&') return (scope) => truthOf(a(scope)) && truthOf(b(scope));
  if (operator === '||') return (scope) => truthOf(a(scope)) || truthOf(b(scope));
  const apply = binaryOperators[operator]!;
  return (scope) => apply(a(scope), b(scope));
}

function buildCall(
  { callee, arguments: given }: jsep.CallExpression,
  inner: (node: jsep.Expression) => Evaluator,
  text: string,
): Evaluator {
  const name = (callee as jsep.Identifier).name;
  if (!functionNames.includes(name)) {
    throw badExpression(text, `there is no function \`${name}\`; the functions are ${functionNames.join(', ')}`);
  }
  if (given.length !== 1) throw badExpression(text, `${name} takes one argument`);
  const argument = inner(given[0]!);
  const byteCount = readers[name];
  if (byteCount !== undefined) return (scope) => read(scope, argument(scope), byteCount);
  return (scope) => BigInt.asIntN(64, integer(argument(scope), name));
}

function read({ readMemory }: Scope, address: Operand, byteCount: number): bigint {
  if (!readMemory) throw new Complaint('memory cannot be read here');
  const at = BigInt.asUintN(64, integer(address, 'an address'));
  const bytes = readMemory(at, byteCount);
  if (bytes.length < byteCount) throw new Complaint(`memory at 0x${at.toString(16)} cannot be read`);
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function integer(value: Operand, what: string): bigint {
  if (typeof value === 'bigint') return value;
  throw new Complaint(`${what} needs a number, not ${JSON.stringify(value)}`);
}
