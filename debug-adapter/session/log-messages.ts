import { badExpression, inWords } from './errors';
import type { Expression, Scope } from './expressions';
import { valueText } from './value-text';

export type LogMessage = (scope: Scope) => string;

/**
 * `page {page} by {thread}`: text, with the values of the expressions in braces. A doubled brace is one brace.
 * @param compile makes an expression of what stands in braces
 * @throws SessionError when one of them is no expression.
 */
export function compileLogMessage(text: string, compile: (text: string) => Expression): LogMessage {
  const parts: LogMessage[] = [];
  const rest = text.replace(/\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g, (part, expression?: string) => {
    if (expression !== undefined) parts.push(valueIn(compile(expression)));
    else if (part === '{' || part === '}')
      throw badExpression(text, `unbalanced ${part}; write {{ or }} for a literal brace`);
    else parts.push(() => part.replace(/^\{\{$/, '{').replace(/^\}\}$/, '}'));
    return '';
  });
  if (rest !== '') throw badExpression(text, 'it cannot be read');
  return (scope) => parts.map((part) => part(scope)).join('');
}

function valueIn(expression: Expression): LogMessage {
  return (scope) => {
    try {
      const value = expression.evaluate(scope);
      return typeof value === 'string' ? value : valueText(value);
    } catch (error) {
      return `<${inWords(error).text}>`;
    }
  };
}
