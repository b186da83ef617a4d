import { type FieldLayout, fieldsByteCount, type StateLayout } from './device-state';

// Layouts as QEMU's VMDESCRIPTION has them: names, types and sizes are QEMU's.

export function layout(
  name: string,
  version: number,
  fields: readonly FieldLayout[],
  subsections: readonly StateLayout[] = [],
): StateLayout {
  return { name, version, fields, subsections };
}

export function bool(name: string): FieldLayout {
  return { name, type: 'bool', size: 1 };
}

export function uint8(name: string): FieldLayout {
  return { name, type: 'uint8', size: 1 };
}

export function uint16(name: string): FieldLayout {
  return { name, type: 'uint16', size: 2 };
}

export function uint32(name: string): FieldLayout {
  return { name, type: 'uint32', size: 4 };
}

export function int32(name: string): FieldLayout {
  return { name, type: 'int32', size: 4 };
}

export function uint64(name: string): FieldLayout {
  return { name, type: 'uint64', size: 8 };
}

export function int64(name: string): FieldLayout {
  return { name, type: 'int64', size: 8 };
}

export function uint64s(...names: string[]): FieldLayout[] {
  return names.map(uint64);
}

export function raw(name: string, type: string, size: number): FieldLayout {
  return { name, type, size };
}

export function array(name: string, arrayLength: number, type: string, size: number): FieldLayout {
  return { name, arrayLength, type, size };
}

/** An array of a length known at run time only: QEMU describes one of one element like a single value. */
export function arrayOrOne(name: string, arrayLength: number, type: string, size: number): FieldLayout {
  return arrayLength === 1 ? { name, type, size } : array(name, arrayLength, type, size);
}

export function struct(name: string, inner: StateLayout): FieldLayout {
  return { name, type: 'struct', size: fieldsByteCount(inner), struct: inner };
}

export function structs(name: string, arrayLength: number, inner: StateLayout): FieldLayout {
  return { name, arrayLength, type: 'struct', size: fieldsByteCount(inner), struct: inner };
}
