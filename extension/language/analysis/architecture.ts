/** Which extensions a program allows itself, as far as it says so: `.attribute arch`, `.option arch`, `.option norvc`. */
import type { Extension } from '../../../debug-adapter/emulator/isa/instructions';
import { textOf } from './operand-fit';
import type { Statement } from './statements';

/** What some extensions have in common with others, which then are enough. */
const enough: Readonly<Partial<Record<Extension, RegExp>>> = {
  M: /^(m|zmmul)$/,
  A: /^(a|zaamo|zalrsc)$/,
  F: /^(f|d|q|zfinx|zdinx)$/,
  D: /^(d|q|zdinx)$/,
  C: /^(c|zc.*)$/,
  Zba: /^(b|zba)$/,
  Zbb: /^(b|zbb|zbk.*|zk.*)$/,
  Zbc: /^(zbc|zbkc|zk.*)$/,
  Zbs: /^(b|zbs)$/,
};

interface Known {
  /** Undefined while nothing is said of what there is. */
  readonly all: ReadonlySet<string> | undefined;
  readonly without: ReadonlySet<string>;
}

const nothing: Known = { all: undefined, without: new Set() };

/** Follows the statements in their order. */
export class Architecture {
  #now = nothing;
  readonly #pushed: Known[] = [];

  follow({ kind, head, operands, isConditional, isRepeated }: Statement): void {
    if (kind !== 'directive') return;
    const [first = [], second = [], ...rest] = operands;
    const isAttribute = head!.text === '.attribute' && /^(arch|5|Tag_RISCV_arch)$/.test(textOf(first));
    if (head!.text !== '.option' && !isAttribute) return;
    if (isConditional || isRepeated) {
      // It may be so, or not.
      this.#now = nothing;
      return;
    }
    if (isAttribute) this.#now = { all: parseArchitecture(textOf(second).replaceAll('"', '')), without: new Set() };
    else this.#option(textOf(first), [second, ...rest].map(textOf));
  }

  /** Whether a program that says what it has lacks an extension here. */
  lacks(extension: Extension): boolean {
    const pattern = enough[extension];
    if (pattern === undefined) return false;
    const { all, without } = this.#now;
    if (without.has(extension.toLowerCase())) return true;
    return all !== undefined && ![...all].some((each) => pattern.test(each));
  }

  #option(option: string, values: readonly string[]): void {
    const { all, without } = this.#now;
    if (option === 'push') this.#pushed.push(this.#now);
    else if (option === 'pop') this.#now = this.#pushed.pop() ?? nothing;
    else if (option === 'rvc') this.#now = { all: all && new Set([...all, 'c']), without: minus(without, 'c') };
    else if (option === 'norvc') this.#now = { all, without: new Set([...without, 'c']) };
    else if (option === 'arch') for (const value of values) this.#change(value);
  }

  #change(value: string): void {
    const { all, without } = this.#now;
    const [, sign, name = ''] = /^([+-]?)(\w+)$/.exec(value) ?? [];
    if (sign === '+') this.#now = { all: all && new Set([...all, bare(name)]), without: minus(without, bare(name)) };
    else if (sign === '-')
      this.#now = { all: all && minus(all, bare(name)), without: new Set([...without, bare(name)]) };
    else this.#now = { all: parseArchitecture(value), without: new Set() };
  }
}

/** `rv64imac_zicsr2p0` → i, m, a, c, zicsr. Undefined for what is no such name. */
function parseArchitecture(text: string): ReadonlySet<string> | undefined {
  const [, letters, ...named] = /^rv(?:32|64|128)([a-z0-9]+)((?:_[a-z0-9]+)*)$/i.exec(text.toLowerCase()) ?? [];
  if (letters === undefined) return undefined;
  const short = letters.replace(/(z|s|x)[a-z].*$/, '').replace(/\d+(p\d+)?/g, '');
  const rest = letters.slice(
    letters.search(/(z|s|x)[a-z].*$/) < 0 ? letters.length : letters.search(/(z|s|x)[a-z].*$/),
  );
  const long = [rest, ...named.flatMap((each) => each.split('_'))].filter(Boolean).map(bare);
  return new Set([...short.replace('g', 'imafd'), ...long]);
}

function bare(name: string): string {
  return name.toLowerCase().replace(/\d+p\d+$/, '');
}

function minus(set: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== name));
}
