import { attributes, tags } from './constants';
import type { DebugFile } from './debug-file';
import { nameOf } from './functions';
import { orNothing } from './sections';
import type { Entry, Unit } from './unit';

/** What a unit declares outside of functions, by name: an entry each. Structures and the like with their keyword. */
export class Declarations {
  readonly variables = new Map<string, Entry>();
  /** Variables that it names and another unit has. */
  readonly externs = new Map<string, Entry>();
  readonly types = new Map<string, Entry>();
  /** Of its enumerations. */
  readonly enumerators = new Map<string, bigint>();

  constructor(unit: Unit, file: DebugFile) {
    orNothing(() => {
      for (const entry of unit.root.children) orNothing(() => this.#note(entry, file));
    });
    for (const name of this.variables.keys()) this.externs.delete(name);
  }

  #note(entry: Entry, file: DebugFile): void {
    if (entry.tag === tags.enumerationType) this.#noteEnumerators(entry);
    const isVariable = entry.tag === tags.variable;
    const keyword = typeKeywords[entry.tag];
    const isDeclared = entry.get(attributes.declaration) !== undefined;
    if (!isVariable && (keyword === undefined || isDeclared)) return;
    const name = nameOf(entry, file);
    if (name === undefined) return;
    const variables = isDeclared ? this.externs : this.variables;
    const [entries, key] = isVariable ? [variables, name] : [this.types, `${keyword}${name}`];
    if (!entries.has(key)) entries.set(key, entry);
  }

  #noteEnumerators(enumeration: Entry): void {
    for (const child of enumeration.children) {
      const value = child.get(attributes.constValue);
      const name = child.text(attributes.name);
      if (child.tag === tags.enumerator && value?.kind === 'constant' && name !== undefined) {
        this.enumerators.set(name, value.value);
      }
    }
  }
}

const typeKeywords: Readonly<Record<number, string>> = {
  [tags.baseType]: '',
  [tags.typedef]: '',
  [tags.structureType]: 'struct ',
  [tags.classType]: 'struct ',
  [tags.unionType]: 'union ',
  [tags.enumerationType]: 'enum ',
};

/** As compilers name C's base types. */
export function typeKey(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== 'const' && word !== 'volatile');
  if (!words.every((word) => baseWords.has(word))) return words.join(' ');
  if (words.includes('char') || words.includes('double') || words.includes('float')) return inOrder(words);
  const long = words.filter((word) => word === 'long' || word === 'short');
  const sign = words.includes('unsigned') ? ['unsigned'] : [];
  return [...long, ...sign, 'int'].join(' ');
}

function inOrder(words: readonly string[]): string {
  return [...words].sort((a, b) => rank(a) - rank(b)).join(' ');
}

function rank(word: string): number {
  return ['long', 'signed', 'unsigned'].includes(word) ? 0 : 1;
}

const baseWords: ReadonlySet<string> = new Set([
  ...['char', 'short', 'int', 'long', 'signed', 'unsigned', 'float', 'double'],
]);
