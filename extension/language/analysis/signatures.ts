/** What the mnemonic or macro takes whose operands are being typed. */
import { formsOf } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { cursorAt } from './cursor';
import { directives } from './directives';
import type { AssemblyDocument } from './document';
import { macroParameters } from './statements';

export interface Signature {
  readonly label: string;
  readonly documentation: string;
  /** Of each operand, its columns in the label. */
  readonly parameters: readonly (readonly [start: number, end: number])[];
}

export interface Signatures {
  readonly signatures: readonly Signature[];
  readonly activeSignature: number;
  readonly activeParameter: number;
}

export function signaturesAt(document: AssemblyDocument, line: number, character: number): Signatures | undefined {
  const cursor = cursorAt(document, line, character);
  if (!cursor?.head || cursor.isPreprocessor) return undefined;
  const { head, index } = cursor;
  const signatures = signaturesOf(document, head.text);
  if (signatures.length === 0) return undefined;
  const fitting = signatures.findIndex(({ parameters }) => parameters.length > index);
  return { signatures, activeSignature: Math.max(0, fitting), activeParameter: index };
}

function signaturesOf(document: AssemblyDocument, name: string): Signature[] {
  const macro = document.symbols.find(name)?.definitions.find(({ kind }) => kind === 'macro');
  if (macro)
    return [
      signature(
        name,
        macroParameters(macro.statement).map(({ text }) => text),
        '',
      ),
    ];
  const known = formsOf(name);
  if (known)
    return known.map((form) => signature(name, form.operands === '' ? [] : form.operands.split(','), form.summary));
  const directive = directives.get(name);
  return directive && directive.operands !== '' ? [signature(name, [directive.operands], directive.summary)] : [];
}

function signature(name: string, operands: readonly string[], documentation: string): Signature {
  let label = `${name} `;
  const parameters = operands.map((operand, index): [number, number] => {
    if (index > 0) label += ', ';
    const start = label.length;
    label += operand;
    return [start, label.length];
  });
  return { label, documentation, parameters };
}
