import { SnapshotPage } from '../protocol/snapshot-pages';
import type { FieldLayout, FieldValue, Scalar, State } from '../vmstate/device-state';
import { faultText } from '../vmstate/stream-fault';
import { type Difference, isSameMachine } from './differences';
import { jsonText, valueText } from './state-values';
import type { Survey, SurveyedBlock } from './survey';

/** A part of a stream, and the parts it has. Children are made when they are asked for: there may be millions. */
export interface TreeNode {
  readonly label: string;
  readonly value?: string;
  readonly type?: string;
  /** The value of an integer field. */
  readonly number?: number | bigint;
  /** Where in the file it lies. */
  readonly extent?: Extent;
  /** The RAM block that it stands for. */
  readonly block?: string;
  readonly childCount: number;
  /** @param index below `childCount` */
  readonly child: (index: number) => TreeNode;
}

interface Extent {
  readonly offset: number;
  readonly byteCount: number;
}

/** From the root down, each the index of a child. */
export type TreePath = readonly number[];

/** Undefined when there is no such node. */
export function nodeAt(root: TreeNode, path: TreePath): TreeNode | undefined {
  let node = root;
  for (const index of path) {
    if (!(index >= 0 && index < node.childCount)) return undefined;
    node = node.child(index);
  }
  return node;
}

/** What a survey has found, and what a comparison with another file says. */
export function streamTree(survey: Survey, difference?: Difference): TreeNode {
  const { sections, devices, blocks, unread, descriptionOffset, trailingByteCount, byteCount } = survey;
  const end = byteCount - trailingByteCount;
  return list('', [
    ...(difference ? [differenceNode(difference)] : []),
    ...(survey.head ? [headNode(survey, survey.head)] : []),
    group('RAM', blocks.length, (index) => blockNode(blocks[index]!)),
    group('Devices', devices.length, (index) => deviceNode(survey, index)),
    group('Sections', sections.length, (index) => sectionNode(survey, index)),
    ...(unread.length > 0 ? [group('Not read', unread.length, (index) => unreadNode(survey, index))] : []),
    ...(descriptionOffset !== undefined
      ? [leaf('VMDESCRIPTION', `${survey.description?.devices.length ?? 0} devices`, descriptionOffset, end)]
      : []),
    ...(trailingByteCount > 0 ? [leaf('After the end', 'not part of the stream', end, byteCount)] : []),
  ]);
}

