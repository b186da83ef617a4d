/**
 * What a real assembler says of a text, beside what the instruction table says. It knows everything about the text but how
 * the guest's own build calls it: which extensions, which names on the command line. What may come of that is left out,
 * unless its arguments are the user's.
 */
import { formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { isCsrName } from '../../../debug-adapter/emulator/isa/csrs';
import { isOfOtherExtension } from '../../../debug-adapter/emulator/isa/other-extensions';
import type { AssemblyDocument } from './document';
import { type Problem, problemsOf } from './problems';
import { statementsOn } from './statements';

export interface AssemblerMessage {
  readonly line: number;
  readonly text: string;
}

/** How GNU as and clang report on what they read from standard input. Lines count from 0 here. */
export function parseMessages(output: string): readonly AssemblerMessage[] {
  const pattern = /^(?:\{standard input\}|<stdin>):(\d+)(?::\d+)?: (?:fatal )?[Ee]rror: (.*)$/gm;
  return [...output.matchAll(pattern)].map(([, line, text = '']) => ({ line: Number(line) - 1, text: text.trim() }));
}

/** @param isAsBuilt the arguments are those of the guest's build */
export function problemsWith(
  document: AssemblyDocument,
  messages: readonly AssemblerMessage[],
  isAsBuilt: boolean,
): readonly Problem[] {
  const ours = problemsOf(document);
  const refused = new Map(messages.map(({ line, text }) => [line, text]));
  const result: Problem[] = ours.filter(({ line, isDoubtful }) => {
    const message = refused.get(line);
    return message === undefined ? isDoubtful : !isAsBuilt && dependsOnBuild(document, line, message);
  });
  for (const { line, text } of messages) {
    if (!isAsBuilt && dependsOnBuild(document, line, text)) continue;
    const place = ours.find((problem) => problem.line === line) ?? placeOf(document, line);
    if (place) result.push({ ...place, message: text, isDoubtful: false });
  }
  return result.sort((a, b) => a.line - b.line || a.start - b.start);
}

/** Whether another command line, or a newer assembler, may take what this one refuses. */
function dependsOnBuild(document: AssemblyDocument, line: number, message: string): boolean {
  if (/extension `[^']*' required|requires the following|can't open|file not found/.test(message)) return true;
  const mnemonics = statementsOn(document.program, line).flatMap(({ head }) => (head ? [head.text] : []));
  if (mnemonics.some(isOfOtherExtension)) return true;
  if (/^unrecognized (opcode|instruction mnemonic)/.test(message) && mnemonics.some(formsOf)) return true;
  const tokens = document.program.lines[line]?.tokens ?? [];
  if (/unknown CSR|system register/.test(message) && tokens.some(({ text }) => isCsrName(text))) return true;
  return tokens.some((token) => document.isMystery(token) && document.symbols.find(token.text) === undefined);
}

/** The line's words without what is around them. */
function placeOf(document: AssemblyDocument, line: number): Omit<Problem, 'message' | 'isDoubtful'> | undefined {
  const words = document.program.lines[line]?.tokens.filter(({ kind }) => kind !== 'comment') ?? [];
  const [first, last] = [words[0], words.at(-1)];
  return first && last && { line, start: first.start, end: last.end };
}
