import type jsep from 'jsep';
import type { Condition, Names } from '../debuggee/breakpoints';
import type { Composite, SourceType, SourceValue, Value } from '../debuggee/thread';
import { badExpression, cannotEvaluate } from './errors';
import {
  assigns,
  type Cast,
  defaultType,
  type IntegerType,
  operatorOfAssignment,
  parse,
  type SizeOf,
  type SourceCast,
  type SyntaxNode,
  type TypeName,
  typeOf,
} from './expression-syntax';
import { compileLogMessage } from './log-messages';
import { binaryOperators, Complaint, inWords, numberOf, type Operand, truthOf, unaryOperators } from './operators';

/**
 * The language of conditions, watches and the debug console, as in C:
 *
 *   page == 0x80400            names of the stop: page, address, thread, phase, time, …
 *   thread == "hart 0"          texts in single or double quotes
 *   a0 + 8, $pc, mstatus       registers by their ABI names, with or without a dollar sign
 *   main, &&, ||, !, ? :       symbols of the guest are their addresses
 *   *sp, *(u32 *)(sp + 16)     memory, little-endian: 8 bytes, or as many as the cast says; u32(sp + 16) is the same
 *   ((i16 *)a0)[3], &*a0       elements, and where they are
 *   (i32)a0, signed(a0)        casts to u8, i8, … i64 (uint8_t, …); the 64 bits as a signed number
 *   (struct page *)a0, sizeof(struct page), RUNNING  types and enumerators of the guest's source
 *   a0 = 5, *sp += 1           assignments, where they are allowed
 *   page > 7 && log("{page}")  in the condition of a breakpoint: logs, and does not stop
 *   state.isActive             parts of what a frame of a VMM thread knows
 *   task->pid, words[3], *list  variables of a frame of the guest, by the types of its source; &list[1], list + 1
 *
 * Whole numbers are exact, of any size; an address is cut to 64 bits.
 */
export interface Expression {
  readonly text: string;
  /** @throws SessionError that says what cannot be and why. */
  evaluate(scope: Scope): Operand;
  /** Stores a number where its value is kept. @throws SessionError when it is a mere value, or the number does not fit. */
  assign(value: Operand, scope: Scope): void;
  /** What it names of the guest's source; undefined where it names none of that. */
  source(scope: Scope): SourceValue | undefined;
  /** The memory that it names; of a mere value, 8 bytes at that address. @throws SessionError */
  locate(scope: Scope): { readonly address: bigint; readonly byteCount: number };
}

export interface Scope {
  readonly names: Names;
  /** Absent where nothing is assigned. */
  readonly store?: Store;
  /** Absent where nothing is logged. */
  readonly log?: (text: string) => void;
}

type Place =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'memory'; readonly address: bigint; readonly type: IntegerType };

export interface Store {
  register(name: string, value: bigint): void;
  memory(address: bigint, bytes: Uint8Array): void;
  /** Of the guest's source. */
  value(of: SourceValue, value: Operand): void;
}

type Evaluator<T = Operand> = (scope: Scope) => T;

interface Node {
  readonly evaluate: Evaluator;
  /** Of what can stand to the left of `=` or behind `&`. */
  readonly place?: Evaluator<Place>;
  /** Of what may be a value of the guest's source: undefined where it is not. */
  readonly source?: Evaluator<SourceValue | undefined>;
  /** What the number points to, where a cast says so: it counts in that. */
  readonly pointsTo?: IntegerType;
}

/** For completions. */
export const functionNames: readonly string[] = [
  ...['u8', 'u16', 'u32', 'u64', 'i8', 'i16', 'i32', 'i64', 'signed'],
  'log',
];

/** @throws SessionError when the text is no expression of this language. */
export function compileExpression(text: string): Expression {
  const node = build(parse(text), text);
  return {
    text,
    evaluate: (scope) => complaining(text, () => node.evaluate(scope)),
    source: (scope) => complaining(text, () => node.source?.(scope)),
    locate: (scope) => complaining(text, () => locate(node, scope)),
    assign: (value, scope) => complaining(text, () => storeIn(node, value, scope)),
  };
}

