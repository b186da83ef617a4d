import { findingsOf } from '../snapshot-file/findings';
import { surveyStream } from '../snapshot-file/survey';
import { type Environment, type ExitCode, exitCode, withFile } from './environment';
import { printableLine } from './printable';

export interface VerifyOptions {
  readonly json: boolean;
  /** A page sent twice is wrong too, as in a write-tracking snapshot. */
  readonly once: boolean;
}

/** Says whether a stream is whole: what QEMU would refuse, and what it would take although something is missing. */
export function verify(environment: Environment, path: string, { json, once }: VerifyOptions): ExitCode {
  const findings = withFile(environment, path, (file) => {
    const progress = environment.progress(`checking ${path}`);
    try {
      return findingsOf(
        surveyStream(file, (done, total) => progress.at(done, total)),
        once,
      );
    } finally {
      progress.end();
    }
  });
  const name = printableLine(path);
  const wrong = findings.filter(({ isWrong }) => isWrong).length;
  if (json) environment.say(JSON.stringify({ isWhole: wrong === 0, findings }, null, 2));
  else {
    for (const { isWrong, text } of findings) environment.say(`${isWrong ? 'WRONG ' : 'ok    '} ${text}`);
    environment.say(
      wrong === 0 ? `${name} is whole.` : `${name} is not whole: ${wrong} of ${findings.length} checks failed.`,
    );
  }
  return wrong === 0 ? exitCode.good : exitCode.different;
}
