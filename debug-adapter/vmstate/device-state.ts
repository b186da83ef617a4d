import type { ByteCursor } from './byte-cursor';
import { ByteSink } from './byte-sink';
import { sectionType } from './stream-format';

/**
 * The layout of one VMStateDescription: fields in wire order, then the subsections that may follow them.
 */
export interface StateLayout {
  readonly name: string;
  readonly version: number;
  readonly fields: readonly FieldLayout[];
  readonly subsections: readonly StateLayout[];
}

/** Names and types are QEMU's, as a VMDESCRIPTION spells them. */
export interface FieldLayout {
  readonly name: string;
  readonly type: string;
  /** Bytes of one element; of a struct, without its subsections. */
  readonly size: number;
  /** Present for an array, even of one element. */
  readonly arrayLength?: number;
  /** Present where the type is `struct`. */
  readonly struct?: StateLayout;
  /** Walks over a field of bytes whose length only its contents tell; `size` is 0 then. */
  readonly measure?: (cursor: ByteCursor) => void;
}

/** A device's state: values parallel to the layout's fields, and those subsections that are there. */
export interface State {
  readonly layout: StateLayout;
  readonly fields: readonly FieldValue[];
  readonly subsections: readonly State[];
}

/** A device's section: `name` and `instanceId` tell the cpus of several harts apart. */
export interface DeviceState {
  readonly name: string;
  readonly instanceId: number;
  readonly state: State;
  /** What QEMU has no field for, by name: it stands in the description alone, where QEMU does not look. */
  readonly beyondQemu?: Readonly<Record<string, number | string>>;
}

/** Integers up to 32 bits are numbers, of 64 bits bigints; types that are no integers stay bytes. */
export type Scalar = number | bigint | Uint8Array | State;
export type FieldValue = Scalar | readonly Scalar[];

/** What a stream from outside may make a reader do at most. */
export interface StateLimits {
  /** Of one state. */
  readonly byteCountMax: number;
  /** Values and structs of all states, beyond the bytes that they take: a layout may ask for many of no bytes. */
  readonly freeElementCountMax: number;
}

export function writeState(out: ByteSink, state: State): void {
  state.layout.fields.forEach((field, index) => {
    const value = state.fields[index]!;
    if (field.arrayLength === undefined) writeScalar(out, field, value as Scalar);
    else for (const element of value as readonly Scalar[]) writeScalar(out, field, element);
  });
  for (const subsection of state.subsections) {
    out.u8(sectionType.subsection);
    out.shortName(subsection.layout.name);
    out.u32(subsection.layout.version);
    writeState(out, subsection);
  }
}

/**
 * @param spent on all states so far, also on one that could not be read; the limits are for all of them together
 * @throws StreamReadError when the bytes do not fit the layout or go beyond the limits, Insufficient when they end.
 */
export function readState(
  cursor: ByteCursor,
  layout: StateLayout,
  limits: StateLimits,
  spent: { freeElementCount: number },
): State {
  const reader = new StateReader(cursor, limits, spent.freeElementCount);
  try {
    return reader.state(layout);
  } finally {
    spent.freeElementCount += reader.freeElementCount;
  }
}

class StateReader {
  private readonly start: number;
  private elementCount = 0;

  constructor(
    private readonly cursor: ByteCursor,
    private readonly limits: StateLimits,
    private readonly spentBefore: number,
  ) {
    this.start = cursor.position;
  }

  get freeElementCount(): number {
    return Math.max(0, this.elementCount - (this.cursor.position - this.start));
  }

  state(layout: StateLayout): State {
    const fields = layout.fields.map((field): FieldValue => {
      if (field.arrayLength === undefined) return this.scalar(field);
      if (!field.struct && !field.measure) return this.plainElements(field, field.arrayLength);
      const elements: Scalar[] = [];
      for (let i = 0; i < field.arrayLength; i++) elements.push(this.scalar(field));
      return elements;
    });
    return { layout, fields, subsections: this.subsections(layout) };
  }

  /** There may be a million of them: all is checked before the first. */
  private plainElements(field: FieldLayout, length: number): Scalar[] {
    const byteCount = length * field.size;
    this.checkByteCount(field, byteCount);
    this.cursor.need(byteCount);
    this.elementCount += length;
    if (field.size === 0) this.checkFreeElementCount(field);
    return readScalars(this.cursor, field, length);
  }

  private checkFreeElementCount(field: FieldLayout): void {
    if (this.spentBefore + this.freeElementCount > this.limits.freeElementCountMax) {
      const expected = `at most ${this.limits.freeElementCountMax} that take no bytes`;
      this.cursor.fail('length-beyond-bound', `elements of field "${field.name}"`, expected, 'more');
    }
  }

