import type { Condition, Names, Tally } from '../debuggee/breakpoints';
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
 * @param tally where it counts
 * @param log takes what a breakpoint has to say
 * @throws SessionError when a text cannot be read.
 */
export function breakpointCondition(
  { condition, hitCondition, logMessage }: ConditionTexts,
  tally: Tally,
  log: (text: string) => void,
): Condition | undefined {
  const say = (text: string): void => {
    if (!tally.isQuiet) log(text);
  };
  const holds = isGiven(condition) ? compileCondition(condition, say) : undefined;
  const isCounted = isGiven(hitCondition) ? parseHitCondition(hitCondition) : undefined;
  const message = isGiven(logMessage) ? compileLogMessage(logMessage, compileExpression) : undefined;
  if (!holds && !isCounted && !message) return undefined;
  return (names) => {
    tally.reached++;
    const known = withHits(names, tally.reached);
    if (holds && !holds(known)) return false;
    tally.hits++;
    if (isCounted && !isCounted(tally.hits)) return false;
    if (!message) return true;
    say(message({ names: known }));
    return false;
  };
}

/** Whether it may: what a text says in quotes counts, too. */
export function counts({ condition = '', hitCondition, logMessage = '' }: ConditionTexts): boolean {
  return isGiven(hitCondition) || /\bhits\b/.test(`${condition} ${logMessage}`);
}

function withHits(names: Names, hits: number): Names {
  return { ...names, lookup: (name) => (name === 'hits' ? BigInt(hits) : names.lookup(name)) };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
