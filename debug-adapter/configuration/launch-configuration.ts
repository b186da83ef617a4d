import { DebuggeeError } from '../debuggee/debuggee';
import { contradictions, editorKeys, ofRestored, ofSession } from './contradictions';
import { type Declared, declaration, timeTravelMemory } from './declaration';
import { explain } from './explanation';

/** What a launch request has said, checked, sizes in bytes. */
export type LaunchConfiguration = Omit<Declared, 'ram' | 'snapshot' | 'timeTravel'> & {
  readonly ramByteCount: number;
  readonly timeTravel: false | { readonly memoryByteCount: number };
  readonly snapshot: SnapshotConfiguration;
};

type SnapshotConfiguration = Omit<Declared['snapshot'], 'maxBandwidth'> & {
  /** Bytes per second. */
  readonly maxBandwidth: number;
};

/** @throws DebuggeeError that explains each field that is wrong: what was found, what is expected. */
export function parseLaunchConfiguration(value: unknown): LaunchConfiguration {
  const given = Object.entries(value ?? {}).filter(([key]) => !editorKeys.test(key));
  const parsed = declaration.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap((issue) => explain(issue, value)));
  const { ram, ...rest } = parsed.data;
  const ramByteCount = parseByteCount(ram);
  const problems = contradictions(parsed.data, ramByteCount, value);
  if (problems.length > 0) throw invalid(problems);
  const snapshot = { ...rest.snapshot, maxBandwidth: parseByteCount(rest.snapshot.maxBandwidth) };
  return { ...rest, ramByteCount, snapshot, timeTravel: timeTravelOf(rest.timeTravel) };
}

function timeTravelOf(given: Declared['timeTravel']): LaunchConfiguration['timeTravel'] {
  if (given === false) return false;
  return { memoryByteCount: parseByteCount(given === true ? timeTravelMemory : given.memory) };
}

/**
 * What a run depends on, as a launch configuration.
 *
 * @param nameOf what a file is called there
 */
export function runConfiguration(
  configuration: LaunchConfiguration,
  nameOf: (path: string) => string,
): Readonly<Record<string, unknown>> {
  const { ramByteCount, snapshot, ...rest } = configuration;
  const { output: _output, ...taken } = snapshot;
  const all: Record<string, unknown> = { ...rest, ram: ramByteCount, snapshot: taken };
  for (const key of ofSession) delete all[key];
  if (configuration.restore !== undefined) for (const key of ofRestored) delete all[key];
  for (const key of fileKeys) {
    const paths = configuration[key];
    if (paths === undefined) continue;
    const named = [paths].flat().map((path) => (path === null ? null : nameOf(path)));
    all[key] = Array.isArray(paths) ? named : named[0];
  }
  return all;
}

const fileKeys = ['program', 'bios', 'kernel', 'initrd', 'disk', 'restore', 'symbols', 'pflash'] as const;

/** Every file that a session reads, but for a recording. */
export function inputPaths(configuration: LaunchConfiguration): string[] {
  return fileKeys.flatMap((key) => configuration[key] ?? []).filter((path) => path !== null);
}

function parseByteCount(text: string | number): number {
  if (typeof text === 'number') return text;
  const scale = { K: 1 << 10, M: 1 << 20, G: 1 << 30 }[text.slice(-1)] ?? 1;
  return Number.parseInt(text, 10) * scale;
}

function invalid(problems: readonly string[]): DebuggeeError {
  const list = problems.length === 1 ? problems[0] : problems.map((problem) => `\n• ${problem}`).join('');
  return new DebuggeeError('invalid-configuration', `Invalid launch configuration: ${list}`);
}
