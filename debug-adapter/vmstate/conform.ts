import {
  elementFits,
  type FieldLayout,
  type FieldValue,
  type Scalar,
  type State,
  type StateLayout,
} from './device-state';

/**
 * A state that was read by its stream's own description, in the terms of a layout of ours: fields are found by name,
 * those that the layout does not have are passed over, those that the state does not have stay missing.
 *
 * @param onLeftOut told the name of each subsection that the layout does not have
 * @throws RangeError for a field of another kind or length than the layout says, but for integers that fit and
 *   buffers that are shorter
 */
export function conform(state: State, layout: StateLayout, onLeftOut: OnLeftOut = () => {}): State {
  const fields: FieldValue[] = [];
  const present = layout.fields.filter((field) => {
    const index = state.layout.fields.findIndex(({ name }) => name === field.name);
    if (index >= 0) fields.push(conformField(state.fields[index]!, field, layout.name, onLeftOut));
    return index >= 0;
  });
  const subsections = state.subsections.flatMap((subsection) => {
    const known = layout.subsections.find(({ name }) => name === subsection.layout.name);
    if (known) return [conform(subsection, known, onLeftOut)];
    onLeftOut(subsection.layout.name);
    return [];
  });
  return { layout: { ...layout, fields: present }, fields, subsections };
}

type OnLeftOut = (subsection: string) => void;

function conformField(value: FieldValue, field: FieldLayout, of: string, onLeftOut: OnLeftOut): FieldValue {
  const { arrayLength } = field;
  if (Array.isArray(value) !== (arrayLength !== undefined) || (Array.isArray(value) && value.length !== arrayLength)) {
    const expected = arrayLength === undefined ? 'a single value' : `an array of ${arrayLength}`;
    throw new RangeError(`"${field.name}" of "${of}" is not ${expected}`);
  }
  const element = (scalar: Scalar): Scalar => conformElement(scalar, field, of, onLeftOut);
  return Array.isArray(value) ? value.map(element) : element(value as Scalar);
}

function conformElement(element: Scalar, field: FieldLayout, of: string, onLeftOut: OnLeftOut): Scalar {
  const isState = typeof element === 'object' && 'layout' in element;
  if (field.struct && isState) return conform(element, field.struct, onLeftOut);
  const converted = inWidthOf(field, element);
  if (field.struct || !elementFits(field, converted)) {
    throw new RangeError(`"${field.name}" of "${of}" is not ${field.type} of ${field.size} bytes`);
  }
  return converted;
}

/**
 * QEMU has made some integers narrower or wider: `env.scounteren` of 64 bits has 32 since 8.1. The run state's buffer of
 * 100 bytes has 32, and other fields behind it, since 9.0.
 */
function inWidthOf({ size, type }: FieldLayout, element: Scalar): Scalar {
  if (typeof element === 'bigint' && size < 8) return Number(element);
  if (typeof element === 'number' && size === 8) return element < 0 && type.startsWith('u') ? element : BigInt(element);
  if (!(element instanceof Uint8Array) || type !== 'buffer' || element.length >= size) return element;
  const padded = new Uint8Array(size);
  padded.set(element);
  return padded;
}
