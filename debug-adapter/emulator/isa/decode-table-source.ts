import { type FormatFields, formats, type ImmediateField, type RegisterField } from './formats';
import { baseInstructions, buckets, type Instruction, instructions } from './instructions';

/** Bytes of a row: mask, match, two exceptions (mask and match each), opcode u16, format u8, floats u8. */
const rowByteCount = 28;
/** An exception that nothing meets: no bits can equal 1 under an empty mask. */
const never = [0, 1] as const;

/**
 * The core's decoder as AssemblyScript: an opcode constant a base instruction, the rows as a static table searched per
 * bucket, and a function that takes the operand fields out of a word. Compressed rows name the opcode they stand for.
 */
export function decodeTableSource(): string {
  const formatNames = Object.keys(formats);
  const opcodeOf = new Map(baseInstructions.map((row, index) => [row.mnemonic, index]));
  const words = instructions.flatMap((row) => {
    const opcode = opcodeOf.get(row.expandsTo ?? row.mnemonic)!;
    const [first = never, second = never] = row.except ?? [];
    const operation = ((floatOperands(row) << 24) | (formatNames.indexOf(row.format) << 16) | opcode) >>> 0;
    return [row.mask, row.match, ...first, ...second, operation];
  });
  let offset = 0;
  const bucketWords = buckets.map((bucket) => {
    const word = (offset << 8) | bucket.length;
    offset += bucket.length;
    return word;
  });
  const rowIndices = buckets.flat();

  return `// Made from the instruction table by decode-table-source.ts; not to be edited.
${baseInstructions.map((row, index) => `export const ${constantName(row.mnemonic)}: u16 = ${index};`).join('\n')}
export const BASE_OPCODE_COUNT: u16 = ${baseInstructions.length};

/** Operands of the word last decoded. */
export let operation: u16 = 0;
export let rd: u32 = 0;
export let rs1: u32 = 0;
export let rs2: u32 = 0;
export let imm: i32 = 0;
/** Operands that are f registers: 1 rd, 2 rs1, 4 rs2. The record of the instruction has to keep its whole word. */
export let floats: u32 = 0;
export let keepsWord: bool = false;

const rows: usize = memory.data<u32>([${words.map(hex).join(', ')}]);
const bucketStarts: usize = memory.data<u32>([${bucketWords.map(hex).join(', ')}]);
const bucketRows: usize = memory.data<u16>([${rowIndices.join(', ')}]);

/** Finds the row of an instruction word and its operands; false when there is none. */
export function decode(word: u32): bool {
  const bucket: u32 = (word & 3) != 3 ? 256 + ((word & 3) << 3) + ((word >>> 13) & 7) : (((word >>> 2) & 31) << 3) | ((word >>> 12) & 7);
  const start: u32 = load<u32>(bucketStarts + (bucket << 2));
  let index: usize = bucketRows + ((start >>> 8) << 1);
  const end: usize = index + ((start & 0xff) << 1);
  for (; index < end; index += 2) {
    const row: usize = rows + <usize>load<u16>(index) * ${rowByteCount};
    if ((word & load<u32>(row)) != load<u32>(row, 4)) continue;
    if ((word & load<u32>(row, 8)) == load<u32>(row, 12)) continue;
    if ((word & load<u32>(row, 16)) == load<u32>(row, 20)) continue;
    operation = load<u16>(row, 24);
    floats = load<u8>(row, 27) & 7;
    keepsWord = (load<u8>(row, 27) & 8) != 0;
    readFields(load<u8>(row, 26), word);
    return true;
  }
  return false;
}

function readFields(format: u32, word: u32): void {
  rd = 0;
  rs1 = 0;
  rs2 = 0;
  imm = 0;
  switch (format) {
${Object.values(formats)
  .map((fields, index) => `    case ${index}:\n${assignments(fields)}      break;`)
  .join('\n')}
  }
}
`;
}

/** See `floats` and `keepsWord` in the source above. */
function floatOperands(row: Instruction): number {
  const letters = ['fd', 'fs1', 'fs2'];
  const names = row.operands.split(/[^a-z0-9]/);
  const registers = letters.reduce((bits, name, index) => bits | (names.includes(name) ? 1 << index : 0), 0);
  const isAccess = row.operands.includes('(');
  return registers | (['F', 'D'].includes(row.extension) && !isAccess ? 8 : 0);
}

/** `amoadd.w` → `AMOADD_W`. */
function constantName(mnemonic: string): string {
  return mnemonic.toUpperCase().replaceAll('.', '_');
}

function assignments(fields: FormatFields): string {
  const lines: string[] = [];
  for (const name of ['rd', 'rs1', 'rs2'] as const) {
    const field = fields[name];
    if (field !== undefined) lines.push(`${name} = ${registerExpression(field)};`);
  }
  if (fields.imm !== undefined) lines.push(`imm = ${immediateExpression(fields.imm)};`);
  return lines.map((line) => `      ${line}\n`).join('');
}

function registerExpression(field: RegisterField): string {
  if ('fixed' in field) return String(field.fixed);
  return `((word >>> ${field.at}) & ${hex((1 << field.width) - 1)}) + ${field.base}`;
}

function immediateExpression(field: ImmediateField): string {
  const pieces = field.pieces.map(([from, width, to]) => `(((word >>> ${from}) & ${hex((1 << width) - 1)}) << ${to})`);
  const value = `<i32>(${pieces.join(' | ')})`;
  if (field.signedWidth === undefined || field.signedWidth === 32) return value;
  return `(${value} << ${32 - field.signedWidth}) >> ${32 - field.signedWidth}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
