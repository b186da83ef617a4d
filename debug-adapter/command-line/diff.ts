import { comparison, type Difference, isSameMachine } from '../snapshot-file/differences';
import { type PageRun, runsText } from '../snapshot-file/page-index';
import { jsonText } from '../snapshot-file/state-values';
import { type Survey, surveyStream } from '../snapshot-file/survey';
import { answered } from '../vmstate/reading';
import { faultAdvice, faultText } from '../vmstate/stream-fault';
import { CommandError, type Environment, type ExitCode, exitCode, type OpenFile, withFile } from './environment';
import { printableLine } from './printable';

export interface DiffOptions {
  readonly json: boolean;
}

/** Compares the machines that two streams restore: order, repeats and cuts into sections do not count. */
export function diff(environment: Environment, pathA: string, pathB: string, { json }: DiffOptions): ExitCode {
  return withFile(environment, pathA, (fileA) =>
    withFile(environment, pathB, (fileB) => {
      const a = surveyed(environment, pathA, fileA);
      const b = surveyed(environment, pathB, fileB);
      const difference = withRuns(environment, { a: fileA, b: fileB }, a, b);
      const isSame = isSameMachine(difference);
      if (json) environment.say(JSON.stringify({ isSame, ...difference }, null, 2));
      else environment.say(isSame ? 'The same machine: pages and device fields are equal.' : toText(difference));
      return isSame ? exitCode.good : exitCode.different;
    }),
  );
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

type WithRuns = Difference & {
  readonly blocks: readonly (Difference['blocks'][number] & { readonly runs: readonly PageRun[] })[];
};

/** With the runs of pages that differ. */
function withRuns(environment: Environment, files: Record<'a' | 'b', OpenFile>, a: Survey, b: Survey): WithRuns {
  const runsByBlock = new Map<string, { first: number; count: number }[]>();
  const progress = environment.progress('comparing');
  try {
    const comparing = comparison(a, b, {
      at: (_block, page, pageCount) => progress.at(page, pageCount),
      differing(block, page) {
        const runs = runsByBlock.get(block) ?? [];
        runsByBlock.set(block, runs);
        const last = runs.at(-1);
        if (last && last.first + last.count === page) last.count++;
        else runs.push({ first: page, count: 1 });
      },
    });
    const difference = answered(comparing, ({ side, offset, length }) => files[side].read(offset, length));
    const blocks = difference.blocks.map((each) => ({ ...each, runs: runsByBlock.get(each.block) ?? [] }));
    return { ...difference, blocks };
  } finally {
    progress.end();
  }
}

const runsShownMax = 20;
const fieldsShownMax = 200;

function toText({ machine, blocks, devices }: WithRuns): string {
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
