import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Scope, Variable } from '../debuggee/thread';
import { noVariables } from './errors';
import { memoryReference } from './memory';

/** Variables that a client may unfold, by the numbers it was given. They hold for one stop. */
export class VariableHandles {
  #lists: (readonly Variable[])[] = [];
  /** Numbers are never given out twice: an old one must not mean something new. */
  #first = 1;

  clear(): void {
    this.#first += this.#lists.length;
    this.#lists = [];
  }

  scope({ name, kind, variables }: Scope): Dap.Scope {
    return {
      name,
      presentationHint: kind,
      variablesReference: this.#handle(variables),
      namedVariables: variables.length,
      expensive: false,
    };
  }

  /** @throws SessionError for a number of an earlier stop. */
  list({ variablesReference, start = 0, count, format }: Dap.VariablesArguments): Dap.Variable[] {
    const variables = this.#lists[variablesReference - this.#first];
    if (!variables) throw noVariables(variablesReference);
    const end = count ? start + count : undefined;
    return variables.slice(start, end).map((variable) => this.#variable(variable, format?.hex ?? false));
  }

  #variable(variable: Variable, inHex: boolean): Dap.Variable {
    const { name, value, kind, children } = variable;
    const isNumber = kind === 'address' || kind === 'register';
    return {
      name,
      value: formatVariable(variable, inHex),
      variablesReference: children ? this.#handle(children) : 0,
      presentationHint: { attributes: ['readOnly'] },
      ...(isNumber && { evaluateName: `$${name}` }),
      ...(isNumber && typeof value === 'bigint' && { memoryReference: memoryReference(value) }),
    };
  }

  #handle(variables: readonly Variable[]): number {
    return this.#first + this.#lists.push(variables) - 1;
  }
}

export function formatVariable({ value, kind }: Variable, inHex: boolean): string {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  switch (kind) {
    case 'address':
      return `0x${value.toString(16)}`;
    case 'register':
      return `0x${value.toString(16).padStart(16, '0')}`;
    case 'durationNs':
      return formatDuration(Number(value));
    case 'plain':
      return inHex ? `0x${value.toString(16)}` : String(value);
  }
}

/** Exact to the nanosecond, in the unit that reads best. */
export function formatDuration(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${ns / 1e3} µs`;
  return ns < 1e9 ? `${ns / 1e6} ms` : `${ns / 1e9} s`;
}
