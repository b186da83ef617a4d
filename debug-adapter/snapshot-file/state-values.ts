import type { FieldLayout, FieldValue, Scalar, State } from '../vmstate/device-state';

/** A field's value as JSON: integers of up to 32 bits as numbers, of 64 bits and raw bytes as hexadecimal texts. */
export type JsonValue = number | string | JsonState | readonly JsonValue[];

export interface JsonState {
  readonly name: string;
  readonly version: number;
  readonly fields: readonly { readonly name: string; readonly type: string; readonly value: JsonValue }[];
  readonly subsections?: readonly JsonState[];
}

export function stateToJson({ layout, fields, subsections }: State): JsonState {
  return {
    name: layout.name,
    version: layout.version,
    fields: layout.fields.map(({ name, type }, index) => ({ name, type, value: valueToJson(fields[index]!) })),
    ...(subsections.length > 0 && { subsections: subsections.map(stateToJson) }),
  };
}

function valueToJson(value: FieldValue): JsonValue {
  if (Array.isArray(value)) return value.map(valueToJson);
  const scalar = value as Scalar;
  if (typeof scalar === 'number') return scalar;
  if (typeof scalar === 'bigint') return hex(scalar);
  return scalar instanceof Uint8Array ? bytesHex(scalar) : stateToJson(scalar);
}

/** One line a field, deeper ones indented. A state may have more of them than a call takes arguments. */
export function* stateLines(state: State, indent: string): Generator<string, void> {
  const nameWidth = Math.min(
    nameWidthMax,
    state.layout.fields.reduce((width, { name }) => Math.max(width, name.length), 0),
  );
  for (const [index, field] of state.layout.fields.entries()) {
    yield* fieldLines(field, state.fields[index]!, indent, nameWidth);
  }
  for (const subsection of state.subsections) {
    yield `${indent}subsection ${subsection.layout.name}, version ${subsection.layout.version}`;
    yield* stateLines(subsection, `${indent}  `);
  }
}

const nameWidthMax = 32;

function* fieldLines(field: FieldLayout, value: FieldValue, indent: string, nameWidth: number): Generator<string> {
  if (!field.struct) {
    yield `${indent}${field.name.padEnd(nameWidth)}  ${valueText(value)}`;
    return;
  }
  const states = (field.arrayLength === undefined ? [value] : value) as readonly State[];
  for (const [index, state] of states.entries()) {
    yield `${indent}${field.name}${field.arrayLength === undefined ? '' : `[${index}]`}`;
    yield* stateLines(state, `${indent}  `);
  }
}

const bytesShownMax = 32;

/** Equal neighbours in an array are counted: `0 ×95, 0x1`. */
export function valueText(value: FieldValue): string {
  if (!Array.isArray(value)) return scalarText(value as Scalar);
  const parts: string[] = [];
  for (let from = 0; from < value.length; ) {
    const text = scalarText(value[from]!);
    let to = from + 1;
    while (to < value.length && scalarText(value[to]!) === text) to++;
    parts.push(to - from === 1 ? text : `${text} ×${to - from}`);
    from = to;
  }
  return parts.length === 0 ? '(none)' : parts.join(', ');
}

function scalarText(value: Scalar): string {
  if (typeof value === 'number' || typeof value === 'bigint') return integerText(value);
  if (!(value instanceof Uint8Array)) return '{…}';
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end--;
  if (end === 0) return `${value.length} zero bytes`;
  if (value.subarray(0, end).every((byte) => byte >= 0x20 && byte <= 0x7e)) {
    return JSON.stringify(String.fromCharCode(...value.subarray(0, Math.min(end, 200))));
  }
  const shown = bytesHex(value.subarray(0, bytesShownMax));
  return value.length > bytesShownMax ? `${shown}… (${value.length} bytes)` : shown;
}

function integerText(value: number | bigint): string {
  return value > -10 && value < 10 ? String(value) : hex(value);
}

function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

function bytesHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Where two states of one device differ. */
export interface FieldDifference {
  /** `env.gpr[3]`, `cpu/pmp: env.pmp_state.pmp[0].addr_reg`. */
  readonly path: string;
  /** Undefined where this state has no such field or subsection. */
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

export function* stateDifferences(a: State, b: State, prefix = ''): Generator<FieldDifference> {
  yield* named(a.layout.fields, a.fields, b.layout.fields, b.fields, prefix);
  const names = new Set([...a.subsections, ...b.subsections].map(({ layout }) => layout.name));
  for (const name of names) {
    const inA = a.subsections.find(({ layout }) => layout.name === name);
    const inB = b.subsections.find(({ layout }) => layout.name === name);
    const path = `${prefix}${name}: `;
    if (inA && inB) yield* stateDifferences(inA, inB, path);
    else yield { path: `${prefix}${name}`, a: inA && stateToJson(inA), b: inB && stateToJson(inB) };
  }
}

/** Fields by name; of several with one name (QEMU describes uneven arrays so), by their order. */
function* named(
  layoutA: readonly FieldLayout[],
  a: readonly FieldValue[],
  layoutB: readonly FieldLayout[],
  b: readonly FieldValue[],
  prefix: string,
): Generator<FieldDifference> {
  const inB = keyed(layoutB, b);
  for (const [key, { path, value }] of keyed(layoutA, a)) {
    const other = inB.get(key);
    inB.delete(key);
    if (other === undefined) yield { path: prefix + path, a: valueToJson(value), b: undefined };
    else yield* valueDifferences(value, other.value, prefix + path);
  }
  for (const { path, value } of inB.values()) yield { path: prefix + path, a: undefined, b: valueToJson(value) };
}

function keyed(
  layout: readonly FieldLayout[],
  values: readonly FieldValue[],
): Map<string, { readonly path: string; readonly value: FieldValue }> {
  const map = new Map<string, { readonly path: string; readonly value: FieldValue }>();
  const counts = new Map<string, number>();
  for (const [index, { name }] of layout.entries()) {
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    map.set(`${before} ${name}`, { path: before === 0 ? name : `${name}#${before}`, value: values[index]! });
  }
  return map;
}

function* valueDifferences(a: FieldValue, b: FieldValue, path: string): Generator<FieldDifference> {
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    for (const [index, element] of a.entries()) yield* valueDifferences(element, b[index]!, `${path}[${index}]`);
  } else if (isState(a) && isState(b)) yield* stateDifferences(a, b, `${path}.`);
  else if (!isSame(a, b)) yield { path, a: valueToJson(a), b: valueToJson(b) };
}

function isState(value: FieldValue): value is State {
  return typeof value === 'object' && 'layout' in value;
}

function isSame(a: FieldValue, b: FieldValue): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return a === b;
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** A JSON value in the words of `valueText`. */
export function jsonText(value: JsonValue | undefined): string {
  if (value === undefined) return 'not there';
  if (typeof value === 'number') return integerText(value);
  if (typeof value === 'string')
    return value.length > 2 * bytesShownMax ? `${value.slice(0, 2 * bytesShownMax)}…` : value;
  return '{…}';
}
