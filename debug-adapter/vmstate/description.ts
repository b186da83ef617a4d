import {
  type DeviceState,
  type FieldLayout,
  nullPointerType,
  type State,
  type StateLayout,
  stateByteCount,
} from './device-state';
import { parseObject } from './json-pieces';
import { pause, type Reading } from './reading';
import { type StreamFault, StreamReadError } from './stream-fault';

/**
 * VMDESCRIPTION: the JSON behind EOF that names every device and the type and size of each of its fields, so that
 * device states, which carry no lengths, can be parsed without the program that wrote them.
 */
export interface Description {
  /** Bytes of a migration page. */
  readonly pageByteCount: number;
  readonly devices: readonly DeviceDescription[];
  /** What is wrong with it: each leaves one device without a layout. */
  readonly faults: readonly StreamFault[];
}

export interface DeviceDescription {
  /** The section's name and instance id. */
  readonly name: string;
  readonly instanceId: number;
  /** Of a section of any version: devices without a VMStateDescription describe a size alone. */
  readonly isVersionless: boolean;
  /** The section's version is the layout's, unless it has none. Undefined where the description is wrong. */
  readonly layout: StateLayout | undefined;
  /** See `DeviceState`. */
  readonly beyondQemu?: DeviceState['beyondQemu'];
}

/** @param devices in the order of their sections. */
export function descriptionText(pageByteCount: number, devices: readonly DeviceState[]): string {
  return JSON.stringify({
    page_size: pageByteCount,
    devices: devices.map(({ name, instanceId, state, beyondQemu }) => ({
      name,
      instance_id: instanceId,
      ...stateToJson(state),
      ...(beyondQemu && { freezeframe: beyondQemu }),
    })),
  });
}

/** @throws StreamReadError `bad-description`. @param offset where the text lies in the stream. */
export function* parseDescription(
  text: string,
  offset: number,
  deviceCharacterCountMax = text.length,
): Reading<Description> {
  const reader = new DescriptionReader(offset);
  let json: unknown;
  try {
    json = yield* parseObject(text, 'devices', deviceCharacterCountMax);
  } catch (error) {
    if (error instanceof RangeError) {
      reader.fail('a device’s description', `at most ${deviceCharacterCountMax} characters`, error.message);
    }
    reader.fail('the description', 'JSON', 'text that is none');
  }
  return yield* reader.description(json);
}

function stateToJson(state: State): object {
  const { layout } = state;
  return {
    vmsd_name: layout.name,
    version: layout.version,
    fields: layout.fields.map((field, index) => fieldToJson(field, state.fields[index])),
    ...(state.subsections.length > 0 && { subsections: state.subsections.map(stateToJson) }),
  };
}

/**
 * A struct's size is what it took on the wire, subsections included. Structs of one array share one description, which
 * QEMU allows only when they have no subsections.
 */
function fieldToJson(field: FieldLayout, value: unknown): object {
  const { name, type, arrayLength, size } = field;
  const head = { name, ...(arrayLength !== undefined && { array_len: arrayLength }), type };
  if (field.measure) return { ...head, size: (value as Uint8Array).length };
  if (!field.struct) return { ...head, size };
  const first = (arrayLength === undefined ? value : (value as readonly unknown[])[0]) as State;
  return { ...head, struct: stateToJson(first), size: stateByteCount(first) };
}

const depthMax = 32;
/** So many structs and fields are looked at between two pauses. */
const partsPerTurn = 512;

class DescriptionReader {
  private readonly faults: StreamFault[] = [];
  private partCount = 0;

  constructor(private readonly offset: number) {}

  *description(json: unknown): Reading<Description> {
    const root = this.object(json, 'the description');
    const pageByteCount = this.count(root.page_size, 'page_size');
    const devices: DeviceDescription[] = [];
    for (const device of this.list(root.devices, 'devices')) devices.push(yield* this.device(device));
    return { pageByteCount, devices, faults: this.faults };
  }

  private *device(json: unknown): Reading<DeviceDescription> {
    const device = this.object(json, 'a device');
    const name = this.name(device.name, 'a device name');
    return {
      name,
      instanceId: this.count(device.instance_id, 'instance_id', name),
      isVersionless: device.version === undefined,
      layout: yield* this.deviceLayout(device, name),
      ...(device.freezeframe !== undefined && { beyondQemu: this.beyondQemu(device.freezeframe, name) }),
    };
  }

