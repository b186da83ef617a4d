/**
 * What an assembler would refuse, as far as the instruction table can tell. Where a line's meaning depends on what is not
 * known here (an included file, a name from the command line, a macro's argument), nothing is said.
 */
import { type Form, formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { isCsrName } from '../../../debug-adapter/emulator/isa/csrs';
import { isOfOtherExtension } from '../../../debug-adapter/emulator/isa/other-extensions';
import { registers, roundingModeNames } from '../../../debug-adapter/emulator/isa/registers';
import { Architecture } from './architecture';
import { isDirective } from './directives';
import type { AssemblyDocument } from './document';
import { misfit } from './operand-fit';
import type { Operand, Statement } from './statements';
import type { Range } from './symbols';
import type { Token } from './tokens';

export interface Problem extends Range {
  readonly message: string;
  /** An assembler takes it, but hardly as it is meant. */
  readonly isDoubtful: boolean;
}

export function problemsOf(document: AssemblyDocument): readonly Problem[] {
  if (document.program.dialect === 'listing' || !document.isRiscv()) return [];
  const problems: Problem[] = [];
  const architecture = new Architecture();
  for (const statement of document.program.statements) {
    architecture.follow(statement);
    const problem = problemOf(statement, document, architecture);
    if (problem) problems.push(problem);
  }
  return problems;
}

function problemOf(statement: Statement, document: AssemblyDocument, architecture: Architecture): Problem | undefined {
  const { kind, head, operands, isConditional } = statement;
  // A condition may be there to keep another architecture's code away.
  if (head === undefined || head.kind !== 'name' || isConditional || document.isMystery(head)) return undefined;
  if (kind === 'directive') {
    if (isDirective(head.text) || document.includes()) return undefined;
    return at(head, `No directive is called ${head.text}`);
  }
  if (kind !== 'instruction') return undefined;
  const forms = formsOf(head.text);
  if (forms === undefined) return unknownMnemonic(head, operands, document);
  if (operands.some((operand) => operand.some((token) => isUnsure(token, document)))) return undefined;
  return (
    operandProblem(head, forms, operands, document) ?? extensionProblem(head, forms, operands, document, architecture)
  );
}

function unknownMnemonic(head: Token, operands: readonly Operand[], document: AssemblyDocument): Problem | undefined {
  if (document.includes() || isOfOtherExtension(head.text)) return undefined;
  const next = operands[0]?.[0];
  // The preprocessor's function-like macros look so.
  if (next?.text === '(' && next.start === head.end) return undefined;
  return at(head, `No instruction is called ${head.text}`);
}

function isUnsure(token: Token, document: AssemblyDocument): boolean {
  if (document.isMystery(token)) return true;
  const { kind, text } = token;
  if (kind !== 'name' || !document.includes()) return false;
  const isKnown = registers.has(text) || isCsrName(text) || roundingModeNames.some((name) => name === text);
  return !isKnown && document.symbols.find(text) === undefined;
}

function operandProblem(
  head: Token,
  forms: readonly Form[],
  operands: readonly Operand[],
  document: AssemblyDocument,
): Problem | undefined {
  const misfits = forms.map((form) => misfit(form, operands, document.names));
  if (misfits.includes(undefined)) return undefined;
  const found = misfits
    .filter((each) => each !== 'count' && each !== undefined)
    .sort((a, b) => Number(b.isDoubtful) - Number(a.isDoubtful) || b.index - a.index)[0];
  if (!found) {
    const wanted = forms.map(({ operands }) => (operands === '' ? 'nothing' : operands.replaceAll(',', ', ')));
    return at(head, `${head.text} takes ${[...new Set(wanted)].join(', or ')}`);
  }
  const operand = operands[found.index]!;
  const [first = head, last = head] = [operand[0], operand.at(-1)];
  return {
    line: first.line,
    start: first.start,
    end: last.line === first.line ? last.end : first.end,
    message: found.message,
    isDoubtful: found.isDoubtful,
  };
}

function extensionProblem(
  head: Token,
  forms: readonly Form[],
  operands: readonly Operand[],
  document: AssemblyDocument,
  architecture: Architecture,
): Problem | undefined {
  const fitting = forms.filter((form) => misfit(form, operands, document.names) === undefined);
  const missing = fitting
    .map(({ instruction }) => instruction?.extension)
    .filter((each) => each === undefined || architecture.lacks(each));
  const [extension] = missing;
  if (missing.length < fitting.length || extension === undefined) return undefined;
  return at(head, `${head.text} needs the extension ${extension}, which is not enabled here`);
}

function at({ line, start, end }: Range, message: string): Problem {
  return { line, start, end, message, isDoubtful: false };
}
