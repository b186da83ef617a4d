/** What can be typed at a place. */
import { forms, formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { csrs } from '../../../debug-adapter/emulator/isa/csrs';
import { registers, roundingModeNames } from '../../../debug-adapter/emulator/isa/registers';
import { cursorAt } from './cursor';
import { directives } from './directives';
import type { AssemblyDocument } from './document';
import { relocations } from './relocations';
import { macroParameters } from './statements';
import { preprocessorDirectives } from './tokens';

export interface Completion {
  readonly label: string;
  readonly kind: 'instruction' | 'directive' | 'register' | 'csr' | 'symbol' | 'macro' | 'constant' | 'keyword';
  readonly detail: string;
}

export interface Completions {
  readonly items: readonly Completion[];
  /** The columns that an item replaces. */
  readonly start: number;
  readonly end: number;
}

export function completionsAt(document: AssemblyDocument, line: number, character: number): Completions | undefined {
  const cursor = cursorAt(document, line, character);
  if (!cursor) return undefined;
  const { head, index, word, macro, isPreprocessor } = cursor;
  const at = { start: word.start, end: character };
  if (word.text.includes('\\') || (word.text === '' && document.lines[line]?.[character - 1] === '\\')) {
    const start = word.text === '' ? character : word.start + word.text.lastIndexOf('\\') + 1;
    return { items: parameters(document, macro), start, end: character };
  }
  if (isPreprocessor) {
    const items =
      head === undefined ? [...preprocessorDirectives].map((label) => item(label, 'keyword', '')) : names(document);
    return { ...at, items };
  }
  if (head === undefined) return { ...at, items: word.text.startsWith('.') ? directiveItems() : heads(document) };
  if (document.lines[line]?.[word.start - 1] === '%') at.start--;
  const isRelocation = document.lines[line]?.[at.start] === '%';
  return { ...at, items: isRelocation ? relocationItems() : operands(document, head.text, index) };
}

function heads(document: AssemblyDocument): Completion[] {
  const instructions = [...forms].map(([label, [form]]) => item(label, 'instruction', form!.summary));
  const macros = document.symbols.symbols
    .filter(({ definitions: [first] }) => first!.kind === 'macro' || first!.kind === 'define')
    .map(({ name }) => item(name, 'macro', ''));
  return [...macros, ...instructions, ...directiveItems()];
}

function directiveItems(): Completion[] {
  return [...directives.values()].map(({ name, summary }) => item(name, 'directive', summary));
}

function relocationItems(): Completion[] {
  return [...relocations].map(([label, detail]) => item(label, 'keyword', detail));
}

function parameters(document: AssemblyDocument, macro: string | undefined): Completion[] {
  const definition =
    macro === undefined ? undefined : document.symbols.find(macro)?.definitions.find(({ kind }) => kind === 'macro');
  return definition
    ? macroParameters(definition.statement).map(({ text }) => item(text, 'constant', `parameter of ${macro}`))
    : [];
}

/** What fits the operand that the cursor is in, by any of the mnemonic's forms. */
function operands(document: AssemblyDocument, mnemonic: string, index: number): readonly Completion[] {
  const known = formsOf(mnemonic);
  if (!known) return [...names(document), ...registerItems('x'), ...registerItems('f')];
  const pieces = new Set(known.flatMap((form) => form.operands.split(',')[index]?.match(/[a-z]+\d?/g) ?? []));
  const has = (...wanted: string[]): boolean => wanted.some((each) => pieces.has(each));
  return [
    ...(has('rd', 'rs1', 'rs2', 'rt') ? registerItems('x') : []),
    ...(has('fd', 'fs1', 'fs2', 'fs3') ? registerItems('f') : []),
    ...(has('csr') ? csrs.map(({ name, summary }) => item(name, 'csr', summary)) : []),
    ...(has('rm', 'exactrm')
      ? roundingModeNames.flatMap((name) => (name ? [item(name, 'keyword', 'rounding mode')] : []))
      : []),
    ...(has('pred', 'succ') ? ['rw', 'r', 'w', 'iorw'].map((each) => item(each, 'keyword', 'accesses')) : []),
    ...(has('imm', 'shamt', 'upper', 'uimm', 'value', 'symbol', 'target', 'csr') ? names(document) : []),
    ...(has('imm', 'upper') ? relocationItems() : []),
  ];
}

function registerItems(kind: 'x' | 'f'): Completion[] {
  return [...registers]
    .filter(([name, register]) => register.kind === kind && !/^[xf]\d/.test(name))
    .map(([name, { number, role }]) => item(name, 'register', `${kind}${number}: ${role}`));
}

function names(document: AssemblyDocument): Completion[] {
  return document.symbols.symbols.flatMap(({ name, definitions: [first] }) => {
    if (first!.kind === 'label') return [item(name, 'symbol', 'label')];
    return first!.kind === 'constant' || first!.kind === 'define' ? [item(name, 'constant', first!.kind)] : [];
  });
}

function item(label: string, kind: Completion['kind'], detail: string): Completion {
  return { label, kind, detail };
}
