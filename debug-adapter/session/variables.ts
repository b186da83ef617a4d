import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Composite, Scope, Variable } from '../debuggee/thread';
import { notSettable, noVariables } from './errors';
import type { Place } from './frames';
import { memoryReference } from './memory';

interface VariableList {
  readonly variables: readonly Variable[];
  /** The frame that they are of. */
  readonly place: Place;
  readonly areRegisters: boolean;
}

type Shown = Pick<Dap.SetVariableArguments, 'variablesReference' | 'format'>;

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

  scope(scope: Scope, place: Place, frameId: number): Dap.Scope {
    const { name, kind, isExpensive = false } = scope;
    const list: VariableList = {
      get variables() {
        return scope.variables;
      },
      place,
      areRegisters: kind === 'registers',
    };
    return {
      name,
      presentationHint: kind,
      variablesReference: this.#handle(`frame ${frameId} ${name}`, list),
      ...(!isExpensive && { namedVariables: scope.variables.length }),
      expensive: isExpensive,
    };
  }

  /** The parts of what an expression has as its value, there where it is evaluated; 0 when it has none. */
  unfold(expression: string, composite: Composite, place: Place): number {
    const variables = composite.children();
    if (variables.length === 0) return 0;
    const name = `${place.thread} ${place.index} ${expression}`;
    return this.#handle(name, { variables, place, areRegisters: false });
  }

  /** @throws SessionError for a number of an earlier stop. */
  list({ variablesReference, start = 0, count, format }: Dap.VariablesArguments): Dap.Variable[] {
    const { variables } = this.#list(variablesReference);
    const end = count ? start + count : undefined;
    return variables.slice(start, end).map((variable) => this.#shown(variable, { variablesReference, format }));
  }

  /** The variable of that name, to be set, and its frame. @throws SessionError when there is none that can be. */
  settable({ variablesReference, name }: Dap.SetVariableArguments): {
    readonly place: Place;
    readonly variable: Variable;
  } {
    const { place, variable, isRegister } = this.named(variablesReference, name);
    if (!variable || !isSettable(variable, isRegister)) throw notSettable(name);
    return { place, variable };
  }

  /** The innermost block's comes last, and hides those of its name. @throws SessionError for a number of an earlier stop. */
  named(
    reference: number,
    name: string,
  ): { readonly place: Place; readonly variable: Variable | undefined; readonly isRegister: boolean } {
    const { variables, place, areRegisters } = this.#list(reference);
    return { place, variable: variables.filter((each) => each.name === name).at(-1), isRegister: areRegisters };
  }

  /** One of a list, as a client sees it. */
  #shown(variable: Variable, { variablesReference: parent, format }: Shown): Dap.Variable {
    const { place, areRegisters } = this.#list(parent);
    const { name, value, kind, children, source, expression } = variable;
    const isNumber = kind === 'address' || kind === 'register';
    const evaluateName = isNumber ? `$${name}` : expression;
    return {
      name,
      value: formatVariable(variable, format?.hex ?? false),
      variablesReference: children
        ? this.#handle(`${parent} ${name}`, {
            get variables() {
              return children();
            },
            place,
            areRegisters: false,
          })
        : 0,
      ...(!isSettable(variable, areRegisters) && { presentationHint: { attributes: ['readOnly'] } }),
      ...(evaluateName !== undefined && { evaluateName }),
      ...(isNumber && typeof value === 'bigint' && { memoryReference: memoryReference(value) }),
      ...(source?.address !== undefined && { memoryReference: memoryReference(source.address) }),
      ...(source && { type: source.type }),
    };
  }

  /** One that has been set. */
  set(variable: Variable, parent: Shown): Dap.SetVariableResponse['body'] {
    const { value, type, variablesReference, memoryReference } = this.#shown(variable, parent);
    return { value, variablesReference, ...(type && { type }), ...(memoryReference && { memoryReference }) };
  }

  #list(reference: number): VariableList {
    const list = this.#lists[reference - this.#first];
    if (!list) throw noVariables(reference);
    return list;
  }

  #handle(name: string, list: VariableList): number {
    const number = this.#numbers.get(name) ?? this.#first + this.#lists.length;
    this.#numbers.set(name, number);
    this.#lists[number - this.#first] = list;
    return number;
  }
}

function isSettable({ name, value, source }: Variable, isRegister: boolean): boolean {
  if (source) return true;
  return isRegister && typeof value === 'bigint' && name !== 'zero';
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
