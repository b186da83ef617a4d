import {
  arithmetic,
  atomicArithmetic,
  type Comparison,
  type Expression,
  type Operation,
  type Steps,
} from './arithmetic';

/**
 * The interpreter's arithmetic as AssemblyScript: a function an instruction, of rs1 and of rs2 or the immediate; of an AMO,
 * for both widths.
 */
export function arithmeticSource(): string {
  const rows = Object.entries({ ...arithmetic, ...atomicArithmetic });
  const functions = rows.map(([mnemonic, steps]) => functionSource(mnemonic, steps));
  return `// Made from arithmetic.ts by arithmetic-source.ts; not to be edited.
${functions.join('\n')}`;
}

function functionSource(mnemonic: string, { c, d, value }: Steps): string {
  const lines = [
    ...(c === undefined ? [] : [`const c: i64 = ${source(c)};`]),
    ...(d === undefined ? [] : [`const d: i64 = ${source(d)};`]),
    `return <u64>${source(value)};`,
  ];
  // The interpreter's loop stays quick only as long as what stands in it is short.
  const inline =
    lines.length === 1 && !JSON.stringify(value, (_, part) => String(part)).includes('if')
      ? '// @ts-ignore: decorator\n@inline '
      : '';
  return `${inline}export function ${mnemonic.replaceAll('.', '_')}(a: i64, b: i64): u64 { ${lines.join(' ')} }
`;
}

function source(expression: Expression): string {
  if (typeof expression === 'bigint') return `<i64>${expression}`;
  if (typeof expression === 'string') return expression;
  const [operation, ...operands] = expression;
  return `(${written[operation](...(operands.map(source) as [string, string, string]))})`;
}

const signed = (operator: string) => (x: string, y: string) => `${x} ${operator} ${y}`;
const unsigned = (operator: string) => (x: string, y: string) => `<i64>(<u64>${x} ${operator} <u64>${y})`;
const called = (name: string) => (x: string) => `i64.${name}(${x})`;
const compared = (type: string, operator: string) => (x: string, y: string) =>
  `<i64>(<${type}>${x} ${operator} <${type}>${y})`;
const extended = (type: string) => (x: string) => `<i64>(<${type}>${x})`;

const written: Record<Operation | Comparison | 'if', (x: string, y: string, z: string) => string> = {
  add: signed('+'),
  sub: signed('-'),
  mul: signed('*'),
  div_s: signed('/'),
  div_u: unsigned('/'),
  rem_s: signed('%'),
  rem_u: unsigned('%'),
  and: signed('&'),
  or: signed('|'),
  xor: signed('^'),
  shl: signed('<<'),
  shr_s: signed('>>'),
  shr_u: unsigned('>>'),
  rotl: (x, y) => `rotl<i64>(${x}, ${y})`,
  rotr: (x, y) => `rotr<i64>(${x}, ${y})`,
  clz: called('clz'),
  ctz: called('ctz'),
  popcnt: called('popcnt'),
  extend8_s: extended('i8'),
  extend16_s: extended('i16'),
  extend32_s: extended('i32'),
  eq: compared('i64', '=='),
  lt_s: compared('i64', '<'),
  lt_u: compared('u64', '<'),
  if: (condition, then, otherwise) => `${condition} != 0 ? ${then} : ${otherwise}`,
};
