import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Composite, Scope, ThreadId, Variable } from '../debuggee/thread';
import { notSettable, noVariables } from './errors';
import { memoryReference } from './memory';

interface VariableList {
  readonly variables: readonly Variable[];
  /** Whose registers they are; undefined for what can only be read. */
  readonly registersOf: ThreadId | undefined;
}

/** Variables that a client may unfold, by the numbers it was given. They hold for one stop. */
export class VariableHandles {
  #lists: VariableList[] = [];
  /** Who asks again at the same stop is given the same numbers. */
  readonly #numbers = new Map<string, number>();
  /** Numbers are never given out twice: an old one must not mean something new. */
  #first = 1;

  clear(): void {
    this.#first += this.#lists.length;
    this.#lists = [];
    this.#numbers.clear();
  }

  scope({ name, kind, variables }: Scope, thread: ThreadId, frameId: number): Dap.Scope {
    return {
      name,
      presentationHint: kind,
      variablesReference: this.#handle(
        `frame ${frameId} ${name}`,
        variables,
        kind === 'registers' ? thread : undefined,
      ),
      namedVariables: variables.length,
      expensive: false,
    };
  }

  /** The parts of what an expression has as its value, there where it is evaluated; 0 when it has none. */
  unfold(place: string, { children }: Composite): number {
    return children.length > 0 ? this.#handle(place, children, undefined) : 0;
  }

  /** @throws SessionError for a number of an earlier stop. */
  list({ variablesReference, start = 0, count, format }: Dap.VariablesArguments): Dap.Variable[] {
    const { variables, registersOf } = this.#list(variablesReference);
    const end = count ? start + count : undefined;
    const shown = variables.slice(start, end);
    return shown.map((variable) =>
      this.#variable(variable, variablesReference, isSettable(variable, registersOf), format?.hex ?? false),
    );
  }

  /** The register of that name, to be set. @throws SessionError when there is none that can be. */
  register({ variablesReference, name }: Dap.SetVariableArguments): {
    readonly thread: ThreadId;
    readonly variable: Variable;
  } {
    const { variables, registersOf } = this.#list(variablesReference);
    const variable = variables.find((candidate) => candidate.name === name);
    if (!variable || !registersOf || !isSettable(variable, registersOf)) throw notSettable(name);
    return { thread: registersOf, variable };
  }

  /** Whose registers these variables are; undefined when they are none. @throws SessionError */
  registersOf(reference: number): ThreadId | undefined {
    return this.#list(reference).registersOf;
  }

  #list(reference: number): VariableList {
    const list = this.#lists[reference - this.#first];
    if (!list) throw noVariables(reference);
    return list;
  }

  #variable(variable: Variable, parent: number, isSettable: boolean, inHex: boolean): Dap.Variable {
    const { name, value, kind, children, type, address } = variable;
    const isNumber = kind === 'address' || kind === 'register';
    return {
      name,
      value: formatVariable(variable, inHex),
      variablesReference: children ? this.#handle(`${parent} ${name}`, children, undefined) : 0,
      ...(!isSettable && { presentationHint: { attributes: ['readOnly'] } }),
      ...(isNumber && { evaluateName: `$${name}` }),
      ...(isNumber && typeof value === 'bigint' && { memoryReference: memoryReference(value) }),
      ...(address !== undefined && { memoryReference: memoryReference(address) }),
      ...(type !== undefined && { type }),
    };
  }

  #handle(place: string, variables: readonly Variable[], registersOf: ThreadId | undefined): number {
    const number = this.#numbers.get(place) ?? this.#first + this.#lists.length;
    this.#numbers.set(place, number);
    this.#lists[number - this.#first] = { variables, registersOf };
    return number;
  }
}

function isSettable({ name, value }: Variable, registersOf: ThreadId | undefined): boolean {
  return registersOf !== undefined && typeof value === 'bigint' && name !== 'zero';
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
