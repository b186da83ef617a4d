import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import { type Composite, firstOf, type Value } from '../debuggee/thread';
import { functionNames } from './expressions';
import type { Place } from './frames';
import { gdbCommandNames } from './gdb-commands';

/** More than anybody reads through. */
const countMax = 200;
const consoleCommands = [
  'monitor',
  ...gdbCommandNames,
  'goto',
  'until',
  'last-writer',
  'became',
  'mark',
  'marks',
  'histories',
  'wait',
  'help',
];
const stopNames = ['thread', 'hart', 'phase', 'time', 'page', 'address', 'pagesSent', 'pagesLeft', 'faultsServed'];

/**
 * What a line of the debug console may go on with: commands at its beginning, QEMU's behind `monitor`, the parts of a
 * thing behind a dot; registers, symbols and names anywhere else.
 */
export async function completions(
  debuggee: Debuggee,
  place: Place,
  { text, column }: Dap.CompletionsArguments,
): Promise<Dap.CompletionItem[]> {
  const before = text.slice(0, column - 1);
  const monitor = /^\s*monitor\s+(.*)$/s.exec(before);
  if (monitor) return items(monitor[1]!, await monitorCommands(debuggee), 'function', before.length);
  const [word = ''] = /\$?[\w.]*$/.exec(before) ?? [];
  const dot = word.lastIndexOf('.');
  if (dot >= 0) {
    return items(
      word.slice(dot + 1),
      partsOf(debuggee, place, word.slice(0, dot).split('.')),
      'property',
      before.length,
    );
  }
  const prefix = word.replace(/^\$/, '');
  const isFirst = before.trim() === word;
  return [
    ...(isFirst ? items(before.trimStart(), consoleCommands, 'keyword', before.length) : []),
    ...items(prefix, registerNames(debuggee), 'variable', before.length),
    ...items(prefix, functionNames, 'function', before.length),
    ...items(prefix, [...stopNames, ...localNames(debuggee, place)], 'value', before.length),
    ...items(prefix, prefix === '' ? [] : debuggee.symbolNames(prefix, countMax), 'reference', before.length),
  ].slice(0, countMax);
}

function items(
  prefix: string,
  names: readonly string[],
  type: Dap.CompletionItemType,
  end: number,
): Dap.CompletionItem[] {
  return names
    .filter((name) => name.startsWith(prefix))
    .map((label) => ({ label, type, start: end - prefix.length, length: prefix.length }));
}

/** As its `help` lists them: a line each that is not indented. `info` takes one of several words. */
async function monitorCommands(debuggee: Debuggee): Promise<string[]> {
  const usages = (await debuggee.monitor('help')).split('\n').filter((line) => /^\S/.test(line));
  return usages.flatMap((usage) => {
    const [name = '', words = ''] = usage.split(' ');
    return words.includes('|') ? words.split('|').map((word) => `${name} ${word}`) : [name];
  });
}

function partsOf(debuggee: Debuggee, { thread, index }: Place, [first = '', ...path]: readonly string[]): string[] {
  let value: Value | Composite | undefined = debuggee.names(thread, index).lookup(first);
  for (const part of path) value = typeof value === 'object' ? value.member(part) : undefined;
  return typeof value === 'object' ? value.children().map(({ name }) => name) : [];
}

function localNames(debuggee: Debuggee, { thread, index }: Place): string[] {
  const locals = debuggee.scopes(thread, index).find(({ name }) => name === 'Locals');
  return locals?.variables.map(({ name }) => name) ?? [];
}

function registerNames(debuggee: Debuggee): string[] {
  const hart = firstOf('hart', debuggee.threads());
  const scopes = debuggee.scopes(hart, 0).filter(({ kind }) => kind === 'registers');
  return scopes.flatMap(({ variables }) => variables.map(({ name }) => name));
}
