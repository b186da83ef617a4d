/** An instruction's bits as the manual draws them: from the highest on, fields by name and the rest as it is. */
import { type FormatFields, formats } from './formats';
import { byteCountOf, type Instruction } from './instructions';

export interface BitField {
  readonly high: number;
  readonly low: number;
  /** A field's name, or fixed bits. */
  readonly text: string;
}

export function bitFields(row: Instruction): readonly BitField[] {
  const names = fieldNames(row);
  const bitCount = byteCountOf(row.match) * 8;
  const result: BitField[] = [];
  for (let bit = bitCount - 1; bit >= 0; bit--) {
    const isFixed = names[bit] === undefined && ((row.mask >>> bit) & 1) === 1;
    const text = isFixed ? String((row.match >>> bit) & 1) : (names[bit] ?? orderingBit(row, bit));
    const last = result.at(-1);
    // The manual keeps opcode, funct3 and funct7 apart.
    const isBoundary = bit === 6 || (bitCount === 32 && [24, 19, 14, 11].includes(bit));
    const joins = last !== undefined && (isFixed ? /^[01]+$/.test(last.text) && !isBoundary : last.text === text);
    if (joins) result[result.length - 1] = { high: last.high, low: bit, text: isFixed ? last.text + text : text };
    else result.push({ high: bit, low: bit, text });
  }
  return result;
}

function fieldNames({ format, operands }: Instruction): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  const fields: FormatFields = formats[format];
  const written: readonly string[] = operands.match(/[a-z]+[0-9]?/g) ?? [];
  const mark = (at: number, width: number, name: string): void => {
    for (let bit = at; bit < at + width; bit++) names[bit] = name;
  };
  for (const name of ['rd', 'rs1', 'rs2'] as const) {
    const field = fields[name];
    const shown = [name, name.replace('r', 'f'), ...(name === 'rs1' ? ['uimm'] : [])].find((each) =>
      written.includes(each),
    );
    if (field !== undefined && 'at' in field && shown !== undefined) mark(field.at, field.width, shown);
  }
  for (const [from, width, to] of fields.imm?.pieces ?? []) mark(from, width, immediateName(written, width, to));
  return names;
}

function immediateName(written: readonly string[], width: number, to: number): string {
  if (written.includes('fs3') && to === 3) return 'fs3';
  const name = written.find((each) =>
    ['imm', 'shamt', 'upper', 'target', 'csr', 'rm', 'exactrm', 'pred'].includes(each),
  );
  if (name === 'rm' || name === 'exactrm') return 'rm';
  if (name === 'csr' || name === 'shamt') return width > 1 ? name : `${name}[${to}]`;
  if (name === 'pred') return 'fm, pred, succ';
  return width === 1 ? `imm[${to}]` : `imm[${to + width - 1}:${to}]`;
}

/** Bits that neither tell the instruction nor belong to an operand. */
function orderingBit({ extension }: Instruction, bit: number): string {
  if (extension !== 'A') return '–';
  return bit === 26 ? 'aq' : bit === 25 ? 'rl' : '–';
}