/** Where in the tree the section lies that has the byte. */
export function pathOfByte(root: TreeNode, survey: Survey, offset: number): TreePath | undefined {
  let [low, high] = [0, survey.sections.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (survey.sections[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  const section = survey.sections[low - 1];
  for (let group = 0; section && group < root.childCount; group++) {
    if (root.child(group).label === 'Sections' && low - 1 < root.child(group).childCount) return [group, low - 1];
  }
  return undefined;
}

function headNode({ configuration, pageByteCount }: Survey, extent: Extent): TreeNode {
  const facts = [
    fact('machine', configuration?.machine),
    fact('page size', pageByteCount),
    fact('capabilities', configuration?.capabilities?.join(', ')),
    fact('uuid', configuration?.uuid && valueText(configuration.uuid)),
  ].flat();
  return { ...list('Header', facts), value: configuration?.machine ?? 'no configuration', extent };
}

function fact(label: string, value: string | number | undefined): TreeNode[] {
  return value === undefined ? [] : [{ ...list(label, []), value: String(value) }];
}

function blockNode({ name, address, pages }: SurveyedBlock): TreeNode {
  const { formCounts, pageCount, missingCount, repeatCount } = pages;
  const counts = [
    fact('address', address && `0x${address.toString(16)}`),
    fact('pages', pageCount),
    fact('normal', formCounts[SnapshotPage.Normal]),
    fact('zero', formCounts[SnapshotPage.Zero]),
    fact('compressed', formCounts[SnapshotPage.Compressed] || undefined),
    fact('xbzrle', formCounts[SnapshotPage.Xbzrle] || undefined),
    fact('missing', missingCount),
    fact('sent again', repeatCount),
  ].flat();
  return { ...list(name, counts), value: `${pageCount} pages`, block: name };
}

function sectionNode({ sections }: Survey, index: number): TreeNode {
  const { name, instanceId, version, type, id, offset, byteCount, isWhole } = sections[index]!;
  const value = `${type.toUpperCase()}, id ${id}${type === 'part' || type === 'end' ? '' : `, version ${version}`}`;
  return {
    ...list(`${name} ${instanceId}`, []),
    value: isWhole ? value : `${value}, cut off`,
    extent: { offset, byteCount },
  };
}

function unreadNode({ unread }: Survey, index: number): TreeNode {
  const { section, fault, offset } = unread[index]!;
  return {
    ...list(`${section.name} ${section.instanceId}`, []),
    value: faultText(fault),
    extent: { offset, byteCount: 0 },
  };
}

function deviceNode({ devices }: Survey, index: number): TreeNode {
  const { name, instanceId, state, offset } = devices[index]!;
  return { ...stateNode(`${name} ${instanceId}`, state, offset), value: `version ${state.layout.version}` };
}

/** A subsection's head: its mark, its name behind a length byte, its version. */
function subsectionHeadByteCount({ layout }: State): number {
  return 1 + 1 + layout.name.length + 4;
}

/** Fields, then subsections; their places follow from the lengths of those before. */
function stateNode(label: string, state: State, offset: number): TreeNode {
  const { layout, fields, subsections } = state;
  let offsets: Float64Array | undefined;
  const offsetOf = (index: number): number => {
    offsets ??= sums(offset, fields.length + subsections.length, (at) =>
      at < fields.length
        ? byteCountOf(layout.fields[at]!, fields[at]!)
        : subsectionHeadByteCount(subsections[at - fields.length]!) + stateByteCount(subsections[at - fields.length]!),
    );
    return offsets[index]!;
  };
  return {
    label,
    extent: { offset, byteCount: stateByteCount(state) },
    childCount: fields.length + subsections.length,
    child(index) {
      if (index < fields.length) {
        const { name } = layout.fields[index]!;
        return fieldNode(name, layout.fields[index]!, fields[index]!, offsetOf(index));
      }
      const subsection = subsections[index - fields.length]!;
      const head = subsectionHeadByteCount(subsection);
      const node = stateNode(subsection.layout.name, subsection, offsetOf(index) + head);
      return { ...node, value: `version ${subsection.layout.version}`, type: 'subsection' };
    },
  };
}

const elementsShownMax = 1024;
const valueCharactersMax = 160;

function fieldNode(label: string, field: FieldLayout, value: FieldValue, offset: number): TreeNode {
  if (!Array.isArray(value)) return scalarNode(label, field, value as Scalar, offset);
  const elements = value as readonly Scalar[];
  let offsets: Float64Array | undefined;
  const offsetOf = (index: number): number => {
    if (!field.struct) return offset + index * field.size;
    offsets ??= sums(offset, elements.length, (at) => scalarByteCount(field, elements[at]!));
    return offsets[index]!;
  };
  const isLong = elements.length > elementsShownMax || field.struct;
  return {
    label,
    ...(!isLong && { value: shortened(valueText(value)) }),
    type: `${field.struct?.name ?? field.type}[${elements.length}]`,
    extent: { offset, byteCount: byteCountOf(field, value) },
    childCount: elements.length,
    child: (index) => scalarNode(`[${index}]`, field, elements[index]!, offsetOf(index)),
  };
}

function scalarNode(label: string, field: FieldLayout, value: Scalar, offset: number): TreeNode {
  if (isState(value)) return { ...stateNode(label, value, offset), type: value.layout.name };
  return {
    ...list(label, []),
    value: shortened(valueText(value)),
    type: field.type,
    ...(!(value instanceof Uint8Array) && { number: value }),
    extent: { offset, byteCount: scalarByteCount(field, value) },
  };
}

function byteCountOf(field: FieldLayout, value: FieldValue): number {
  if (!Array.isArray(value)) return scalarByteCount(field, value as Scalar);
  if (!field.struct) return value.length * field.size;
  return (value as readonly Scalar[]).reduce((sum: number, each) => sum + scalarByteCount(field, each), 0);
}

function scalarByteCount(field: FieldLayout, value: Scalar): number {
  if (isState(value)) return stateByteCount(value);
  return value instanceof Uint8Array ? value.length : field.size;
}

function stateByteCount({ layout, fields, subsections }: State): number {
  let sum = 0;
  for (const [index, field] of layout.fields.entries()) sum += byteCountOf(field, fields[index]!);
  for (const each of subsections) sum += subsectionHeadByteCount(each) + stateByteCount(each);
  return sum;
}

function isState(value: Scalar): value is State {
  return typeof value === 'object' && 'layout' in value;
}

function sums(start: number, count: number, lengthOf: (index: number) => number): Float64Array {
  const offsets = new Float64Array(count);
  for (let index = 0, at = start; index < count; index++) {
    offsets[index] = at;
    at += lengthOf(index);
  }
  return offsets;
}

function differenceNode(difference: Difference): TreeNode {
  if (isSameMachine(difference)) {
    return { ...list('Differences', []), value: 'none: pages and device fields are equal' };
  }
  const { machine, blocks, devices } = difference;
  const children = [
    ...(machine ? fact('machine', `${machine.a} | ${machine.b}`) : []),
    ...blocks.map(({ block, a, b, differing, pageCount }) => {
      const sizes = [a, b].map((size) => (size === undefined ? 'not there' : `${size} bytes`)).join(' | ');
      const value = a === b ? `${differing} of ${pageCount} pages differ` : sizes;
      return { ...list(`RAM block ${block}`, []), value, block };
    }),
    ...devices.map(({ device, instanceId, versions: { a, b }, fields }) => {
      const versions = [a, b].map((each) => (each === undefined ? 'not there' : `version ${each}`)).join(' | ');
      const count = `${fields.length} ${fields.length === 1 ? 'field differs' : 'fields differ'}`;
      return {
        ...group(`${device} ${instanceId}`, fields.length, (index) => {
          const field = fields[index]!;
          return { ...list(field.path, []), value: shortened(`${jsonText(field.a)} | ${jsonText(field.b)}`) };
        }),
        value: a === b ? count : versions,
      };
    }),
  ];
  return { ...list('Differences', children), value: 'this file | the other' };
}

function leaf(label: string, value: string, offset: number, end: number): TreeNode {
  return { ...list(label, []), value, extent: { offset, byteCount: end - offset } };
}

function group(label: string, childCount: number, child: TreeNode['child']): TreeNode {
  return { label, value: String(childCount), childCount, child };
}

function list(label: string, children: readonly TreeNode[]): TreeNode {
  return { label, childCount: children.length, child: (index) => children[index]! };
}

function shortened(text: string): string {
  return text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax)}…` : text;
}