  private scalar(field: FieldLayout): Scalar {
    this.elementCount++;
    this.checkFreeElementCount(field);
    this.checkByteCount(field, field.struct ? 0 : field.size);
    if (field.struct) return this.state(field.struct);
    if (field.measure) return measured(this.cursor, field.measure);
    return readScalar(this.cursor, field);
  }

  /** A layout may come from a VMDESCRIPTION: check what it asks for before allocating or waiting for it. */
  private checkByteCount(field: FieldLayout, ahead: number): void {
    const byteCount = this.cursor.position - this.start + ahead;
    if (byteCount <= this.limits.byteCountMax) return;
    this.cursor.fail('length-beyond-bound', `field "${field.name}"`, `at most ${this.limits.byteCountMax}`, byteCount);
  }

  private subsections(layout: StateLayout): State[] {
    const found = new Map<string, State>();
    if (layout.subsections.length === 0) return [];
    const { cursor } = this;
    while (this.subsectionFollows(layout)) {
      const { offset } = cursor;
      cursor.u8();
      const name = cursor.shortName('subsection name');
      const subsection = subsectionNamed(layout, name);
      if (!subsection || found.has(name)) {
        const names = layout.subsections.slice(0, namesShownMax).map((candidate) => candidate.name);
        const what = `subsection of "${layout.name}"`;
        return cursor.failAt(offset, 'unknown-subsection', what, `each once of ${names.join(', ')}`, name);
      }
      const versionOffset = cursor.offset;
      const version = cursor.u32();
      if (version !== subsection.version) {
        cursor.failAt(versionOffset, 'unsupported-version', `subsection "${name}"`, subsection.version, version);
      }
      this.elementCount++;
      found.set(name, this.state(subsection));
    }
    return [...found.values()];
  }

  /** As in QEMU's vmstate_subsection_load, a 0x05 byte counts only when a name that begins like the layout's follows. */
  private subsectionFollows(layout: StateLayout): boolean {
    const { cursor } = this;
    if (cursor.peekU8() !== sectionType.subsection || cursor.peekU8(1) <= layout.name.length) return false;
    for (let i = 0; i < layout.name.length; i++) {
      if (cursor.peekU8(2 + i) !== layout.name.charCodeAt(i)) return false;
    }
    return true;
  }
}

const namesShownMax = 8;
const subsectionsByName = new WeakMap<StateLayout, ReadonlyMap<string, StateLayout>>();

/** By a table that is made once for a layout: a stream may have as many of them as it has bytes. */
function subsectionNamed(layout: StateLayout, name: string): StateLayout | undefined {
  let table = subsectionsByName.get(layout);
  if (!table) {
    table = new Map(layout.subsections.map((subsection) => [subsection.name, subsection]));
    subsectionsByName.set(layout, table);
  }
  return table.get(name);
}

type Encoding = 'unsigned' | 'signed' | 'bytes' | 'struct';

/** `int32 le` means "less or equal", `int32 equal` "must be equal": checks of QEMU's loader, not encodings. */
function encodingOf(field: FieldLayout): Encoding {
  if (field.struct) return 'struct';
  const width = integerWidths.get(field.type) ?? integerWidths.get(field.type.split(' ', 1)[0]!);
  if (width?.size !== field.size) return 'bytes';
  return width.signed ? 'signed' : 'unsigned';
}

const integerWidths: ReadonlyMap<string, { readonly size: number; readonly signed: boolean }> = new Map([
  ['bool', { size: 1, signed: false }],
  ['uint8', { size: 1, signed: false }],
  ['uint16', { size: 2, signed: false }],
  ['uint32', { size: 4, signed: false }],
  ['uint64', { size: 8, signed: false }],
  ['int8', { size: 1, signed: true }],
  ['int16', { size: 2, signed: true }],
  ['int32', { size: 4, signed: true }],
  ['int64', { size: 8, signed: true }],
]);

function writeScalar(out: ByteSink, field: FieldLayout, value: Scalar): void {
  const encoding = encodingOf(field);
  if (encoding === 'struct') writeState(out, value as State);
  else if (encoding === 'bytes') out.writeBytes(value as Uint8Array);
  else if (field.size === 8) out.u64(value as bigint);
  else if (field.size === 4) out.u32(value as number);
  else if (field.size === 2) out.u16(value as number);
  else out.u8(value as number);
}

function readScalar(cursor: ByteCursor, field: FieldLayout): Scalar {
  return readAs(encodingOf(field), cursor, field);
}

function readScalars(cursor: ByteCursor, field: FieldLayout, length: number): Scalar[] {
  const encoding = encodingOf(field);
  const scalars: Scalar[] = [];
  for (let index = 0; index < length; index++) scalars.push(readAs(encoding, cursor, field));
  return scalars;
}

