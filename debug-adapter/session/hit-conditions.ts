import { badExpression } from './errors';

type Comparison = (hits: number, count: number) => boolean;

const comparisons: Readonly<Record<string, Comparison>> = {
  '': (hits, count) => hits === count,
  '=': (hits, count) => hits === count,
  '==': (hits, count) => hits === count,
  '>': (hits, count) => hits > count,
  '>=': (hits, count) => hits >= count,
  '<': (hits, count) => hits < count,
  '<=': (hits, count) => hits <= count,
  '%': (hits, count) => hits % count === 0,
};

/** Which of a breakpoint's hits count: `5`, `> 5`, `% 100`, … @throws SessionError when it says no such thing. */
export function parseHitCondition(text: string): (hits: number) => boolean {
  const [, operator = '', digits = ''] = /^\s*([=<>%]{0,2})\s*(\d+)\s*$/.exec(text) ?? [];
  const holds = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
  const count = Number(digits);
  if (!holds || count === 0) throw badExpression(text, 'a hit count is a number such as 5, or > 5, >= 5, < 5, % 5');
  return (hits) => holds(hits, count);
}
