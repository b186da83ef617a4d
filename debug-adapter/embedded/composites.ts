import type { Composite, Value, Variable } from '../debuggee/thread';

/** More elements of a collection than anybody unfolds. */
const elementCountMax = 100;

/** Neither a value nor a thing: what `undefined` is, and what a debugger has no words for. */
const nothing: Composite = { summary: 'undefined', member: () => undefined, children: () => [] };

/**
 * An object of the VMM as a debugger shows it: its fields and getters, read when somebody asks. Methods are none of its
 * parts; neither is what it keeps private.
 */
function compositeOf(object: object): Composite {
  return {
    summary: summaryOf(object),
    member: (name) => (partNames(object).includes(name) ? partOf(object, name) : undefined),
    children: () => partNames(object).map((name) => variableOf(name, partOf(object, name))),
  };
}

/** What JavaScript has, as an expression may use it. */
export function valueOrComposite(value: unknown): Value | Composite {
  switch (typeof value) {
    case 'bigint':
    case 'number':
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? nothing : compositeOf(value);
    default:
      return nothing;
  }
}

export function variableOf(name: string, value: Value | Composite): Variable {
  if (value === nothing) return { name, value: nothing.summary, kind: 'plain' };
  if (typeof value !== 'object') return { name, value, kind: 'plain' };
  return { name, value: value.summary, kind: 'plain', children: () => value.children() };
}

function summaryOf(object: object): string {
  const name = object.constructor?.name ?? '';
  if (object instanceof Map || object instanceof Set) return `${name}(${object.size})`;
  if (Array.isArray(object)) return `Array(${object.length})`;
  if (ArrayBuffer.isView(object)) return `${name}(${object.byteLength} bytes)`;
  return name === 'Object' || name === '' ? '{…}' : name;
}

function partNames(object: object): string[] {
  if (ArrayBuffer.isView(object)) return [];
  if (object instanceof Map || object instanceof Set) return elementNames(object.size);
  if (Array.isArray(object)) return elementNames(object.length);
  const names = new Set(Object.keys(object));
  for (let prototype = Object.getPrototypeOf(object); prototype && prototype !== Object.prototype; ) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) if (get) names.add(name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return [...names].filter((name) => typeof read(object, name) !== 'function');
}

function elementNames(count: number): string[] {
  return Array.from({ length: Math.min(count, elementCountMax) }, (_, index) => String(index));
}

function partOf(object: object, name: string): Value | Composite {
  return valueOrComposite(read(object, name));
}

/** A getter may have nothing to say yet. */
function read(object: object, name: string): unknown {
  if (object instanceof Map || object instanceof Set) return [...object][Number(name)];
  try {
    return (object as Record<string, unknown>)[name];
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
