import type { VmmFrame } from '../simulation/vmm-thread';
import type { SourceLine, SourceLines } from './source-lines';

type Locals = ReadonlyMap<string, unknown>;

/** What a shown source's types stand for, wherever they stand. */
export type Roots = Readonly<Record<string, unknown>>;

const header = /^(?:export )?function\* \w+\(([^)]*)\)/;
const fromAction = /^\s*(?:const|let) (\w+) = yield\* \w+\(\s*(?:'([^']+)'|$)/;
const parts = /^\s*const \{ ([^}]*) \} = ([\w.]+);/;
const plain = /^\s*const (\w+) = ([\w.]+)(?:\(([\w., ]*)\))?;/;

/**
 * The locals of a VMM thread's frames as their shown source speaks of them. JavaScript tells nobody what a generator's
 * variables hold; but they come from somewhere that the source says: a parameter, part of another local, what an action
 * has answered. (Between two actions the source does nothing that anyone could observe, so that its plain calls may be
 * made once more.)
 *
 * @param frames innermost first
 * @param index of the frame
 */
export function localsOf(frames: readonly VmmFrame[], index: number, lines: SourceLines, roots: Roots): Locals {
  const frame = frames[index];
  const at = frame && lines.lineOf({ routine: frame.name, label: frame.at });
  if (!at) return new Map();
  const caller = index + 1 < frames.length ? localsOf(frames, index + 1, lines, roots) : new Map();
  const text = lines.text(at.file);
  const locals = new Map<string, unknown>();
  let start = at.line - 1;
  while (start > 0 && !header.test(joined(text, start))) start--;
  takeParameters(header.exec(joined(text, start))?.[1] ?? '', { locals, roots, caller });
  for (let line = start + 1; line < at.line - 1; line++) {
    if (encloses(text, line, at)) takeDeclaration(joined(text, line), frame, locals);
  }
  return locals;
}

/** A declaration that the formatter has broken stands on the lines that follow. */
function joined(text: readonly string[], line: number): string {
  const first = text[line] ?? '';
  return /[({]\s*$/.test(first) ? `${first}${(text[line + 1] ?? '').trim()}` : first;
}

/** The block of `line` goes on to where the frame stands: nothing in between is indented less. */
function encloses(text: readonly string[], line: number, at: SourceLine): boolean {
  const depth = indentOf(text[line]!);
  return text.slice(line, at.line).every((between) => between.trim() === '' || indentOf(between) >= depth);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

interface Surroundings {
  readonly locals: Map<string, unknown>;
  readonly roots: Roots;
  readonly caller: Locals;
}

/** `s: Snapshot` is the snapshot under way; others have the name that the caller gives them, too. */
function takeParameters(list: string, { locals, roots, caller }: Surroundings): void {
  const [, taken, of] = /^\{ ([^}]*) \}: (\w+)/.exec(list) ?? [];
  if (taken !== undefined) takeParts(taken, roots[of!], locals);
  for (const [, name, type] of list.replace(/\{[^}]*\}: \w+/, '').matchAll(/(\w+): (\w+)/g)) {
    const value = caller.get(name!) ?? roots[type!];
    if (value !== undefined) locals.set(name!, value);
  }
}

function takeDeclaration(line: string, { results }: VmmFrame, locals: Map<string, unknown>): void {
  const action = fromAction.exec(line);
  if (action) {
    if (results.has(action[2] ?? '')) locals.set(action[1]!, results.get(action[2]!));
    else locals.delete(action[1]!);
    return;
  }
  const destructured = parts.exec(line);
  if (destructured) takeParts(destructured[1]!, follow(destructured[2]!, locals), locals);
  const [, name, path, given] = plain.exec(line) ?? [];
  if (name === undefined) return;
  const value = given === undefined ? follow(path!, locals) : called(path!, given, locals);
  if (value !== undefined) locals.set(name, value);
}

function takeParts(names: string, whole: unknown, locals: Map<string, unknown>): void {
  if (typeof whole !== 'object' || whole === null) return;
  for (const name of names.split(/,\s*/)) locals.set(name, (whole as Record<string, unknown>)[name]);
}

function called(path: string, given: string, locals: Locals): unknown {
  const method = follow(path, locals);
  if (typeof method !== 'function') return undefined;
  const owner = follow(path.split('.').slice(0, -1).join('.'), locals);
  const values = given.split(/,\s*/).map((part) => follow(part, locals));
  return values.includes(undefined) ? undefined : method.apply(owner, values);
}

function follow(path: string, locals: Locals): unknown {
  const [first = '', ...rest] = path.split('.');
  return rest.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    locals.get(first),
  );
}
