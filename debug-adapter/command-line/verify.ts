import type { StreamFault } from '../vmstate/stream-fault';
import { type Environment, type ExitCode, exitCode, withFile } from './environment';
import { runsText } from './page-index';
import { type Survey, type SurveyedBlock, surveyStream } from './survey';

export interface VerifyOptions {
  readonly json: boolean;
  /** A page sent twice is wrong too, as in a write-tracking snapshot. */
  readonly once: boolean;
}

/** What a check of a whole stream says, in words. */
interface Finding {
  readonly isWrong: boolean;
  readonly text: string;
  /** In the file, where one place is at fault. */
  readonly offset?: number;
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
  const wrong = findings.filter(({ isWrong }) => isWrong).length;
  if (json) environment.say(JSON.stringify({ isWhole: wrong === 0, findings }, null, 2));
  else {
    for (const { isWrong, text } of findings) environment.say(`${isWrong ? 'WRONG ' : 'ok    '} ${text}`);
    environment.say(
      wrong === 0 ? `${path} is whole.` : `${path} is not whole: ${wrong} of ${findings.length} checks failed.`,
    );
  }
  return wrong === 0 ? exitCode.good : exitCode.different;
}

export function faultText({ kind, offset, what, expected, actual }: StreamFault): string {
  return `${kind} at byte ${offset}: ${what}: expected ${expected}, found ${actual}`;
}

function findingsOf(survey: Survey, once: boolean): Finding[] {
  return [
    ...structure(survey),
    ...survey.blocks.map((block) => pages(survey, block, once)),
    ...(survey.blocks.length === 0 ? [wrong('no RAM: the stream holds no RAM block list')] : []),
    devices(survey),
    end(survey),
  ];
}

function structure({ faults, configuration, sections }: Survey): Finding[] {
  const last = sections.at(-1);
  const inside =
    last && !last.isWhole ? ` It lies in section "${last.name}", which begins at byte ${last.offset}.` : '';
  if (faults.length > 0) {
    return faults.map((fault) =>
      wrong(faultText(fault) + (fault.kind === 'no-description' ? '' : inside), fault.offset),
    );
  }
  const footers = `${sections.length} sections, each with its footer`;
  return [ok(`structure: header, configuration (machine "${configuration?.machine}"), ${footers}`)];
}

function pages(survey: Survey, { name, pages }: SurveyedBlock, once: boolean): Finding {
  const { pageCount, sentCount, zeroCount, repeatCount, missingCount } = pages;
  // With x-ignore-shared, the destination has the pages already.
  if (sentCount === 0 && survey.configuration?.capabilities?.includes('x-ignore-shared')) {
    return ok(`RAM block ${name}: its ${pageCount} pages are shared with the destination, none is in the stream`);
  }
  const missing = `RAM block ${name}: ${missingCount} of ${pageCount} pages are missing: ${runsText(pages.missingRuns(), 10)}`;
  if (missingCount > 0) return wrong(missing);
  const all = `RAM block ${name}: all ${pageCount} pages (${zeroCount} zero)`;
  if (repeatCount === 0) return ok(`${all}, each once`);
  const again = `${all}; ${repeatCount} were sent again`;
  return once
    ? wrong(`${again}, which a write-tracking snapshot never does`)
    : ok(`${again}, as precopy does; the last counts`);
}

/** The description names the device sections, in their order. */
function devices({ description, devices, pageByteCount, eofOffset }: Survey): Finding {
  if (!description) return wrong('devices: without a VMDESCRIPTION their sections cannot be told apart');
  const described = description.devices.map(({ name, instanceId }) => `${name} ${instanceId}`);
  const found = devices.map(({ name, instanceId }) => `${name} ${instanceId}`);
  const absent = described.filter((name) => !found.includes(name));
  if (absent.length > 0) {
    const reason = eofOffset === undefined ? ' (reading ended before)' : '';
    return wrong(
      `devices: ${absent.length} of ${described.length} described sections are missing${reason}: ${absent.join(', ')}`,
    );
  }
  if (described.join() !== found.join()) return wrong('devices: VMDESCRIPTION names the sections in another order');
  if (description.pageByteCount !== pageByteCount) {
    return wrong(
      `devices: VMDESCRIPTION has pages of ${description.pageByteCount} bytes, the configuration of ${pageByteCount}`,
    );
  }
  return ok(`devices: ${found.length} sections, as VMDESCRIPTION describes them`);
}

function end({ eofOffset, descriptionOffset, byteCount }: Survey): Finding {
  if (eofOffset === undefined) return wrong(`end: there is no EOF in the ${byteCount} bytes: the stream was cut off`);
  if (descriptionOffset === undefined) return wrong(`end: EOF at byte ${eofOffset}, but no VMDESCRIPTION behind it`);
  return ok(`end: EOF at byte ${eofOffset}, VMDESCRIPTION to the last byte`);
}

function ok(text: string): Finding {
  return { isWrong: false, text };
}

function wrong(text: string, offset?: number): Finding {
  return { isWrong: true, text, ...(offset !== undefined && { offset }) };
}
