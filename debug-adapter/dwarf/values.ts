import type { Composite, SourceType, SourceValue, Value, Variable } from '../debuggee/thread';
import type { FrameView } from './expression';
import { wordOf } from './expression';
import { bytesOf, writesOf } from './stores';
import {
  addressOf,
  byteCountOf,
  elementAt,
  elementOf,
  inMemory,
  memberAt,
  memberOf,
  numberOf,
  realOf,
  reread,
  type Typed,
  typedAt,
} from './typed';
import { type CType, pointerTo } from './types';
import { textOf } from './value-text';
import type { SourceVariable } from './variables';

/** More elements of an array than anybody unfolds. */
const elementCountMax = 1000;

/** A variable of a frame, as a debugger lists it. */
export function shownVariable(variable: SourceVariable, frame: FrameView): Variable {
  const { name, type } = variable;
  return shown(name, name, typedAt(type, variable.locate(frame), frame), frame);
}

/** The same as an expression may use it. */
export function operandOf(variable: SourceVariable, frame: FrameView): Composite {
  return operand(typedAt(variable.type, variable.locate(frame), frame), frame);
}

/** A type, for casts. */
export function typeOf(type: CType, frame: FrameView): SourceType {
  return {
    byteCount: type.byteCount,
    cast: (value) => operand({ type, bytes: bytesOf(type, value) }, frame),
    pointer: () => typeOf(pointerTo(type), frame),
  };
}

/** @param expression with what an expression names it */
function shown(name: string, expression: string, typed: Typed, frame: FrameView): Variable {
  const children = partsOf(typed, expression, frame);
  return {
    name,
    value: textOf(typed, frame),
    kind: 'plain',
    source: sourceValue(typed, frame, (now) => shown(name, expression, reread(typed, now), now)),
    expression,
    ...(children && { children }),
  };
}

function operand(typed: Typed, frame: FrameView): Composite {
  const { type } = typed;
  const number = type.kind === 'float' ? undefined : numberOf(typed);
  const real = realOf(typed);
  const target = number !== undefined && type.kind === 'pointer' ? inMemory(type.to, number, frame) : undefined;
  return {
    summary: textOf(typed, frame),
    ...(number !== undefined && { number }),
    ...(real !== undefined && { real }),
    source: sourceValue(typed, frame, (now) => shown('', '', reread(typed, now), now)),
    element: (index) => {
      const part = elementOf(typed, index, frame);
      return part && operand(part, frame);
    },
    member: (name) => {
      const part = memberOf(target ?? typed, name);
      return part && operand(part, frame);
    },
    children: () => partsOf(typed, '', frame)?.() ?? [],
  };
}

function sourceValue(typed: Typed, frame: FrameView, again: (frame: FrameView) => Variable): SourceValue {
  const { type, bits } = typed;
  const address = addressOf(typed);
  return {
    type: type.name,
    bytes: typed.missing ? undefined : typed.bytes,
    isNumber: type.kind !== 'structure' && type.kind !== 'array' && type.kind !== 'pointer',
    byteCount: byteCountOf(typed),
    address,
    enumerator(name) {
      if (type.kind !== 'enumeration') return undefined;
      return [...type.enumerators].find(([, each]) => each === name)?.[0];
    },
    writes: (value: Value | Composite) => writesOf(typed, value, frame),
    pointer: () =>
      address === undefined || bits ? undefined : operand({ type: pointerTo(type), bytes: wordOf(address) }, frame),
    again: () => again(frame.again()),
  };
}

/** Undefined: it has none. */
function partsOf(typed: Typed, expression: string, frame: FrameView): (() => Variable[]) | undefined {
  const { type, bytes } = typed;
  if (!bytes || bytes.length < type.byteCount) return undefined;
  if (type.kind === 'structure') return () => membersOf(typed, type, `${expression}.`, frame);
  if (type.kind === 'array') {
    const count = Math.min(type.count, elementCountMax);
    return () =>
      Array.from({ length: count }, (_, index) =>
        shown(`[${index}]`, `${expression}[${index}]`, elementAt(typed, type, index), frame),
      );
  }
  const address = numberOf(typed);
  if (type.kind !== 'pointer' || !address || type.to.byteCount === 0) return undefined;
  const target = inMemory(type.to, address, frame);
  if (target.bytes!.length < type.to.byteCount) return undefined;
  const { to } = type;
  // What a pointer leads to is unfolded at once, if it has parts.
  if (to.kind === 'structure') return () => membersOf(target, to, `${expression}->`, frame);
  return () => [shown('*', `(*${expression})`, target, frame)];
}

/** @param path with what an expression begins that names one */
function membersOf(typed: Typed, type: CType & { kind: 'structure' }, path: string, frame: FrameView): Variable[] {
  return type.members.map((member) => {
    const { name } = member;
    // The members of one without a name are the outer structure's.
    const expression = name === '' ? path.replace(/(\.|->)$/, '') : `${path}${name}`;
    return shown(name || member.type.name, expression, memberAt(typed, member), frame);
  });
}