/** What it says as an address: a number, a pointer, or where a variable is. */
export function addressIn(expression: Expression, scope: Scope): bigint | undefined {
  const value = expression.evaluate(scope);
  const number = numberOf(value);
  const source = typeof value === 'object' ? value.source : undefined;
  return typeof number === 'bigint' && !source?.isNumber ? number : source?.address;
}

/** Tells what cannot be evaluated in whose expression. */
function complaining<T>(text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Complaint) throw cannotEvaluate(text, error.message);
    throw error;
  }
}

/**
 * @param log takes what its `log("…")` says
 * @throws SessionError when the text is no expression, or assigns something: a condition changes nothing.
 */
export function compileCondition(text: string, log: (text: string) => void): Condition {
  const expression = compileExpression(text);
  if (assigns(parse(text))) throw badExpression(text, 'use == to compare; a condition assigns nothing');
  return (names) => truthOf(expression.evaluate({ names, log }));
}

function locate({ evaluate, place, source, pointsTo = defaultType }: Node, scope: Scope) {
  const known = source?.(scope);
  if (known?.address !== undefined) return { address: known.address, byteCount: known.byteCount };
  const at = place?.(scope);
  if (at?.kind === 'memory') return { address: at.address, byteCount: at.type.byteCount };
  const address = BigInt.asUintN(64, integer(evaluate(scope), 'an address'));
  return { address, byteCount: pointsTo.byteCount };
}

/** Stores a value where a node says. @throws Complaint when it does not fit. */
function storeIn(target: Node, value: Operand, scope: Scope): void {
  const { store } = scope;
  if (!store) throw new Complaint('assignments are for the debug console; to compare, use ==');
  const source = target.source?.(scope);
  if (source) store.value(source, value);
  else storeAt(placeOf(target)(scope), value, store);
}

function storeAt(place: Place, value: Operand, store: Store): void {
  const number = integer(value, 'an assignment');
  if (place.kind === 'register') {
    checkFits(number, defaultType);
    store.register(place.name, BigInt.asUintN(64, number));
  } else {
    checkFits(number, place.type);
    store.memory(place.address, bytesOf(number, place.type.byteCount));
  }
}

function checkFits(value: bigint, { byteCount }: IntegerType): void {
  const bits = BigInt(byteCount * 8);
  if (value < -(1n << (bits - 1n)) || value >= 1n << bits)
    throw new Complaint(`${value} does not fit into ${bits} bits`);
}

