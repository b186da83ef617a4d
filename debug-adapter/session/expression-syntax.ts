import numbers from '@jsep-plugin/numbers';
import jsep from 'jsep';
import { badExpression } from './errors';

/** An integer as it lies in memory. */
export interface IntegerType {
  readonly byteCount: 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
}

/** `(u32)x`, or `(u32*)x` when it points to one. */
export interface Cast {
  readonly type: 'Cast';
  readonly to: IntegerType;
  readonly isPointer: boolean;
  readonly argument: jsep.Expression;
}

/** `(struct page *)x`: to a type of the guest's source. */
export interface SourceCast {
  readonly type: 'SourceCast';
  readonly to: TypeName;
  readonly argument: jsep.Expression;
}

/** `sizeof(struct page)`; also of a name, which may be a variable's. */
export interface SizeOf {
  readonly type: 'SizeOf';
  readonly of: TypeName;
}

export interface TypeName {
  readonly name: string;
  readonly starCount: number;
}

export type SyntaxNode = jsep.CoreExpression | Cast | SourceCast | SizeOf;

export const defaultType: IntegerType = { byteCount: 8, isSigned: false };

const types = new Map<string, IntegerType>();
for (const byteCount of [1, 2, 4, 8] as const) {
  const bitCount = byteCount * 8;
  for (const name of [`u${bitCount}`, `uint${bitCount}_t`]) types.set(name, { byteCount, isSigned: false });
  for (const name of [`i${bitCount}`, `int${bitCount}_t`]) types.set(name, { byteCount, isSigned: true });
}

export function typeOf(name: string): IntegerType | undefined {
  return types.get(name);
}

/** Each stands before `=`: `+=`, `<<=`, … */
const assigning = ['', '+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'];

/** The operator that an assignment applies first: `+` of `+=`, the empty text of `=`; undefined for other operators. */
export function operatorOfAssignment(operator: string): string | undefined {
  return ['==', '!=', '<=', '>='].includes(operator) || !operator.endsWith('=') ? undefined : operator.slice(0, -1);
}

interface Parser {
  readonly expr: string;
  index: number;
  gobbleToken(): unknown;
  throwError(message: string): never;
}

/** Of what stands in parentheses: words, then stars. */
const typeInParentheses = /^\(\s*([a-z_]\w*(?:\s+[a-z_]\w*)*)((?:\s*\*)*)\s*\)/i;
/** Words that nothing but a type is called. */
const isType = /\s|^(?:void|_?[Bb]ool|char|short|int|long|signed|unsigned|float|double)$|_t$/;
/** What makes a cast of a name in parentheses that could be a variable's. */
const beginsOperand = /^\s*[\w("'$~!]/;

const casts: jsep.IPlugin = {
  name: 'casts',
  init: () =>
    jsep.hooks.add('gobble-token', function (this: unknown, environment: { node?: unknown }) {
      const parser = this as Parser;
      environment.node = sizeOf(parser) ?? cast(parser);
    }),
};

function sizeOf(parser: Parser): SizeOf | undefined {
  const rest = parser.expr.slice(parser.index);
  const [keyword] = /^sizeof\s*(?=\()/.exec(rest) ?? [];
  const [text, name, stars] = typeInParentheses.exec(rest.slice(keyword?.length)) ?? [];
  if (keyword === undefined || text === undefined) return undefined;
  parser.index += keyword.length + text.length;
  return { type: 'SizeOf', of: typeName(name!, stars!) };
}

function cast(parser: Parser): Cast | SourceCast | undefined {
  const rest = parser.expr.slice(parser.index);
  const [text, name = '', stars = ''] = typeInParentheses.exec(rest) ?? [];
  if (text === undefined) return undefined;
  const of = typeName(name, stars);
  const to = of.starCount < 2 ? typeOf(name) : undefined;
  const isCast = to || of.starCount > 0 || isType.test(name) || beginsOperand.test(rest.slice(text.length));
  if (!isCast) return undefined;
  parser.index += text.length;
  const argument = parser.gobbleToken() as jsep.Expression | false;
  if (!argument) parser.throwError('Expected a value after the cast');
  return to ? { type: 'Cast', to, isPointer: of.starCount > 0, argument } : { type: 'SourceCast', to: of, argument };
}

function typeName(name: string, stars: string): TypeName {
  return { name: name.replace(/\s+/g, ' '), starCount: stars.replace(/\s/g, '').length };
}

jsep.plugins.register(numbers, casts);
jsep.addUnaryOp('sizeof');
jsep.addUnaryOp('*');
jsep.addUnaryOp('&');
for (const operator of ['??', '===', '!==', '>>>', '**']) jsep.removeBinaryOp(operator);
for (const operator of assigning) jsep.addBinaryOp(`${operator}=`, 0.9, true);
jsep.removeLiteral('null');

/** It is read and evaluated recursively: so many characters cannot nest too deeply for that. */
const lengthMax = 1024;

/** @throws SessionError when the text is no expression. */
export function parse(text: string): SyntaxNode {
  if (text.trim() === '') throw badExpression(text, 'it is empty');
  if (text.length > lengthMax) throw badExpression(`${text.slice(0, 20)}…`, `it has more than ${lengthMax} characters`);
  try {
    // As in C, `->` leads to a member through a pointer; a pointer's members are its target's.
    return jsep(text.replace(/("[^"]*"|'[^']*')|->/g, (_, quoted) => quoted ?? '. ')) as SyntaxNode;
  } catch (error) {
    const { description, index } = error as { description?: string; index?: number };
    const place = index === undefined ? '' : ` at character ${index + 1}`;
    throw badExpression(text, `${(description ?? String(error)).replace(/^./, (c) => c.toLowerCase())}${place}`);
  }
}

export function assigns(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { type, operator } = node as { type?: string; operator?: string };
  if (type === 'BinaryExpression' && operatorOfAssignment(operator ?? '') !== undefined) return true;
  return Object.values(node).some(assigns);
}
