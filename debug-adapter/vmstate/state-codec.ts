import {
  type FieldLayout,
  type FieldValue,
  fieldOf,
  makeState,
  type State,
  type StateLayout,
  subsectionOf,
} from './device-state';

/** A device's state as it stands in a section: the layout, and the way in and out. */
export interface StateCodec<Value> {
  readonly layout: StateLayout;
  encode(value: Value): State;
  /** Of a state that may lie in a layout of another QEMU: fields are found by name. @throws RangeError for one that is missing */
  decode(state: State): Value;
}

/** A codec that a table makes. */
export interface TableCodec<Value> extends StateCodec<Value> {
  encode(value: Value, subsections?: readonly State[]): State;
  /** Of a state that may have it as a subsection. */
  decodeWithin(state: State): Value | undefined;
}

/** One part of a device's state, and the field that it stands in. */
export interface Column<Value> {
  readonly field: FieldLayout;
  encode(value: Value): FieldValue;
  decode(value: FieldValue): Value;
}

interface Beside {
  /** Fields behind the columns, which are always zero. */
  readonly zeros?: readonly FieldLayout[];
  readonly subsections?: readonly StateLayout[];
}

/** A codec from a table of columns, in wire order: from it follow layout, encoding and decoding. */
export function stateCodec<Value extends object>(
  name: string,
  version: number,
  columns: { readonly [Part in keyof Value]-?: Column<Value[Part]> },
  { zeros = [], subsections = [] }: Beside = {},
): TableCodec<Value> {
  const rows = Object.entries(columns) as [keyof Value, Column<Value[keyof Value]>][];
  const layout = { name, version, fields: [...rows.map(([, { field }]) => field), ...zeros], subsections };
  const decode = (state: State): Value =>
    Object.fromEntries(rows.map(([part, { field, decode }]) => [part, decode(fieldOf(state, field.name))])) as Value;
  return {
    layout,
    decode,
    decodeWithin(state) {
      const subsection = subsectionOf(state, name);
      return subsection && decode(subsection);
    },
    encode: (value, present) =>
      makeState(
        layout,
        Object.fromEntries(rows.map(([part, { field, encode }]) => [field.name, encode(value[part])])),
        present,
      ),
  };
}

/** Up to 32 bits. */
export function number(field: FieldLayout): Column<number> {
  return { field, encode: (value) => value, decode: (value) => value as number };
}

export function bigint(field: FieldLayout): Column<bigint> {
  return { field, encode: (value) => value, decode: (value) => value as bigint };
}

/** An integer that is 0 or 1. */
export function flag(field: FieldLayout): Column<boolean> {
  return { field, encode: (value) => (value ? 1 : 0), decode: (value) => value !== 0 };
}

export function bytes(field: FieldLayout): Column<Uint8Array> {
  return { field, encode: (value) => value, decode: (value) => value as Uint8Array };
}

/** An array of words. */
export function words(field: FieldLayout): Column<readonly number[]> {
  return {
    field,
    encode: (value) => value.map((word) => word >>> 0),
    decode: (value) => [...(value as readonly number[])],
  };
}