function bytesOf(value: bigint, byteCount: number): Uint8Array {
  return Uint8Array.from({ length: byteCount }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}

function build(node: SyntaxNode, text: string): Node {
  const inner = (child: jsep.Expression) => build(child as SyntaxNode, text);
  switch (node.type) {
    case 'Literal':
      return { evaluate: literal(node, text) };
    case 'Identifier':
      return name(node.name);
    case 'UnaryExpression':
      return unary(node, inner);
    case 'BinaryExpression':
      return binary(node, inner);
    case 'ConditionalExpression': {
      const [test, yes, no] = [node.test, node.consequent, node.alternate].map((child) => inner(child).evaluate);
      return { evaluate: (scope) => (truthOf(test!(scope)) ? yes!(scope) : no!(scope)) };
    }
    case 'CallExpression':
      return call(node, inner, text);
    case 'MemberExpression':
      return node.computed ? element(inner(node.object), inner(node.property), text) : member(node, inner);
    case 'Cast':
      return castTo(node, inner(node.argument));
    case 'SourceCast':
      return sourceCast(node, inner(node.argument));
    case 'SizeOf':
      return { evaluate: sizeOf(node) };
    case 'Compound':
    case 'SequenceExpression':
      throw badExpression(text, 'it is more than one expression');
    default:
      throw badExpression(text, 'it has unknown syntax');
  }
}

function literal({ value, raw }: jsep.Literal, text: string): Evaluator {
  if (typeof value === 'string' || typeof value === 'boolean') return () => value;
  const digits = raw.replaceAll('_', '');
  if (/^(\d+\.\d*|\.\d+|\d+(?=e))(e[+-]?\d+)?$/i.test(digits)) {
    const real = Number(digits);
    return () => real;
  }
  if (/^0\d/.test(digits)) throw badExpression(text, `${raw} begins with a zero; octal numbers begin with 0o`);
  if (!/^(\d+|0x[\da-f]+|0b[01]+|0o[0-7]+)$/i.test(digits)) throw badExpression(text, `${raw} is not a whole number`);
  const number = BigInt(digits);
  return () => number;
}

function name(given: string): Node {
  const known = given.replace(/^\$/, '');
  return {
    evaluate({ names }) {
      const value = names.lookup(known);
      if (value === undefined) throw new Complaint(explainUnknown(known));
      return operand(value, known);
    },
    place: () => ({ kind: 'register', name: known }),
    source: ({ names }) => sourceOf(names.lookup(known)),
  };
}

function sourceOf(value: Value | Composite | undefined): SourceValue | undefined {
  return typeof value === 'object' ? value.source : undefined;
}

/** What a VMM counts, it counts in whole numbers. */
function operand(value: Value | Composite, what: string): Operand {
  if (typeof value !== 'number') return value;
  if (!Number.isInteger(value)) throw new Complaint(`${what} is ${value}, not a whole number`);
  return BigInt(value);
}

function explainUnknown(name: string): string {
  if (name === 'page' || name === 'address') return `\`${name}\` has a value only at a write fault`;
  if (/^(pagesSent|pagesLeft|faultsServed)$/.test(name)) return `\`${name}\` has a value once a snapshot has begun`;
  return `\`${name}\` is not a register, a symbol of the guest, or a name such as thread, phase, time or page`;
}

function unary({ operator, argument }: jsep.UnaryExpression, inner: (node: jsep.Expression) => Node): Node {
  const of = inner(argument);
  if (operator === 'sizeof') return { evaluate: (scope) => byteCountOf(of, scope) };
  if (operator === '*') return pointedTo(of, of.pointsTo ?? defaultType);
  if (operator === '&') return { evaluate: addressOf(argument, of) };
  const apply = unaryOperators[operator]!;
  return { evaluate: (scope) => apply(of.evaluate(scope)) };
}

/** Of a pointer of the guest's source, what that says. */
function pointedTo({ evaluate }: Node, type: IntegerType): Node {
  const plain = memory(evaluate, type);
  const target = (scope: Scope) => elementOf(evaluate(scope), 0n);
  return {
    ...plain,
    evaluate(scope) {
      const found = target(scope);
      return found === undefined ? plain.evaluate(scope) : operand(found, '*');
    },
    source: (scope) => sourceOf(target(scope)),
  };
}

function elementOf(value: Operand, index: bigint): Value | Composite | undefined {
  return typeof value === 'object' ? value.element?.(index) : undefined;
}

/** Of a symbol: its value is where it lies. Of memory: where that is. */
function addressOf(argument: jsep.Expression, of: Node): Evaluator {
  return (scope) => {
    const pointer = of.source?.(scope)?.pointer();
    if (pointer) return pointer;
    const place = argument.type === 'Identifier' ? undefined : of.place?.(scope);
    if (place?.kind === 'memory') return place.address;
    const symbol = argument.type === 'Identifier' ? String(argument.name) : '';
    const address = scope.names.symbolAddress(symbol);
    if (address === undefined) throw new Complaint('& is for symbols and memory; this has no address');
    return address;
  };
}

function memory(address: Evaluator, type: IntegerType): Node {
  const at = (scope: Scope) => BigInt.asUintN(64, integer(address(scope), 'an address'));
  return {
    evaluate: (scope) => read(scope, at(scope), type),
    place: (scope) => ({ kind: 'memory', address: at(scope), type }),
  };
}

function binary({ operator, left, right }: jsep.BinaryExpression, inner: (node: jsep.Expression) => Node): Node {
  const [a, b] = [inner(left), inner(right)];
  const assigned = operatorOfAssignment(operator);
  if (assigned !== undefined) return assignment(a, assigned, b);
  if (operator === '&&') return { evaluate: (scope) => truthOf(a.evaluate(scope)) && truthOf(b.evaluate(scope)) };
  if (operator === '||') return { evaluate: (scope) => truthOf(a.evaluate(scope)) || truthOf(b.evaluate(scope)) };
  const apply = binaryOperators[operator]!;
  const moves = /^[+-]$/.test(operator);
  const pointsTo = moves ? a.pointsTo : undefined;
  if (!pointsTo || b.pointsTo) {
    return {
      evaluate(scope) {
        const [left, right] = [a.evaluate(scope), b.evaluate(scope)];
        return (moves ? movedPointer(left, operator, right) : undefined) ?? apply(left, right);
      },
    };
  }
  return {
    evaluate: (scope) => apply(a.evaluate(scope), scaled(b.evaluate(scope), pointsTo)),
    pointsTo,
  };
}

/** As C counts, in what it points to; an array is a pointer to its first element. */
function movedPointer(pointer: Operand, operator: string, by: Operand): Operand | undefined {
  const count = numberOf(by);
  if (typeof count !== 'bigint' || (typeof by === 'object' && by.element?.(0n) !== undefined)) return undefined;
  return sourceOf(elementOf(pointer, operator === '+' ? count : -count))?.pointer();
}

function scaled(index: Operand, { byteCount }: IntegerType): bigint {
  return integer(index, 'an index') * BigInt(byteCount);
}

function assignment(target: Node, operator: string, from: Node): Node {
  const apply = binaryOperators[operator];
  return {
    ...target,
    evaluate(scope) {
      const value = from.evaluate(scope);
      storeIn(target, apply ? apply(target.evaluate(scope), value) : value, scope);
      return target.evaluate(scope);
    },
  };
}

function placeOf({ place }: Node): Evaluator<Place> {
  return (
    place ??
    (() => {
      throw new Complaint('only a register, a variable or memory can be assigned to');
    })
  );
}

function castTo({ to, isPointer }: Cast, { evaluate }: Node): Node {
  if (isPointer) return { evaluate: (scope) => BigInt.asUintN(64, integer(evaluate(scope), 'a cast')), pointsTo: to };
  return { evaluate: (scope) => asType(integer(evaluate(scope), 'a cast'), to) };
}

/** To a type of the guest's source. */
function sourceCast({ to }: SourceCast, { evaluate }: Node): Node {
  const cast: Evaluator<Composite> = (scope) => {
    const value = evaluate(scope);
    // An array is a pointer to its first element.
    const isPlain = typeof value !== 'object' || value.number !== undefined || value.real !== undefined;
    const address = isPlain ? undefined : value.source?.address;
    return typeNamed(to, scope).cast(to.starCount > 0 && address !== undefined ? address : value);
  };
  return { evaluate: cast };
}

function typeNamed({ name, starCount }: TypeName, { names }: Scope): SourceType {
  const type = names.type?.(name);
  if (!type) throw new Complaint(`\`${name}\` is no type that the debug information knows`);
  return Array.from({ length: starCount }).reduce((to: SourceType) => to.pointer(), type);
}

function sizeOf({ of }: SizeOf): Evaluator {
  return (scope) => {
    const { name, starCount } = of;
    const variable = starCount === 0 && /^\w+$/.test(name) ? sourceOf(scope.names.lookup(name)) : undefined;
    const byteCount = variable?.byteCount ?? (starCount === 0 ? typeOf(name)?.byteCount : 8);
    return BigInt(byteCount ?? typeNamed(of, scope).byteCount);
  };
}

function byteCountOf({ evaluate, source, place }: Node, scope: Scope): bigint {
  const byteCount = source?.(scope)?.byteCount;
  if (byteCount !== undefined) return BigInt(byteCount);
  const at = place?.(scope);
  const value = evaluate(scope);
  const known = typeof value === 'object' ? value.source?.byteCount : undefined;
  return BigInt(known ?? (at?.kind === 'memory' ? at.type.byteCount : defaultType.byteCount));
}

function asType(value: bigint, { byteCount, isSigned }: IntegerType): bigint {
  return isSigned ? BigInt.asIntN(byteCount * 8, value) : BigInt.asUintN(byteCount * 8, value);
}

function element(base: Node, index: Node, text: string): Node {
  const { pointsTo } = base;
  if (!pointsTo) {
    const part: Evaluator<Value | Composite> = (scope) => {
      const found = elementOf(base.evaluate(scope), integer(index.evaluate(scope), 'an index'));
      if (found === undefined) throw new Complaint('an index needs an array or a pointer, such as ((u32 *)a0)[1]');
      return found;
    };
    return { evaluate: (scope) => operand(part(scope), text), source: (scope) => sourceOf(part(scope)) };
  }
  const address: Evaluator = (scope) =>
    integer(base.evaluate(scope), 'an address') + scaled(index.evaluate(scope), pointsTo);
  return memory(address, pointsTo);
}

function member({ object, property }: jsep.MemberExpression, inner: (node: jsep.Expression) => Node): Node {
  const whole = inner(object);
  const part = String((property as jsep.Identifier).name);
  const found: Evaluator<Value | Composite> = (scope) => {
    const value = whole.evaluate(scope);
    if (typeof value !== 'object') throw new Complaint(`${inWords(value)} has no parts`);
    const member = value.member(part);
    if (member === undefined) throw new Complaint(`${value.summary} has no \`${part}\``);
    return member;
  };
  return { evaluate: (scope) => operand(found(scope), part), source: (scope) => sourceOf(found(scope)) };
}

function call(
  { callee, arguments: given }: jsep.CallExpression,
  inner: (node: jsep.Expression) => Node,
  text: string,
): Node {
  const name = String((callee as jsep.Identifier).name);
  if (!functionNames.includes(name)) {
    throw badExpression(text, `unknown function \`${name}\`; the functions are ${functionNames.join(', ')}`);
  }
  if (given.length !== 1) throw badExpression(text, `${name} takes one argument`);
  if (name === 'log') return { evaluate: logging(given[0]!, text) };
  const { evaluate } = inner(given[0]!);
  const type = typeOf(name);
  if (type) return memory(evaluate, type);
  return { evaluate: (scope) => BigInt.asIntN(64, integer(evaluate(scope), name)) };
}

function logging(argument: jsep.Expression, text: string): Evaluator {
  if (argument.type !== 'Literal' || typeof argument.value !== 'string') {
    throw badExpression(text, 'log takes a string, such as log("page {page}")');
  }
  const message = compileLogMessage(argument.value, compileExpression);
  return (scope) => {
    if (!scope.log) throw new Complaint('log is for the conditions of breakpoints');
    scope.log(message(scope));
    return false;
  };
}

function read({ names }: Scope, address: bigint, type: IntegerType): bigint {
  const bytes = names.readMemory(address, type.byteCount);
  if (bytes.length < type.byteCount) throw new Complaint(`memory at 0x${address.toString(16)} cannot be read`);
  return asType(
    bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
    type,
  );
}

function integer(given: Operand, what: string): bigint {
  const value = numberOf(given);
  if (typeof value === 'bigint') return value;
  throw new Complaint(
    `${what} needs a ${typeof value === 'number' ? 'whole number' : 'number'}, not ${inWords(value)}`,
  );
}