function readAs(encoding: Encoding, cursor: ByteCursor, field: FieldLayout): Scalar {
  if (field.type === nullPointerType) checkNullPointer(cursor, field);
  if (encoding === 'bytes') return cursor.take(field.size).slice();
  const signed = encoding === 'signed';
  if (field.size === 8) return signed ? BigInt.asIntN(64, cursor.u64()) : cursor.u64();
  const value = field.size === 4 ? cursor.u32() : field.size === 2 ? cursor.u16() : cursor.u8();
  const shift = 32 - 8 * field.size;
  return signed ? (value << shift) >> shift : value;
}

/** What QEMU describes in place of an array's elements where some of them are null pointers. */
export const nullPointerType = 'nullptr';
/** VMS_NULLPTR_MARKER */
const nullPointerMarker = 0x30;

/** QEMU before 10.0 describes a whole array by its first element: a pointer that is not null lies hidden behind it. */
function checkNullPointer(cursor: ByteCursor, { name }: FieldLayout): void {
  const marker = cursor.peekU8();
  if (marker === nullPointerMarker) return;
  cursor.fail('hole-in-description', `field "${name}"`, nullPointerMarker, marker);
}

function measured(cursor: ByteCursor, measure: (cursor: ByteCursor) => void): Uint8Array {
  const start = cursor.position;
  measure(cursor);
  return cursor.since(start).slice();
}

/** A state with the given values; fields not named are zero. @throws RangeError for a value that does not fit. */
export function makeState(
  layout: StateLayout,
  values: Readonly<Record<string, FieldValue>>,
  subsections: readonly State[] = [],
): State {
  const left = new Set(Object.keys(values));
  const fields = layout.fields.map((field) => {
    left.delete(field.name);
    const value = values[field.name] ?? zero(field);
    assertFits(layout, field, value);
    return value;
  });
  if (left.size > 0) throw new RangeError(`"${layout.name}" has no field ${[...left].join(', ')}`);
  return { layout, fields, subsections };
}

function zero(field: FieldLayout): FieldValue {
  const encoding = encodingOf(field);
  const one = (): Scalar => {
    if (encoding === 'struct') return makeState(field.struct!, {});
    if (encoding === 'bytes') return new Uint8Array(field.size);
    return field.size === 8 ? 0n : 0;
  };
  return field.arrayLength === undefined ? one() : Array.from({ length: field.arrayLength }, one);
}

function assertFits(layout: StateLayout, field: FieldLayout, value: FieldValue): void {
  const elements = field.arrayLength === undefined ? [value as Scalar] : (value as readonly Scalar[]);
  const length = field.arrayLength ?? 1;
  const fits = elements.length === length && elements.every((element) => elementFits(field, element));
  if (!fits) throw new RangeError(`the value of "${layout.name}" field "${field.name}" does not fit its layout`);
}

/** One element of a field is of the kind that the layout says, and within its range. */
export function elementFits(field: FieldLayout, element: Scalar): boolean {
  const encoding = encodingOf(field);
  if (encoding === 'struct')
    return typeof element === 'object' && 'layout' in element && element.layout === field.struct;
  if (field.measure) return element instanceof Uint8Array;
  if (encoding === 'bytes') return element instanceof Uint8Array && element.length === field.size;
  if (field.size === 8) return typeof element === 'bigint';
  if (typeof element !== 'number' || !Number.isInteger(element)) return false;
  const bits = 8 * field.size;
  return encoding === 'signed'
    ? element >= -(2 ** (bits - 1)) && element < 2 ** (bits - 1)
    : element >= 0 && element < 2 ** bits;
}

/** Bytes of a layout's fields, without subsections. */
export function fieldsByteCount(layout: StateLayout): number {
  return layout.fields.reduce((sum, { size, arrayLength }) => sum + size * (arrayLength ?? 1), 0);
}

/** Bytes that `writeState` makes of the state. */
export function stateByteCount(state: State): number {
  const out = new ByteSink();
  writeState(out, state);
  return out.byteCount;
}

/** The value of the first field of that name. @throws RangeError when the layout has none. */
export function fieldOf(state: State, name: string): FieldValue {
  const index = state.layout.fields.findIndex((field) => field.name === name);
  const value = state.fields[index];
  if (value === undefined) throw new RangeError(`"${state.layout.name}" has no field "${name}"`);
  return value;
}

export function hasField({ layout }: State, name: string): boolean {
  return layout.fields.some((field) => field.name === name);
}

export function subsectionOf(state: State, name: string): State | undefined {
  return state.subsections.find((subsection) => subsection.layout.name === name);
}
