/**
 * What the instructions compute that change one register and nothing else, and what AMOs do, each stated once. The interpreter's functions
 * and generated code are both made from this.
 *
 * A name is an operand: `a` rs1, `b` rs2 or the immediate, `c` and `d` what `Steps` computes first. An operation is
 * WebAssembly's of i64, and comparisons give 0 or 1; `if` evaluates only what it chooses.
 */
export type Expression =
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | bigint
  | readonly [operation: Operation | Comparison, ...operands: Expression[]]
  | readonly ['if', condition: Expression, then: Expression, otherwise: Expression];

export type Operation = keyof typeof operations;
export type Comparison = keyof typeof comparisons;

/** `c`, then `d`, then the value. */
export interface Steps {
  readonly c?: Expression;
  readonly d?: Expression;
  readonly value: Expression;
}

/** WebAssembly's opcodes. */
export const operations = {
  add: 0x7c,
  sub: 0x7d,
  mul: 0x7e,
  div_s: 0x7f,
  div_u: 0x80,
  rem_s: 0x81,
  rem_u: 0x82,
  and: 0x83,
  or: 0x84,
  xor: 0x85,
  shl: 0x86,
  shr_s: 0x87,
  shr_u: 0x88,
  rotl: 0x89,
  rotr: 0x8a,
  clz: 0x79,
  ctz: 0x7a,
  popcnt: 0x7b,
  extend8_s: 0xc2,
  extend16_s: 0xc3,
  extend32_s: 0xc4,
} as const;

export const comparisons = {
  eq: 0x51,
  lt_s: 0x53,
  lt_u: 0x54,
} as const;

const word = (value: Expression): Expression => ['extend32_s', value];
const low = (value: Expression): Expression => ['and', value, 0xffff_ffffn];
const high = (value: Expression): Expression => ['shr_u', value, 32n];
const not = (value: Expression): Expression => ['xor', value, -1n];
const isZero = (value: Expression): Expression => ['eq', value, 0n];
/** Of two halves of a word's bits, each shifted into the other's place. */
const swap = (value: Expression, mask: bigint, by: bigint): Expression => [
  'or',
  ['shl', ['and', value, mask], by],
  ['and', ['shr_u', value, by], mask],
];
const scaled = (value: Expression, by: bigint): Expression => ['add', ['shl', value, by], 'b'];
const bit: Expression = ['shl', 1n, 'b'];
const low5: Expression = ['and', 'b', 31n];
/** Low 32 bits twice: rotated, they show what a word's rotation is. */
const doubled: Expression = ['or', low('a'), ['shl', 'a', 32n]];

/** Upper half of the unsigned product, from four products of 32 bits. */
const productSteps = {
  c: ['add', ['mul', high('a'), low('b')], high(['mul', low('a'), low('b')])],
  d: ['add', ['mul', low('a'), high('b')], low('c')],
} as const;
const upperProduct: Expression = ['add', ['add', ['mul', high('a'), high('b')], high('c')], high('d')];
/** What a signed factor takes from it. */
const ifNegative = (factor: Expression, other: Expression): Expression => ['and', ['shr_s', factor, 63n], other];

/** WebAssembly traps where RISC-V does not (unprivileged manual, chapter 7). */
const unlessZero = (divisor: Expression, otherwise: Expression, value: Expression): Expression => [
  'if',
  isZero(divisor),
  otherwise,
  value,
];
const unlessMinusOne = (otherwise: Expression, value: Expression): Expression => [
  'if',
  ['eq', 'b', -1n],
  otherwise,
  value,
];

const low7 = 0x7f7f_7f7f_7f7f_7f7fn;
/** The top bit of each byte that is not zero. */
const nonZeroBytes: Expression = ['and', ['or', ['add', ['and', 'a', low7], low7], 'a'], ~low7];

