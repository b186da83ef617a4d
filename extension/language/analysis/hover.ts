/** What is said of the word under the pointer, as Markdown. */
import {
  type Form,
  forms,
  formsOf,
  rangeOf,
  withoutOrdering,
} from '../../../debug-adapter/emulator/isa/assembly-forms';
import { type Csr, csrs, findCsr } from '../../../debug-adapter/emulator/isa/csrs';
import { bitFields } from '../../../debug-adapter/emulator/isa/encoding-diagram';
import { type Register, registers } from '../../../debug-adapter/emulator/isa/registers';
import { directives } from './directives';
import type { AssemblyDocument } from './document';
import { expansionOf } from './expansion';
import { numberOf, numberText } from './expressions';
import { pseudoinstructionsText, sectionText } from './manual';
import { misfit } from './operand-fit';
import { relocations } from './relocations';
import type { Statement } from './statements';
import { symbolHover } from './symbol-hover';
import type { Range } from './symbols';
import type { Token } from './tokens';

export interface Hover {
  readonly markdown: string;
  readonly range: Range;
}

export function hoverAt(document: AssemblyDocument, line: number, character: number): Hover | undefined {
  const token = document.token(line, character);
  if (token === undefined || token.kind === 'comment' || token.kind === 'string') return undefined;
  const statement = document.statementOf(token);
  const named = document.symbols.at(line, character);
  const defined = named && symbolHover(document, named.symbol);
  if (named && defined !== undefined) return { markdown: defined, range: named.range };
  const markdown = wordHover(document, token, statement);
  return markdown === undefined ? undefined : { markdown, range: { line, start: token.start, end: token.end } };
}

function wordHover(document: AssemblyDocument, token: Token, statement: Statement | undefined): string | undefined {
  const { text, kind } = token;
  if (kind === 'relocation') return withTitle(text, relocations.get(text));
  if (kind === 'number') return csrByNumber(token, statement) ?? numberHover(text);
  if (kind !== 'name') return undefined;
  const isHead = statement?.head === token;
  if (isHead && statement.kind === 'directive') return directiveHover(text);
  if (isHead || statement === undefined || statement.kind === 'preprocessor') {
    const known = formsOf(text);
    if (known) return instructionHover(document, text, known, isHead ? statement : undefined);
  }
  const register = registers.get(text);
  const csr = findCsr(text);
  if (csr && (!register || statement?.operands.length !== 1)) return csrHover(csr);
  if (register) return registerHover(text, register);
  return undefined;
}

function registerHover(text: string, { kind, number, abiName, role }: Register): string {
  const otherNames = [`${kind}${number}`, abiName].filter((name) => name !== text);
  return `**${text}**: ${otherNames.join(', ')}\n\n${sentence(role)}`;
}

function instructionHover(
  document: AssemblyDocument,
  written: string,
  known: readonly Form[],
  statement: Statement | undefined,
): string {
  const form = formMeant(document, known, statement) ?? known[0]!;
  const { instruction } = form;
  const parts = [`**${written}** ${spaced(form.operands)}`, form.summary];
  if (form.expansion.length > 0) {
    const lines = expansionOf(form, statement?.operands, document.names.valueOf);
    parts.push(`\`\`\`asm\n${lines.join('\n')}\n\`\`\``);
  }
  if (withoutOrdering(written) !== written) parts.push(orderingText(written));
  const ranges = rangesOf(form);
  if (ranges !== '') parts.push(ranges);
  if (instruction) {
    const { mnemonic, expandsTo } = instruction;
    if (expandsTo !== undefined) parts.push(`Two bytes for \`${expandsTo}\`, with operands that fit.`);
    const fields = bitFields(instruction);
    const encoding = fields.map(({ text }) => text).join(' | ');
    const bits = fields.map(({ high, low }) => (high === low ? `${high}` : `${high}:${low}`)).join(' | ');
    parts.push(`| ${bits} |\n|${fields.map(() => ':-:').join('|')}|\n| ${encoding} |`);
    const book = form.expansion.length > 0 ? `\`${mnemonic}\`: ` : '';
    const extension = instruction.extension === 'priv' ? '' : `extension ${instruction.extension}; `;
    parts.push(`*${book}${extension}${sectionText(instruction.section)}*`);
  } else parts.push(`*Pseudoinstruction; ${pseudoinstructionsText}*`);
  const others = known.filter((each) => each !== form);
  if (others.length > 0) {
    parts.push(
      `Also: ${others.map(({ operands }) => `\`${written}${operands === '' ? '' : ` ${spaced(operands)}`}\``).join(', ')}`,
    );
  }
  return parts.join('\n\n');
}

/** The form that the operands fit, or that has as many. */
function formMeant(document: AssemblyDocument, known: readonly Form[], statement?: Statement): Form | undefined {
  if (statement === undefined) return undefined;
  const results = known.map((form) => misfit(form, statement.operands, document.names));
  const fitting = results.indexOf(undefined);
  return known[fitting < 0 ? results.findIndex((result) => result !== 'count') : fitting];
}

function orderingText(written: string): string {
  const ordering = written.split('.').at(-1)!;
  const acquire = 'acquire: no later access of this hart comes before it';
  const release = 'release: no earlier access of this hart comes after it';
  return sentence({ aq: acquire, rl: release, aqrl: `${acquire}; ${release}` }[ordering] ?? '');
}

function rangesOf(form: Form): string {
  return (form.operands.match(/[a-z]+\d?/g) ?? [])
    .flatMap((name) => {
      const range = name === 'csr' ? undefined : rangeOf(form, name);
      if (!range) return [];
      return [`\`${name}\`: ${range.min} to ${range.max}${range.step > 1 ? `, a multiple of ${range.step}` : ''}`];
    })
    .join('; ');
}

function csrByNumber(token: Token, statement: Statement | undefined): string | undefined {
  const known = statement?.head && forms.get(statement.head.text);
  const index = statement?.operands.findIndex((operand) => operand.length === 1 && operand[0] === token) ?? -1;
  if (!known?.some(({ operands }) => operands.split(',')[index] === 'csr')) return undefined;
  const number = numberOf(token.text);
  const csr = csrs.find((each) => BigInt(each.number) === number);
  return csr && csrHover(csr);
}

const privileges = ['U', 'S', 'HS', 'M'];

function csrHover({ name, number, summary, section, fields }: Csr): string {
  // Privileged manual, section 2.1: the number tells who may access it.
  const access = `${privileges[(number >> 8) & 3]}-mode, ${number >> 10 === 3 ? 'read-only' : 'read and write'}`;
  const parts = [`**${name}**: CSR 0x${number.toString(16).padStart(3, '0')}, ${access}`, sentence(summary)];
  if (fields.length > 0) {
    const rows = fields.map(
      (field) =>
        `| ${field.high === field.low ? field.low : `${field.high}:${field.low}`} | ${field.name} | ${field.meaning} |`,
    );
    parts.push(['| bits | field | |', '|--:|---|---|', ...rows].join('\n'));
  }
  return [...parts, `*${sectionText(section)}*`].join('\n\n');
}

function directiveHover(name: string): string | undefined {
  const directive = directives.get(name.toLowerCase());
  return directive && `**${name}** ${directive.operands}\n\n${directive.summary}`;
}

function numberHover(text: string): string | undefined {
  const value = numberOf(text);
  if (value === undefined || (value >= 0n && value < 10n)) return undefined;
  return numberText(value);
}

function withTitle(title: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `**${title}**\n\n${text}`;
}

function spaced(operands: string): string {
  return operands.replaceAll(',', ', ');
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}
