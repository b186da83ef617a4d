import { faultAdvice, faultText } from '../vmstate/stream-fault';
import { CommandError, type Environment, type ExitCode, exitCode, type OpenFile, withFile } from './environment';
import { type PageIndex, type PageRun, pageBytes, runsText, zeroPage } from './page-index';
import { printableLine } from './printable';
import { type FieldDifference, jsonText, stateDifferences } from './state-values';
import { type Survey, type SurveyedBlock, surveyStream } from './survey';

export interface DiffOptions {
  readonly json: boolean;
}

interface Difference {
  readonly machine?: { readonly a: string | undefined; readonly b: string | undefined };
  readonly blocks: readonly BlockDifference[];
  readonly devices: readonly DeviceDifference[];
}

/** A block with a byte count on one side only is not in the other stream. */
interface BlockDifference {
  readonly block: string;
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly pageCount: number;
  /** Pages whose bytes differ, or that only one of the streams holds. */
  readonly differing: number;
  readonly runs: readonly PageRun[];
}

interface DeviceDifference {
  readonly device: string;
  readonly instanceId: number;
  readonly versions: { readonly a: number | undefined; readonly b: number | undefined };
  readonly fields: readonly FieldDifference[];
}

/** Compares the machines that two streams restore: order, repeats and cuts into sections do not count. */
export function diff(environment: Environment, pathA: string, pathB: string, { json }: DiffOptions): ExitCode {
  return withFile(environment, pathA, (fileA) =>
    withFile(environment, pathB, (fileB) => {
      const a = { file: fileA, survey: surveyed(environment, pathA, fileA) };
      const b = { file: fileB, survey: surveyed(environment, pathB, fileB) };
      const difference = compare(environment, a, b);
      const isSame = difference.machine === undefined && difference.blocks.length + difference.devices.length === 0;
      if (json) environment.say(JSON.stringify({ isSame, ...difference }, null, 2));
      else environment.say(isSame ? 'The same machine: pages and device fields are equal.' : toText(difference));
      return isSame ? exitCode.good : exitCode.different;
    }),
  );
}

interface Side {
  readonly file: OpenFile;
  readonly survey: Survey;
}

function surveyed(environment: Environment, path: string, file: OpenFile): Survey {
  const progress = environment.progress(`reading ${path}`);
  try {
    const survey = surveyStream(file, (done, total) => progress.at(done, total));
    const [fault] = survey.faults;
    if (!fault) return survey;
    const name = printableLine(path);
    const advice = `${faultAdvice(fault)} \`freezeframe verify ${name}\` says what is missing.`;
    throw new CommandError(`${name} cannot be compared, as it is not whole: ${faultText(fault)}. ${advice}`);
  } finally {
    progress.end();
  }
}

function compare(environment: Environment, a: Side, b: Side): Difference {
  const machines = { a: a.survey.configuration?.machine, b: b.survey.configuration?.machine };
  return {
    ...(machines.a !== machines.b && { machine: machines }),
    blocks: pairs(a.survey.blocks, b.survey.blocks, ({ name }) => name).flatMap(([blockA, blockB]) =>
      blockDifference(environment, a, blockA, b, blockB),
    ),
    devices: pairs(a.survey.devices, b.survey.devices, ({ name, instanceId }) => `${name}\0${instanceId}`).flatMap(
      ([deviceA, deviceB]) => {
        const { name, instanceId } = (deviceA ?? deviceB)!;
        const versions = { a: deviceA?.state.layout.version, b: deviceB?.state.layout.version };
        const fields = deviceA && deviceB ? [...stateDifferences(deviceA.state, deviceB.state)] : [];
        const isSame = versions.a === versions.b && fields.length === 0;
        return isSame ? [] : [{ device: name, instanceId, versions, fields }];
      },
    ),
  };
}

function blockDifference(
  environment: Environment,
  a: Side,
  blockA: SurveyedBlock | undefined,
  b: Side,
  blockB: SurveyedBlock | undefined,
): BlockDifference[] {
  const { name, pages } = (blockA ?? blockB)!;
  const head = { block: name, a: blockA?.byteCount, b: blockB?.byteCount, pageCount: pages.pageCount };
  if (head.a !== head.b || !blockA || !blockB) return [{ ...head, differing: 0, runs: [] }];
  const progress = environment.progress(`comparing ${name}`);
  const runs: { first: number; count: number }[] = [];
  let differing = 0;
  for (const { first, count } of stretchesOfEither(blockA, blockB)) {
    progress.at(first, pages.pageCount);
    for (let page = first; page < first + count; page++) {
      if (isSamePage(a, blockA.pages, b, blockB.pages, page)) continue;
      differing++;
      const last = runs.at(-1);
      if (last && last.first + last.count === page) last.count++;
      else runs.push({ first: page, count: 1 });
    }
  }
  progress.end();
  return differing === 0 ? [] : [{ ...head, differing, runs }];
}

function stretchesOfEither(a: SurveyedBlock, b: SurveyedBlock): PageRun[] {
  const byFirst = new Map([...a.pages.stretches(), ...b.pages.stretches()].map((run) => [run.first, run]));
  return [...byFirst.values()].sort((one, other) => one.first - other.first);
}

function isSamePage(a: Side, pagesA: PageIndex, b: Side, pagesB: PageIndex, page: number): boolean {
  const [placeA, placeB] = [pagesA.placeOf(page), pagesB.placeOf(page)];
  if (placeA <= zeroPage && placeB <= zeroPage) return placeA === placeB;
  const bytesA = pageBytes(a.file, pagesA, page, a.survey.pageByteCount);
  const bytesB = pageBytes(b.file, pagesB, page, b.survey.pageByteCount);
  return bytesA !== undefined && bytesB !== undefined && isSame(bytesA, bytesB);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** What has one key in both lists; undefined where one of them has none. */
function pairs<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string): [T | undefined, T | undefined][] {
  const inB = new Map(b.map((item) => [keyOf(item), item]));
  const paired = a.map((item): [T, T | undefined] => [item, inB.get(keyOf(item))]);
  const inA = new Set(a.map(keyOf));
  return [...paired, ...b.filter((item) => !inA.has(keyOf(item))).map((item): [undefined, T] => [undefined, item])];
}

const runsShownMax = 20;
const fieldsShownMax = 200;

function toText({ machine, blocks, devices }: Difference): string {
  const lines = machine ? [`machine: "${machine.a}" | "${machine.b}"`] : [];
  for (const { block, a, b, pageCount, differing, runs } of blocks) {
    if (a === b)
      lines.push(`RAM block ${block}: ${differing} of ${pageCount} pages differ: ${runsText(runs, runsShownMax)}`);
    else
      lines.push(
        `RAM block ${block}: ${a === undefined ? 'not there' : `${a} bytes`} | ${b === undefined ? 'not there' : `${b} bytes`}`,
      );
  }
  for (const { device, instanceId, versions, fields } of devices) {
    const name = `${device} ${instanceId}`;
    if (versions.a !== versions.b)
      lines.push(`device ${name}: ${versionText(versions.a)} | ${versionText(versions.b)}`);
    for (const { path, a, b } of fields.slice(0, fieldsShownMax)) {
      lines.push(`device ${name}: ${path}: ${jsonText(a)} | ${jsonText(b)}`);
    }
    if (fields.length > fieldsShownMax)
      lines.push(`device ${name}: … and ${fields.length - fieldsShownMax} more fields`);
  }
  return lines.join('\n');
}

function versionText(version: number | undefined): string {
  return version === undefined ? 'not there' : `version ${version}`;
}