/** By mnemonic. */
export const arithmetic: Readonly<Record<string, Steps>> = {
  add: { value: ['add', 'a', 'b'] },
  addi: { value: ['add', 'a', 'b'] },
  sub: { value: ['sub', 'a', 'b'] },
  lui: { value: 'b' },
  and: { value: ['and', 'a', 'b'] },
  andi: { value: ['and', 'a', 'b'] },
  or: { value: ['or', 'a', 'b'] },
  ori: { value: ['or', 'a', 'b'] },
  xor: { value: ['xor', 'a', 'b'] },
  xori: { value: ['xor', 'a', 'b'] },
  slt: { value: ['lt_s', 'a', 'b'] },
  slti: { value: ['lt_s', 'a', 'b'] },
  sltu: { value: ['lt_u', 'a', 'b'] },
  sltiu: { value: ['lt_u', 'a', 'b'] },
  sll: { value: ['shl', 'a', 'b'] },
  slli: { value: ['shl', 'a', 'b'] },
  srl: { value: ['shr_u', 'a', 'b'] },
  srli: { value: ['shr_u', 'a', 'b'] },
  sra: { value: ['shr_s', 'a', 'b'] },
  srai: { value: ['shr_s', 'a', 'b'] },
  addw: { value: word(['add', 'a', 'b']) },
  addiw: { value: word(['add', 'a', 'b']) },
  subw: { value: word(['sub', 'a', 'b']) },
  sllw: { value: word(['shl', 'a', low5]) },
  slliw: { value: word(['shl', 'a', 'b']) },
  srlw: { value: word(['shr_u', low('a'), low5]) },
  srliw: { value: word(['shr_u', low('a'), 'b']) },
  sraw: { value: ['shr_s', word('a'), low5] },
  sraiw: { value: ['shr_s', word('a'), 'b'] },

  mul: { value: ['mul', 'a', 'b'] },
  mulw: { value: word(['mul', 'a', 'b']) },
  mulhu: { ...productSteps, value: upperProduct },
  mulh: { ...productSteps, value: ['sub', ['sub', upperProduct, ifNegative('a', 'b')], ifNegative('b', 'a')] },
  mulhsu: { ...productSteps, value: ['sub', upperProduct, ifNegative('a', 'b')] },
  div: { value: unlessZero('b', -1n, unlessMinusOne(['sub', 0n, 'a'], ['div_s', 'a', 'b'])) },
  divu: { value: unlessZero('b', -1n, ['div_u', 'a', 'b']) },
  rem: { value: unlessZero('b', 'a', unlessMinusOne(0n, ['rem_s', 'a', 'b'])) },
  remu: { value: unlessZero('b', 'a', ['rem_u', 'a', 'b']) },
  // As words in doublewords, whose quotients and remainders all fit.
  divw: { value: unlessZero(low('b'), -1n, word(['div_s', word('a'), word('b')])) },
  divuw: { value: unlessZero(low('b'), -1n, word(['div_u', low('a'), low('b')])) },
  remw: { value: unlessZero(low('b'), word('a'), ['rem_s', word('a'), word('b')]) },
  remuw: { value: unlessZero(low('b'), word('a'), word(['rem_u', low('a'), low('b')])) },

  'add.uw': { value: ['add', low('a'), 'b'] },
  sh1add: { value: scaled('a', 1n) },
  sh2add: { value: scaled('a', 2n) },
  sh3add: { value: scaled('a', 3n) },
  'sh1add.uw': { value: scaled(low('a'), 1n) },
  'sh2add.uw': { value: scaled(low('a'), 2n) },
  'sh3add.uw': { value: scaled(low('a'), 3n) },
  'slli.uw': { value: ['shl', low('a'), 'b'] },
  andn: { value: ['and', 'a', not('b')] },
  orn: { value: ['or', 'a', not('b')] },
  xnor: { value: not(['xor', 'a', 'b']) },
  clz: { value: ['clz', 'a'] },
  // 32 zeros come first.
  clzw: { value: ['sub', ['clz', low('a')], 32n] },
  ctz: { value: ['ctz', 'a'] },
  ctzw: { value: ['ctz', ['or', 'a', 1n << 32n]] },
  cpop: { value: ['popcnt', 'a'] },
  cpopw: { value: ['popcnt', low('a')] },
  max: { value: ['if', ['lt_s', 'a', 'b'], 'b', 'a'] },
  maxu: { value: ['if', ['lt_u', 'a', 'b'], 'b', 'a'] },
  min: { value: ['if', ['lt_s', 'a', 'b'], 'a', 'b'] },
  minu: { value: ['if', ['lt_u', 'a', 'b'], 'a', 'b'] },
  'sext.b': { value: ['extend8_s', 'a'] },
  'sext.h': { value: ['extend16_s', 'a'] },
  'zext.h': { value: ['and', 'a', 0xffffn] },
  rol: { value: ['rotl', 'a', 'b'] },
  ror: { value: ['rotr', 'a', 'b'] },
  rori: { value: ['rotr', 'a', 'b'] },
  rolw: { value: word(high(['shl', doubled, low5])) },
  rorw: { value: word(['shr_u', doubled, low5]) },
  roriw: { value: word(['shr_u', doubled, 'b']) },
  'orc.b': { value: ['mul', ['shr_u', nonZeroBytes, 7n], 0xffn] },
  rev8: {
    c: swap('a', 0x00ff_00ff_00ff_00ffn, 8n),
    d: swap('c', 0x0000_ffff_0000_ffffn, 16n),
    value: ['rotl', 'd', 32n],
  },
  bclr: { value: ['and', 'a', not(bit)] },
  bclri: { value: ['and', 'a', not(bit)] },
  bext: { value: ['and', ['shr_u', 'a', 'b'], 1n] },
  bexti: { value: ['and', ['shr_u', 'a', 'b'], 1n] },
  binv: { value: ['xor', 'a', bit] },
  binvi: { value: ['xor', 'a', bit] },
  bset: { value: ['or', 'a', bit] },
  bseti: { value: ['or', 'a', bit] },
};

/** What an AMO writes: `a` is what it reads, `b` rs2; of words, both sign-extended. */
export const atomicArithmetic: Readonly<Record<string, Steps>> = {
  amoswap: { value: 'b' },
  amoadd: arithmetic.add!,
  amoxor: arithmetic.xor!,
  amoand: arithmetic.and!,
  amoor: arithmetic.or!,
  amomin: arithmetic.min!,
  amomax: arithmetic.max!,
  amominu: arithmetic.minu!,
  amomaxu: arithmetic.maxu!,
};
