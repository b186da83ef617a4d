import type { Condition, Names } from '../debuggee/breakpoints';
import { compileCondition, compileExpression } from './expressions';
import { parseHitCondition } from './hit-conditions';
import { compileLogMessage } from './log-messages';

/** When a breakpoint stops, as a client says it. */
export interface ConditionTexts {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

/**
 * All of it as one condition. It counts: it is asked once each time the breakpoint's place is reached. A breakpoint with a
 * message logs it instead of stopping; where a client has no field for one, `log("…")` in the condition does the same,
 * and `hits` is how often the place has been reached.
 * @param log takes what a breakpoint has to say
 * @throws SessionError when a text cannot be read.
 */
export function breakpointCondition(
  { condition, hitCondition, logMessage }: ConditionTexts,
  log: (text: string) => void,
): Condition | undefined {
  const holds = isGiven(condition) ? compileCondition(condition, log) : undefined;
  const counts = isGiven(hitCondition) ? parseHitCondition(hitCondition) : undefined;
  const message = isGiven(logMessage) ? compileLogMessage(logMessage, compileExpression) : undefined;
  if (!holds && !counts && !message) return undefined;
  let reached = 0;
  let hits = 0;
  return (names) => {
    reached++;
    const known = withHits(names, reached);
    if (holds && !holds(known)) return false;
    hits++;
    if (counts && !counts(hits)) return false;
    if (!message) return true;
    log(message({ names: known }));
    return false;
  };
}

function withHits(names: Names, hits: number): Names {
  return { ...names, lookup: (name) => (name === 'hits' ? BigInt(hits) : names.lookup(name)) };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
