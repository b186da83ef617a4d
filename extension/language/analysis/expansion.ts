/** What a pseudoinstruction becomes, with the operands that are written. */
import type { Form } from '../../../debug-adapter/emulator/isa/assembly-forms';
import { constantLoad } from './constant-load';
import { evaluate, type Lookup } from './expressions';
import { textOf } from './operand-fit';
import type { Operand } from './statements';

/** Instructions; with the names of the form's operands where other ones are written, or none. */
export function expansionOf(form: Form, operands: readonly Operand[] | undefined, lookup: Lookup): readonly string[] {
  const pieces = form.operands === '' ? [] : form.operands.split(',');
  if (operands?.length !== pieces.length) return form.expansion;
  if (form.mnemonic === 'li') {
    const value = evaluate(operands[1]!, lookup);
    return value === undefined ? form.expansion : constantLoad(textOf(operands[0]!), value);
  }
  const written = new Map<string, string>();
  for (const [index, piece] of pieces.entries()) {
    const text = textOf(operands[index]!);
    if (!piece.endsWith('(rs1)')) {
      written.set(piece, text);
      continue;
    }
    const [, offset = '', base = ''] = /^(.*)\(([^()]*)\)$/s.exec(text) ?? [];
    written.set('rs1', base).set('imm', offset || '0');
  }
  return form.expansion.map((line) => {
    const space = line.indexOf(' ');
    if (space < 0) return line;
    const filled = line.slice(space).replace(/(?<![%\w])[a-z]+\d?(?!\w)/g, (name) => written.get(name) ?? name);
    return line.slice(0, space) + filled;
  });
}
