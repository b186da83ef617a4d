import { virtBoard } from '../../../debug-adapter/emulator/machine/virt-layouts';
import { readStreamFile } from '../../../debug-adapter/vmstate/file-reader';
import type { Random } from './random';

/** Values that have broken parsers before. */
const edgeBytes = [0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x7e, 0x7f, 0x80, 0xff];
const edgeNumbers = [-1, 0, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e300];
const edgeValues = [null, '', 'x'.repeat(300), [], {}, true, '\u0000', 'struct', ...edgeNumbers];
const cutByteCountMax = 300;

/** One input: a few mutations of a member of the corpus. */
export function mutate(random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = random.pick(corpus).slice();
  for (let left = 1 + random.below(4); left > 0; left--) bytes = random.pick(mutators)(bytes, random, corpus);
  return bytes;
}

type Mutator = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const mutators: readonly Mutator[] = [
  flipBit,
  setEdgeByte,
  setEdgeByte,
  setWord,
  cutOut,
  repeat,
  truncate,
  splice,
  moveRecord,
  moveRecord,
  changeDescription,
  changeDescription,
  mendDescription,
];

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
  return bytes;
}

function setEdgeByte(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(edgeBytes);
  return bytes;
}

function setWord(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(Math.max(1, bytes.length - 8));
  const width = random.pick([2, 4, 8]);
  const value = random.pick([0, 1, 0x7f, 0x80, 0xff]);
  bytes.fill(value, at, at + width);
  return bytes;
}

function cutOut(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return join(bytes.subarray(0, at), bytes.subarray(at + random.below(cutByteCountMax)));
}

function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = at + random.below(cutByteCountMax);
  return join(bytes.subarray(0, end), bytes.subarray(at));
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

function splice(bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  const other = random.pick(corpus);
  return join(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));
}

/** Removes, repeats or moves whole records, so that the structure around them stays in step. */
function moveRecord(bytes: Uint8Array, random: Random): Uint8Array {
  const records = recordsOf(bytes);
  if (records.length === 0) return bytes;
  const { start, end } = random.pick(records);
  const to = random.pick(records).start;
  const record = bytes.slice(start, end);
  switch (random.below(3)) {
    case 0:
      return join(bytes.subarray(0, start), bytes.subarray(end));
    case 1:
      return join(bytes.subarray(0, to), join(record, bytes.subarray(to)));
    default: {
      const rest = join(bytes.subarray(0, start), bytes.subarray(end));
      return join(rest.subarray(0, to), join(record, rest.subarray(to)));
    }
  }
}

function recordsOf(bytes: Uint8Array): { start: number; end: number }[] {
  const records: { start: number; end: number }[] = [];
  try {
    readStreamFile(
      { byteCount: bytes.length, read: (at, length) => bytes.subarray(at, at + length) },
      (record) => records.push({ start: record.start, end: record.start + record.byteCount }),
      { board: virtBoard },
    );
  } catch {
    // Those before the fault will do.
  }
  return records;
}

/** Changes a value somewhere in the description, and its length with it. */
function changeDescription(bytes: Uint8Array, random: Random): Uint8Array {
  const start = descriptionStart(bytes);
  if (start === undefined) return bytes;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(start)));
  } catch {
    return bytes;
  }
  const places: [Record<string, unknown>, string][] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      collect((value as Record<string, unknown>)[key]);
    }
  };
  collect(json);
  if (places.length === 0) return bytes;
  const [parent, key] = random.pick(places);
  const [otherParent, otherKey] = random.pick(places);
  switch (random.below(4)) {
    case 0:
      delete parent[key];
      break;
    case 1:
      // Never its own ancestor: the copy is taken first.
      parent[key] = JSON.parse(JSON.stringify(otherParent[otherKey] ?? null));
      break;
    case 2:
      parent[random.pick(['array_len', 'size', 'version', 'struct', 'index'])] = random.pick(edgeNumbers);
      break;
    default:
      parent[key] = random.pick(edgeValues);
  }
  return withDescription(bytes, start, new TextEncoder().encode(JSON.stringify(json)));
}

/** Sets the description's length right, for mutations that changed its text. */
function mendDescription(bytes: Uint8Array): Uint8Array {
  const start = descriptionStart(bytes);
  return start === undefined ? bytes : withDescription(bytes, start, bytes.slice(start));
}

const jsonHead = new TextEncoder().encode('{"page_size"');

/** Where the description's text begins. */
function descriptionStart(bytes: Uint8Array): number | undefined {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(jsonHead);
  return at < 5 ? undefined : at;
}

function withDescription(bytes: Uint8Array, start: number, text: Uint8Array): Uint8Array {
  const whole = join(bytes.subarray(0, start), text);
  new DataView(whole.buffer).setUint32(start - 4, text.length);
  return whole;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
