import { z } from 'zod';
import { DebuggeeError, markName } from '../debuggee/debuggee';
import { fromBase64, toBase64 } from '../protocol/base64';
import { type RecordedRun, recordedStops } from '../time-travel/recorded-run';

/** Of the file's form; another one is not read. */
const formatVersion = 1;
/** More than any recording has, so that what is none is not read whole. */
export const recordingByteCountMax = 64 << 20;

const count = z.int().nonnegative();
const name = z.string().max(4096);
const uint64 = z.codec(z.string().regex(/^0x[0-9a-f]{1,16}$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => `0x${BigInt.asUintN(64, value).toString(16)}`,
});
const bytes = z.codec(
  z.base64(),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  { decode: fromBase64, encode: toBase64 },
);

const instant = z.strictObject({
  events: count,
  threads: z.array(z.strictObject({ id: name, clockNs: z.number().nonnegative(), pc: uint64.optional() })).max(16),
});

const input = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('take-snapshot'), output: name.optional() }),
  z.strictObject({ kind: z.literal('cancel-snapshot') }),
  z.strictObject({ kind: z.literal('monitor'), line: name }),
  z.strictObject({ kind: z.literal('console'), bytes }),
  z.strictObject({ kind: z.literal('register'), thread: name, name, value: uint64 }),
  z.strictObject({
    kind: z.literal('memory'),
    thread: name.optional(),
    address: uint64,
    bytes,
    whenProtected: z.enum(['refuse', 'wait']),
  }),
  z.strictObject({ kind: z.literal('only'), thread: name.optional() }),
]);

const image = z.strictObject({
  /** Beside the recording, or below its folder. */
  name: name.regex(/^(?![A-Za-z]:|\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\\\0]+$/, { error: 'leads out of the folder' }),
  byteCount: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Itself, if it is small. */
  bytes: bytes.optional(),
});

const declaration = z.strictObject({
  format: z.literal('freezeframe-recording'),
  version: z.literal(formatVersion),
  /** The version that has recorded it. */
  freezeframe: z.string().max(64),
  /** As a launch configuration, with the names of the images. */
  configuration: z.record(z.string(), z.json()),
  images: z.array(image).max(64),
  inputs: z.array(z.strictObject({ at: instant, input })),
  /** Recordings of versions that kept none have none. */
  marks: z
    .array(z.strictObject({ name: z.string().regex(markName), at: instant, timeNs: z.number().nonnegative() }))
    .default([]),
  stands: instant,
  stop: z.enum(recordedStops),
  checks: z
    .array(z.strictObject({ events: count, hash: uint64 }))
    .min(1)
    .max(64),
});

export type RecordedImage = z.output<typeof image>;

/** All that a recording says. */
export interface RecordingFile extends RecordedRun {
  readonly freezeframe: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly images: readonly RecordedImage[];
}

export function recordingText(file: RecordingFile): string {
  const { freezeframe, configuration, images, inputs, marks, stands, stop, checks } = file;
  const content = { freezeframe, configuration, images, inputs, marks, stands, stop, checks };
  const encoded = z.encode(declaration, {
    format: 'freezeframe-recording',
    version: formatVersion,
    ...(content as Omit<z.output<typeof declaration>, 'format' | 'version'>),
  });
  return `${JSON.stringify(encoded, null, 1)}\n`;
}

/** @throws DebuggeeError that says why it is no recording that can be opened */
export function parseRecording(text: string, path: string): RecordingFile {
  const { format, version, freezeframe } = json(text, path);
  if (format !== 'freezeframe-recording') throw bad(path, 'it is not a recording of Freezeframe');
  if (version !== formatVersion) {
    const by = typeof freezeframe === 'string' ? ` by Freezeframe ${freezeframe.slice(0, 64)}` : '';
    throw bad(
      path,
      `it was written${by} in version ${JSON.stringify(version)} of the format; this one is ${formatVersion}`,
    );
  }
  const parsed = declaration.safeDecode(json(text, path) as z.input<typeof declaration>);
  if (!parsed.success) {
    const [{ path: place, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw bad(path, `\`${place.map(String).join('.')}\`: ${message}`);
  }
  // A union of optional properties is not what the port says.
  const file = parsed.data as unknown as RecordingFile;
  const { inputs, stands, checks } = file;
  if (!isInOrder(inputs.map(({ at }) => at.events))) throw bad(path, '`inputs` are not in order');
  if (!isInOrder(checks.map(({ events }) => events))) throw bad(path, '`checks` are not in order');
  if (checks.at(-1)!.events !== stands.events) throw bad(path, 'the last of `checks` is not where the run stands');
  return file;
}

function json(text: string, path: string): { format?: unknown; version?: unknown; freezeframe?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw bad(path, 'it is not a recording of Freezeframe');
}

function isInOrder(events: readonly number[]): boolean {
  return events.every((each, index) => index === 0 || events[index - 1]! <= each);
}

function bad(path: string, reason: string): DebuggeeError {
  return new DebuggeeError('bad-recording', `${path} cannot be opened: ${reason}.`);
}