  private *deviceLayout(device: Readonly<Record<string, unknown>>, name: string): Reading<StateLayout | undefined> {
    try {
      return yield* this.layout({ ...device, vmsd_name: device.vmsd_name ?? name, version: device.version ?? 0 }, 0);
    } catch (error) {
      if (!(error instanceof StreamReadError)) throw error;
      this.faults.push(error.fault);
      return undefined;
    }
  }

  private beyondQemu(json: unknown, device: string): Readonly<Record<string, number | string>> {
    const entries = Object.entries(this.object(json, `freezeframe of "${device}"`));
    const countOrText = (value: unknown, what: string) => (typeof value === 'string' ? value : this.count(value, what));
    return Object.fromEntries(entries.map(([name, value]) => [name, countOrText(value, `${name} of "${device}"`)]));
  }

  private *layout(json: unknown, depth: number): Reading<StateLayout> {
    if (depth > depthMax) this.fail('nesting', `at most ${depthMax} structs`, 'more');
    const layout = this.object(json, 'a struct');
    const name = this.name(layout.vmsd_name, 'vmsd_name');
    const version = this.count(layout.version, 'version', name);
    const fields: FieldLayout[] = [];
    for (const field of this.list(layout.fields ?? [], 'fields', name))
      fields.push(yield* this.field(field, depth + 1));
    const subsections: StateLayout[] = [];
    for (const each of this.list(layout.subsections ?? [], 'subsections', name)) {
      subsections.push(yield* this.layout(each, depth + 1));
    }
    return { name, version, fields, subsections };
  }

  /** An array whose elements differ comes as one entry per element, with `index`: here, as fields of their own. */
  private *field(json: unknown, depth: number): Reading<FieldLayout> {
    if (++this.partCount % partsPerTurn === 0) yield pause;
    const field = this.object(json, 'a field');
    const name = this.name(field.name, 'a field name');
    const arrayLength = field.array_len;
    const isNullPointer = isEmptyObject(field.struct);
    return {
      name,
      type: isNullPointer ? nullPointerType : this.name(field.type, 'type', name),
      size: this.count(field.size, 'size', name),
      ...(arrayLength !== undefined && { arrayLength: this.count(arrayLength, 'array_len', name) }),
      ...(field.struct !== undefined && !isNullPointer && { struct: yield* this.layout(field.struct, depth) }),
    };
  }

  private object(json: unknown, what: string): Readonly<Record<string, unknown>> {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) this.fail(what, 'an object', typeName(json));
    return json as Record<string, unknown>;
  }

  private list(json: unknown, what: string, of?: string): readonly unknown[] {
    if (!Array.isArray(json)) this.fail(whole(what, of), 'a list', typeName(json));
    return json;
  }

  /** QEMU's names are identifiers and types: what else stands there shall not reach anybody's terminal. */
  private name(json: unknown, what: string, of?: string): string {
    if (typeof json !== 'string') this.fail(whole(what, of), 'a text', typeName(json));
    if (!/^[ -~]*$/.test(json)) this.fail(whole(what, of), 'printable ASCII', JSON.stringify(json));
    return json;
  }

  private count(json: unknown, what: string, of?: string): number {
    if (typeof json !== 'number' || !Number.isSafeInteger(json) || json < 0) {
      this.fail(whole(what, of), 'an integer not below 0', typeof json === 'number' ? json : typeName(json));
    }
    return json;
  }

  fail(what: string, expected: string, actual: string | number): never {
    throw new StreamReadError({ kind: 'bad-description', offset: this.offset, what, expected, actual });
  }
}

/** Put together only for a fault: a description may have a hundred thousand fields. */
function whole(what: string, of: string | undefined): string {
  return of === undefined ? what : `${what} of "${of}"`;
}

/** Before QEMU 10.0, null pointers in an array of pointers to structs are described as `"struct": {}`. */
function isEmptyObject(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && Object.keys(json).length === 0;
}

function typeName(json: unknown): string {
  return json === null ? 'null' : Array.isArray(json) ? 'a list' : typeof json;
}
