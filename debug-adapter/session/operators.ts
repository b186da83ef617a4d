import type { Composite } from '../debuggee/thread';

/** Operators of the expression language over exact whole numbers, floating-point numbers, strings and truth values. */
export type Operand = bigint | number | string | boolean | Composite;

/** What is wrong with an operation, before it is known in whose expression. */
export class Complaint extends Error {}

type Unary = (value: Operand) => Operand;
type Binary = (a: Operand, b: Operand) => Operand;

export const unaryOperators: Readonly<Record<string, Unary>> = {
  '-': (value) => -anyNumber(value, '-'),
  '+': (value) => anyNumber(value, '+'),
  '~': (value) => ~wholeNumber(value, '~'),
  '!': (value) => !truthOf(value),
};

export const binaryOperators: Readonly<Record<string, Binary>> = {
  '==': equals,
  '!=': (a, b) => !equals(a, b),
  '<': order((a, b) => a < b),
  '<=': order((a, b) => a <= b),
  '>': order((a, b) => a > b),
  '>=': order((a, b) => a >= b),
  '+': onNumbers(
    '+',
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  '-': onNumbers(
    '-',
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  '*': onNumbers(
    '*',
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  '/': onNumbers(
    '/',
    (a, b) => a / divisor(b),
    (a, b) => a / b,
  ),
  '%': onNumbers('%', (a, b) => a % divisor(b)),
  '&': onNumbers('&', (a, b) => a & b),
  '|': onNumbers('|', (a, b) => a | b),
  '^': onNumbers('^', (a, b) => a ^ b),
  '<<': onNumbers('<<', (a, b) => a << shiftCount(b)),
  '>>': onNumbers('>>', (a, b) => a >> shiftCount(b)),
};

export function truthOf(given: Operand): boolean {
  const value = numberOf(given);
  if (typeof value === 'string' || typeof value === 'object')
    throw new Complaint(`${inWords(value)} is not a condition`);
  return typeof value === 'boolean' ? value : isNumber(value) && value !== 0n && value !== 0;
}

/** Numbers are equal when their 64 bits are, so that `a0 == -1` means what it says. */
function equals(left: Operand, right: Operand): boolean {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (isNumber(a) && isNumber(b) && typeof a !== typeof b) return Number(a) === Number(b);
  if (typeof a !== typeof b || typeof a === 'object') throw mismatch(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint' && (a < 0n || b < 0n)) {
    return BigInt.asUintN(64, a) === BigInt.asUintN(64, b);
  }
  return a === b;
}

function order(compare: (a: Operand, b: Operand) => boolean): Binary {
  return (left, right) => {
    const [a, b] = [numberOf(left), numberOf(right)];
    const areComparable = typeof a === typeof b || (isNumber(a) && isNumber(b));
    if (!areComparable || typeof a === 'boolean' || typeof a === 'object') throw mismatch(a, b);
    return compare(a, b);
  };
}

/** @param real of two numbers of which one has no exact value; none where that has no meaning */
function onNumbers(
  name: string,
  whole: (a: bigint, b: bigint) => bigint,
  real?: (a: number, b: number) => number,
): Binary {
  return (left, right) => {
    if (!real) return whole(wholeNumber(left, name), wholeNumber(right, name));
    const [a, b] = [anyNumber(left, name), anyNumber(right, name)];
    return typeof a === 'bigint' && typeof b === 'bigint' ? whole(a, b) : real(Number(a), Number(b));
  };
}

function isNumber(value: Operand): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** A number of the guest's source, or a pointer, counts as that. */
export function numberOf(value: Operand): Operand {
  return typeof value === 'object' ? (value.number ?? value.real ?? value) : value;
}

function anyNumber(given: Operand, operator: string): bigint | number {
  const value = numberOf(given);
  if (isNumber(value)) return value;
  throw new Complaint(`${operator} needs numbers, not ${inWords(value)}`);
}

function wholeNumber(given: Operand, operator: string): bigint {
  const value = anyNumber(given, operator);
  if (typeof value === 'bigint') return value;
  throw new Complaint(`${operator} needs whole numbers, not ${inWords(value)}`);
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new Complaint('division by zero');
  return value;
}

function shiftCount(value: bigint): bigint {
  if (value < 0n || value > 63n) throw new Complaint(`shift count ${value} is not 0 to 63`);
  return value;
}

function mismatch(a: Operand, b: Operand): Complaint {
  return new Complaint(`${inWords(a)} and ${inWords(b)} cannot be compared`);
}

/** What a value is, in a sentence. */
export function inWords(value: Operand): string {
  switch (typeof value) {
    case 'bigint':
    case 'number':
      return `the number ${value}`;
    case 'string':
      return `the string ${JSON.stringify(value)}`;
    case 'boolean':
      return String(value);
    case 'object':
      return value.summary;
  }
}
