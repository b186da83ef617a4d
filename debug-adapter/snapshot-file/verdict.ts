import { faultAdvice, faultText, type StreamFault } from '../vmstate/stream-fault';
import { type Finding, findingsOf } from './findings';
import type { Survey } from './survey';

export type Verdict =
  /** The file is no stream. */
  | { readonly kind: 'refused'; readonly text: string }
  /** There was no room for more of it. */
  | { readonly kind: 'read-in-part'; readonly text: string }
  | {
      readonly kind: 'judged';
      readonly isWhole: boolean;
      readonly text: string;
      readonly findings: readonly Finding[];
    };

/** What to say first of a file that has been read. @param name of the file, for sentences */
export function verdictOf(survey: Survey, name: string): Verdict {
  const [fault] = survey.faults;
  if (fault && !survey.head) return { kind: 'refused', text: refusal(fault, survey, name) };
  if (survey.unreadFrom !== undefined) {
    const text = `Read up to byte ${survey.unreadFrom}: an editor has no room for more. \`freezeframe verify\` reads all of it.`;
    return { kind: 'read-in-part', text };
  }
  const findings = findingsOf(survey, false);
  const wrong = findings.filter(({ isWrong }) => isWrong);
  if (wrong.length === 0) return { kind: 'judged', isWhole: true, text: `${name} is whole.`, findings };
  const count = `${wrong.length} of ${findings.length} checks failed`;
  return { kind: 'judged', isWhole: false, text: `${name} is not whole: ${count}.`, findings };
}

function refusal(fault: StreamFault, { byteCount }: Survey, name: string): string {
  if (fault.kind === 'foreign') return `${name} is ${fault.actual}, not a migration stream. ${faultAdvice(fault)}`;
  if (fault.kind === 'unsupported-version') return `${name} cannot be read: ${faultText(fault)}.`;
  if (byteCount === 0) return `${name} is empty.`;
  return `${name} is not a migration stream: it does not begin with QEMU’s “QEVM”.`;
}

/** Why the file cannot be compared, or undefined when it can. */
export function comparisonRefusal(survey: Survey, name: string): string | undefined {
  const verdict = verdictOf(survey, name);
  if (verdict.kind !== 'judged') return verdict.text;
  const [fault] = survey.faults;
  return fault && `${name} cannot be compared, as it is not whole: ${faultText(fault)}. ${faultAdvice(fault)}`;
}
